#include "access/seeing.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "access/sight.h"
#include "json/parse.h"
#include "json/write.h"
#include "model/fqn.h"

namespace metadata::access {
namespace {

using json::Document;
using json::Value;

/// The types that labels are of.
constexpr std::string_view kLabelTypes[] = {"tag", "glossaryTerm"};
constexpr std::string_view kLists[] = {"fieldsAdded", "fieldsUpdated", "fieldsDeleted"};
constexpr std::string_view kValues[] = {"oldValue", "newValue"};

/// Calls `visit` for every object and array of the tree, containers before what they hold. A loop, so that the depth of
/// the tree costs no stack.
template <class Visit>
void each_holder(Value& root, Visit visit) {
  std::vector<Value*> open{&root};
  while (!open.empty()) {
    Value* at = open.back();
    open.pop_back();
    visit(*at);
    if (at->IsArray()) {
      for (Value& item : at->GetArray()) {
        if (item.IsArray() || item.IsObject()) open.push_back(&item);
      }
    } else {
      for (json::SizeType i = 0; i < at->MemberCount(); ++i) {
        Value& value = (at->MemberBegin() + i)->value;
        if (value.IsArray() || value.IsObject()) open.push_back(&value);
      }
    }
  }
}

bool is_holder(const Value& value) { return value.IsArray() || value.IsObject(); }

/// What the texts name, and which of it is seen.
class Names {
 public:
  void note(const Value& object) {
    if (!object.IsObject()) return;
    if (const auto id = id_of(object)) ids_.insert(*id);
    if (const std::string_view label = json::string_or(object, "tagFQN"); !label.empty()) labels_.emplace(label);
  }

  Error look_up(const Seeing& seeing, store::Reader& reader) {
    std::vector<store::RefRow> rows;
    if (!ids_.empty()) {
      MD_LET(found, reader.refs_by_id(std::vector<EntityId>(ids_.begin(), ids_.end())));
      rows = std::move(found);
    }
    std::vector<store::TypedKey> keys;
    for (const std::string& label : labels_) {
      const auto key = model::key_of_any_fqn(label);
      if (!key.ok()) continue;
      for (const std::string_view type : kLabelTypes) keys.push_back({std::string(type), *key});
    }
    if (!keys.empty()) {
      MD_LET(found, reader.refs_by_key(keys));
      rows.insert(rows.end(), found.begin(), found.end());
    }
    MD_LET(seen, seeing.of(rows));
    for (const store::RefRow& row : rows) {
      const bool yes = seen.contains(row.rid);
      known_[row.id] = yes;
      if (std::ranges::find(kLabelTypes, row.type) != std::end(kLabelTypes))
        known_labels_[model::fqn_of_key(row.fqn_key)] = yes;
    }
    return {};
  }

  bool is_hidden(const Seeing& seeing, const Value& object) const {
    if (!object.IsObject()) return false;
    if (const auto id = id_of(object)) {
      const auto known = known_.find(*id);
      if (known != known_.end() ? !known->second : !seeing.all_of(json::string_or(object, "type"))) return true;
    }
    const std::string_view label = json::string_or(object, "tagFQN");
    if (label.empty()) return false;
    const auto known = known_labels_.find(std::string(label));
    return known != known_labels_.end() ? !known->second : !seeing.all_of(kLabelTypes[0]);
  }

 private:
  static std::optional<EntityId> id_of(const Value& object) {
    if (json::string_or(object, "type").empty()) return std::nullopt;
    return EntityId::parse(json::string_or(object, "id"));
  }

