#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
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
/// patch changes one of them: the others are passed on without being understood. They are asked for in the order in
/// which they were written, but for the few that came or went.
class StoredEntries {
 public:
  static constexpr std::size_t kNone = std::string_view::npos;

  struct Entry {
    std::string_view quoted;  // the path in its quotes
    std::string_view text;
  };

  /// A damaged text is as good as none: it says who wrote what, and refusing the write would not bring it back.
  explicit StoredEntries(std::string_view text) {
    if (!read(text)) entries_.clear();
  }

  std::size_t size() const { return entries_.size(); }
  const Entry& operator[](std::size_t place) const { return entries_[place]; }

  /// The place of a path's entry; kNone when there is none.
  std::size_t find(std::string_view quoted) {
    std::size_t place = next_;
    if (place >= size() || entries_[place].quoted != quoted) place = search(quoted);
    if (place != kNone) next_ = place + 1;
    return place;
  }

 private:
  static constexpr int kFewSearches = 8;  // from here on an index of all is cheaper

  std::size_t search(std::string_view quoted) {
    if (++searches_ <= kFewSearches) {
      const auto found = std::ranges::find(entries_, quoted, &Entry::quoted);
      return found == entries_.end() ? kNone : static_cast<std::size_t>(found - entries_.begin());
    }
    if (places_.empty()) {
      for (std::size_t i = 0; i < size(); ++i) places_.emplace(entries_[i].quoted, i);
    }
    const auto found = places_.find(quoted);
    return found == places_.end() ? kNone : found->second;
  }

  bool read(std::string_view text) {
    const auto is = [&text](std::size_t at, char c) { return at < text.size() && text[at] == c; };
    if (text == "{}") return true;
    if (!is(0, '{')) return false;
    for (std::size_t at = 1; is(at, '"');) {
      const std::size_t colon = json::end_of_string(text, at);
      if (!is(colon, ':') || !is(colon + 1, '{')) return false;
      const std::size_t end = json::end_of_value(text, colon + 1);
      entries_.push_back({text.substr(at, colon - at), text.substr(colon + 1, end - colon - 1)});
      if (is(end, '}')) return end + 1 == text.size();
      if (!is(end, ',')) return false;
      at = end + 1;
    }
    return false;
  }

  std::vector<Entry> entries_;
  std::size_t next_ = 0;  // behind the one that was found last
  int searches_ = 0;
  std::unordered_map<std::string_view, std::size_t> places_;
};

/// Builds the new text: entries of what is there, the author's where it changed, the stored one where it did not.
class Provenance {
 public:
  /// The stored text must outlive this.
  Provenance(std::string_view stored, const Author& author)
      : stored_(stored), entry_(entry_of(author)), bytes_(stored.size()), taken_(stored_.size(), kNotTaken) {}

  void fields(const std::vector<Field>& fields, const Value* before, const Value& after) {
    for (const Field& field : fields) {
      // The name says which entity it is; nobody is asked who set it.
      if (!is_compared(field) || field.place == model::Place::Row) continue;
      const Below below(path_, field.name);
      if (is_nested_list(field)) {
        items(field, before, after);
        continue;
      }
      note(field, before, after);
      const Value* structure = given(after, field.name);
      if (structure != nullptr && holds_nested_list(field)) {
        lists_in(field, before == nullptr ? nullptr : given(*before, field.name), *structure);
      }
    }
  }

  std::string text() const {
    std::string out = "{";
    out.reserve(bytes_ + 2 * entry_.size());
    for (const StoredEntries::Entry& entry : order_) {
      if (out.size() > 1) out += ',';
      out.append(entry.quoted).append(":").append(entry.text);
    }
    return out += '}';
  }

 private:
  static constexpr std::size_t kNotTaken = StoredEntries::kNone;

  /// One more part at the end of the path for as long as this lives.
  class Below {
   public:
    Below(std::string& path, std::string_view part) : path_(path), length_(path.size()) {
      if (!path_.empty()) path_ += '.';
      path_ += part;
    }
    ~Below() { path_.resize(length_); }
    Below(const Below&) = delete;
    Below& operator=(const Below&) = delete;

   private:
    std::string& path_;
    const std::size_t length_;
  };

  void lists_in(const Field& outer, const Value* before, const Value& after) {
    for (const Field& field : outer.type.fields->fields) {
      if (!is_compared(field) || !is_nested_list(field)) continue;
      const Below below(path_, field.name);
      items(field, before, after);
    }
  }

  /// Items are paired by name alone: a column that changed its type keeps who described it, if the description stayed.
  void items(const Field& list, const Value* before, const Value& after) {
    static const std::vector<std::string> by_name = {"name"};
    const Value* has = given(after, list.name);
    if (has == nullptr || !has->IsArray()) return;
    const Value* had = before == nullptr ? nullptr : given(*before, list.name);
    if (had != nullptr && !had->IsArray()) had = nullptr;

    const Pairing pairing = pair_up(ItemKind(*list.type.element, by_name), had, has);
    std::vector<const Value*> past(has->Size(), nullptr);
    for (const Pair& pair : pairing.pairs) past[pair.after] = &(*had)[pair.before];
    for (SizeType i = 0; i < has->Size(); ++i) item(list, past[i], (*has)[i]);
  }

  void item(const Field& list, const Value* before, const Value& after) {
    const Below below(path_, path_part(model::lower_ascii(item_label(after, list.match))));
    for (const Field* field : fields_of_items(*list.type.element->fields)) {
      if (is_nested_list(*field) && is_same_kind(list, *field)) {
        items(*field, before, after);
        continue;
      }
      const Below member(path_, field->name);
      if (is_nested_list(*field)) {
        items(*field, before, after);
      } else {
        note(*field, before, after);
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

  /// The entry of the field at the path.
  void note(const Field& field, const Value* before, const Value& after) {
    const Value* has = given(after, field.name);
    if (has == nullptr || (has->IsArray() && has->Empty())) return;
    quoted_.clear();
    json::append_quoted(quoted_, path_);
    const bool is_set_now = before == nullptr || differs(field, *before, after);
    const std::size_t place = stored_.find(quoted_);
    if (place == StoredEntries::kNone) {
      if (!is_set_now) return;
      const auto [made, fresh] = new_paths_.insert(quoted_);
      if (fresh) order_.push_back({*made, entry_});
    } else if (taken_[place] == kNotTaken) {
      taken_[place] = order_.size();
      order_.push_back({stored_[place].quoted, is_set_now ? std::string_view(entry_) : stored_[place].text});
    } else if (is_set_now) {
      // "id" and "ID" side by side share a path: what was set now stands, whichever comes first.
      order_[taken_[place]].text = entry_;
    }
  }

  StoredEntries stored_;
  const std::string entry_;
  const std::size_t bytes_;  // of the stored text
  std::unordered_map<const model::StructType*, std::vector<const Field*>> fields_of_items_;
  std::string path_;  // of what is being looked at
  std::string quoted_;
  std::vector<std::size_t> taken_;             // where each stored entry stands in order_
  std::unordered_set<std::string> new_paths_;  // in their quotes, of entries that were not stored
  std::vector<StoredEntries::Entry> order_;
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
