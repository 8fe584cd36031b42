#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "change/compare.h"
#include "change/describe.h"
#include "change/items.h"
#include "json/parse.h"
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

/// Builds the new text: entries of what is there, the author's where it changed, the stored one where it did not.
class Provenance {
 public:
  Provenance(const Value& stored, const Author& author) : stored_(stored), entry_(entry_of(author)) {}

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
    for (const auto& [path, entry] : entries_) {
      if (out.size() > 1) out += ',';
      json::append_quoted(out, path);
      out.append(":").append(entry);
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
    for (const Field& field : list.type.element->fields->fields) {
      if (!is_compared(field)) continue;
      if (is_nested_list(field)) {
        items(field, before, after, is_same_kind(list, field) ? path : path + '.' + field.name);
      } else if (std::find(kItemMembers.begin(), kItemMembers.end(), field.name) != kItemMembers.end()) {
        note(field, before, after, path + '.' + field.name);
      }
    }
  }

  void note(const Field& field, const Value* before, const Value& after, const std::string& path) {
    const Value* has = given(after, field.name);
    if (has == nullptr || (has->IsArray() && has->Empty())) return;
    if (before == nullptr || differs(field, *before, after)) return set(path, entry_);
    if (const Value* stored = stored_.find(path)) keep(path, json::write(*stored));
  }

  // "id" and "ID" side by side share a path: what was set now stands, whichever comes first.
  void set(const std::string& path, const std::string& entry) {
    const auto [place, fresh] = positions_.emplace(path, entries_.size());
    if (fresh) {
      entries_.emplace_back(path, entry);
    } else {
      entries_[place->second].second = entry;
    }
  }

  void keep(const std::string& path, std::string entry) {
    if (positions_.emplace(path, entries_.size()).second) entries_.emplace_back(path, std::move(entry));
  }

  json::MemberIndex stored_;
  std::string entry_;
  std::vector<std::pair<std::string, std::string>> entries_;
  std::unordered_map<std::string, std::size_t> positions_;
};

}  // namespace

std::string provenance(std::string_view stored, const model::EntityType& type, const json::Value* before,
                       const json::Value& after, const Author& author) {
  json::Document known;
  // A damaged text is as good as none: it says who wrote what, and refusing the write would not bring it back.
  if (!json::parse_trusted(stored, known).ok() || !known.IsObject()) known.SetObject();
  Provenance made(known, author);
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