  std::set<EntityId> ids_;
  std::set<std::string> labels_;
  std::map<EntityId, bool> known_;
  std::map<std::string, bool> known_labels_;
};

/// One text as a tree, with the trees of the JSON that its strings hold.
struct Text {
  Document tree;
  struct Inner {
    std::string_view list;
    json::SizeType entry = 0;
    std::string_view value;
    Document tree;
  };
  std::vector<Inner> inner;
};

/// The values of a change description's entries that are JSON within a string.
void open_strings(Text& text) {
  for (const std::string_view list : kLists) {
    const Value* entries = json::find(text.tree, list);
    if (entries == nullptr || !entries->IsArray()) continue;
    for (json::SizeType i = 0; i < entries->Size(); ++i) {
      for (const std::string_view name : kValues) {
        const std::string_view value = json::string_or((*entries)[i], name);
        if (!value.starts_with('[') && !value.starts_with('{')) continue;
        Text::Inner inner{list, i, name, {}};
        // A description that begins like JSON is none; it is the entity's own.
        if (json::parse_trusted(value, inner.tree).ok() && is_holder(inner.tree))
          text.inner.push_back(std::move(inner));
      }
    }
  }
}

/// Drops what is hidden; false when the whole is, or when a list that held something holds nothing any more.
bool drop_hidden(const Seeing& seeing, const Names& names, Value& root) {
  if (names.is_hidden(seeing, root)) return false;
  const bool had = !root.IsArray() || !root.Empty();
  each_holder(root, [&](Value& holder) {
    if (holder.IsArray()) {
      for (auto item = holder.Begin(); item != holder.End();) {
        item = names.is_hidden(seeing, *item) ? holder.Erase(item) : item + 1;
      }
    } else {
      for (json::SizeType at = 0; at < holder.MemberCount();) {
        const auto member = holder.MemberBegin() + at;
        if (names.is_hidden(seeing, member->value)) {
          holder.EraseMember(member);
        } else {
          ++at;
        }
      }
    }
  });
  return !had || !root.IsArray() || !root.Empty();
}

/// Entries of which a value went and no value is left.
void drop_emptied(Document& tree, std::string_view list, const std::set<json::SizeType>& touched) {
  Value* entries = json::find(tree, list);
  if (entries == nullptr || !entries->IsArray()) return;
  for (json::SizeType i = entries->Size(); i-- > 0;) {
    const Value& entry = (*entries)[i];
    const bool left = std::ranges::any_of(kValues, [&](auto name) { return json::find(entry, name) != nullptr; });
    if (!left && touched.contains(i)) entries->Erase(entries->Begin() + i);
  }
}

std::string closed(const Seeing& seeing, const Names& names, Text& text) {
  std::map<std::string_view, std::set<json::SizeType>> touched;
  for (Text::Inner& inner : text.inner) {
    const std::string before = json::write(inner.tree);
    const bool kept = drop_hidden(seeing, names, inner.tree);
    const std::string after = json::write(inner.tree);
    if (kept && after == before) continue;
    Value& entry = (*json::find(text.tree, inner.list))[inner.entry];
    if (kept) {
      json::set_string(entry, inner.value, after, text.tree.GetAllocator());
    } else {
      json::erase(entry, inner.value);
      touched[inner.list].insert(inner.entry);
    }
  }
  if (!drop_hidden(seeing, names, text.tree)) return text.tree.IsArray() ? "[]" : "{}";
  for (const auto& [list, entries] : touched) drop_emptied(text.tree, list, entries);
  return json::write(text.tree);
}

bool may_name_something(std::string_view text) {
  return text.find("id\\\"") != std::string_view::npos || text.find("\"id\"") != std::string_view::npos ||
         text.find("tagFQN") != std::string_view::npos;
}

}  // namespace

Seeing::Seeing(store::Reader& reader, const Principal& as, Shapes shapes)
    : reader_(reader), as_(as), shapes_(std::move(shapes)), everything_(sees_everything(as)) {}

bool Seeing::all_of(std::string_view type) const {
  return everything_ || (shapes_(type) != nullptr && verdict(as_, kSee, type) == Truth::Yes);
}

Result<std::unordered_set<store::Rid>> Seeing::of(std::span<const store::RefRow> rows) const {
  std::unordered_set<store::Rid> all;
  std::map<std::string_view, std::vector<store::Rid>> by_type;
  for (const store::RefRow& row : rows) {
    if (everything_) {
      all.insert(row.rid);
    } else {
      by_type[row.type].push_back(row.rid);
    }
  }
  for (const auto& [type, rids] : by_type) {
    const model::AccessShape* shape = shapes_(type);
    if (shape == nullptr) continue;
    MD_LET(seen, seen(reader_, as_, *shape, rids));
    all.insert(seen.begin(), seen.end());
  }
  return all;
}

Error Seeing::redact(std::span<std::string> texts) const {
  if (everything_) return {};
  std::vector<std::pair<std::string*, Text>> open;
  Names names;
  for (std::string& said : texts) {
    if (!may_name_something(said)) continue;
    Text text;
    MD_OK(json::parse_trusted(said, text.tree));
    if (!is_holder(text.tree)) continue;
    open_strings(text);
    const auto note = [&](Value& holder) { names.note(holder); };
    each_holder(text.tree, note);
    for (Text::Inner& inner : text.inner) each_holder(inner.tree, note);
    open.emplace_back(&said, std::move(text));
  }
  if (open.empty()) return {};
  MD_OK(names.look_up(*this, reader_));
  for (auto& [said, text] : open) *said = closed(*this, names, text);
  return {};
}

Error Seeing::redact(std::span<store::StoredEntity> entities) const {
  if (everything_) return {};
  std::vector<std::string> texts;
  for (store::StoredEntity& entity : entities) texts.push_back(std::move(entity.body.change));
  MD_OK(redact(texts));
  for (std::size_t i = 0; i < entities.size(); ++i) entities[i].body.change = std::move(texts[i]);
  return {};
}

}  // namespace metadata::access
