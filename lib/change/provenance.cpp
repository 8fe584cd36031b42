#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "change/compare.h"
#include "change/describe.h"
#include "change/items.h"
#include "json/parse.h"
#include "json/skip.h"
#include "json/write.h"
#include "model/formats.h"

namespace metadata::change {
namespace {

using json::SizeType;
using json::Value;
using model::Field;

// The members of nested items that people and bots both write; who owns the rest of an item is not asked.
constexpr std::array<std::string_view, 3> kItemMembers = {"description", "displayName", "tags"};

std::string entry_of(const Author& author) {
  std::string text = R"({"by":)";
  json::append_quoted(text, author.name);
  text += author.bot ? R"(,"kind":"bot","source":)" : R"(,"kind":"user","source":)";
  json::append_quoted(text, author.source);
  return text.append(R"(,"at":)").append(std::to_string(author.at)).append("}");
}

/// The entries of a stored text, as they are written there. A table has one for each of its thousands of columns, and a
/// patch changes one of them: the others are passed on without being understood.
class StoredEntries {
 public:
  /// A damaged text is as good as none: it says who wrote what, and refusing the write would not bring it back.
  explicit StoredEntries(std::string_view text) {
    if (!read(text)) entries_.clear();
  }

  /// The entry of a path in its quotes; null when there is none.
  const std::string_view* find(std::string_view quoted) const {
    const auto found = entries_.find(quoted);
    return found == entries_.end() ? nullptr : &found->second;
  }

 private:
  bool read(std::string_view text) {
    const auto is = [&text](std::size_t at, char c) { return at < text.size() && text[at] == c; };
    if (text == "{}") return true;
    if (!is(0, '{')) return false;
    for (std::size_t at = 1; is(at, '"');) {
      const std::size_t colon = json::end_of_string(text, at);
      if (!is(colon, ':') || !is(colon + 1, '{')) return false;
      const std::size_t end = json::end_of_value(text, colon + 1);
      entries_.emplace(text.substr(at, colon - at), text.substr(colon + 1, end - colon - 1));
      if (is(end, '}')) return end + 1 == text.size();
      if (!is(end, ',')) return false;
      at = end + 1;
    }
    return false;
  }

  std::unordered_map<std::string_view, std::string_view> entries_;
};

/// Builds the new text: entries of what is there, the author's where it changed, the stored one where it did not.
class Provenance {
 public:
  /// The stored text must outlive this.
  Provenance(std::string_view stored, const Author& author) : stored_(stored), entry_(entry_of(author)) {}

  void fields(const std::vector<Field>& fields, const Value* before, const Value& after) {
    for (const Field& field : fields) {
      // The name says which entity it is; nobody is asked who set it.
      if (!is_compared(field) || field.place == model::Place::Row) continue;
      if (is_nested_list(field)) {
        items(field, before, after, field.name);
        continue;
      }
      note(field, before, after, field.name);
      const Value* structure = given(after, field.name);
      if (structure != nullptr && holds_nested_list(field)) {
        lists_in(field, before == nullptr ? nullptr : given(*before, field.name), *structure);
      }
    }
  }

  std::string text() const {
    std::string out = "{";
    for (const auto* entry : order_) {
      if (out.size() > 1) out += ',';
      out.append(entry->first).append(":").append(entry->second);
    }
    return out += '}';
  }

 private:
  void lists_in(const Field& outer, const Value* before, const Value& after) {
    for (const Field& field : outer.type.fields->fields) {
      if (is_compared(field) && is_nested_list(field)) items(field, before, after, outer.name + '.' + field.name);
    }
  }

  /// Items are paired by name alone: a column that changed its type keeps who described it, if the description stayed.
  void items(const Field& list, const Value* before, const Value& after, const std::string& prefix) {
    static const std::vector<std::string> by_name = {"name"};
    const Value* has = given(after, list.name);
    if (has == nullptr || !has->IsArray()) return;
    const Value* had = before == nullptr ? nullptr : given(*before, list.name);
    if (had != nullptr && !had->IsArray()) had = nullptr;

    const Pairing pairing = pair_up(ItemKind(*list.type.element, by_name), had, has);
    std::vector<const Value*> past(has->Size(), nullptr);
    for (const Pair& pair : pairing.pairs) past[pair.after] = &(*had)[pair.before];
    for (SizeType i = 0; i < has->Size(); ++i) item(list, past[i], (*has)[i], prefix);
  }

  void item(const Field& list, const Value* before, const Value& after, const std::string& prefix) {
    const std::string path = prefix + '.' + path_part(model::lower_ascii(item_label(after, list.match)));
    for (const Field* field : fields_of_items(*list.type.element->fields)) {
      if (is_nested_list(*field)) {
        items(*field, before, after, is_same_kind(list, *field) ? path : path + '.' + field->name);
      } else {
        note(*field, before, after, path + '.' + field->name);
      }
    }
  }

  /// What is asked of each item of a type: its lists of items, and the members that both write.
  const std::vector<const Field*>& fields_of_items(const model::StructType& type) {
    const auto [place, fresh] = fields_of_items_.try_emplace(&type);
    if (!fresh) return place->second;
    for (const Field& field : type.fields) {
      if (!is_compared(field)) continue;
      const bool is_asked = std::find(kItemMembers.begin(), kItemMembers.end(), field.name) != kItemMembers.end();
      if (is_asked || is_nested_list(field)) place->second.push_back(&field);
    }
    return place->second;
  }

  void note(const Field& field, const Value* before, const Value& after, const std::string& path) {
    const Value* has = given(after, field.name);
    if (has == nullptr || (has->IsArray() && has->Empty())) return;
    std::string quoted;
    quoted.reserve(path.size() + 2);
    json::append_quoted(quoted, path);
    // "id" and "ID" side by side share a path: what was set now stands, whichever comes first.
    if (before == nullptr || differs(field, *before, after)) {
      put(std::move(quoted), entry_)->second = entry_;
    } else if (const std::string_view* stored = stored_.find(quoted)) {
      put(std::move(quoted), *stored);
    }
  }

  /// What stands under the path already, or this.
  std::pair<const std::string, std::string_view>* put(std::string quoted, std::string_view entry) {
    const auto [place, fresh] = entries_.emplace(std::move(quoted), entry);
    if (fresh) order_.push_back(&*place);
    return &*place;
  }

  StoredEntries stored_;
  std::string entry_;
  std::unordered_map<const model::StructType*, std::vector<const Field*>> fields_of_items_;
  std::unordered_map<std::string, std::string_view> entries_;  // by the path in its quotes
  std::vector<const std::pair<const std::string, std::string_view>*> order_;
};

}  // namespace

std::string provenance(std::string_view stored, const model::EntityType& type, const json::Value* before,
                       const json::Value& after, const Author& author) {
  Provenance made(stored, author);
  made.fields(type.fields, before, after);
  return made.text();
}

namespace {

json::Document read_known(std::string_view text) {
  json::Document known;
  if (!json::parse_trusted(text, known).ok() || !known.IsObject()) known.SetObject();
  return known;
}

}  // namespace

Setters::Setters(std::string_view provenance) : known_(read_known(provenance)), entries_(known_) {}

bool Setters::is_bots(std::string_view path) const {
  const json::Value* entry = entries_.find(path);
  return entry != nullptr && entry->IsObject() && json::string_or(*entry, "kind") == "bot";
}

}  // namespace metadata::change
