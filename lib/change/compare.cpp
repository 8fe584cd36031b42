#include "change/compare.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "change/items.h"
#include "json/write.h"

namespace metadata::change {
namespace {

using json::SizeType;
using json::Value;
using model::Field;
using model::Shape;

constexpr std::string_view kDescription = "description";
constexpr std::string_view kExtension = "extension";
constexpr std::string_view kRemoved = "removed";
constexpr std::string_view kNarrowed = "narrowed";

/// What stands before a member's name. The contract has two schemes: description and labels are named with all their
/// parents and unquoted, other members with the name of the innermost item only, quoted if it has a dot.
struct Names {
  std::string plain;  // "columns.parent.child."
  std::string brief;  // "columns.child."
};

/// Where a nested list is reported, and how the paths of its items begin.
struct ListNames {
  std::string list;  // "columns", "columns.parent"
  std::string root;  // "columns"
};

bool is_list_or_absent(const Value* value) { return value == nullptr || value->IsArray(); }
bool is_object_or_absent(const Value* value) { return value == nullptr || value->IsObject(); }

bool is_label_list(const Field& field) {
  return field.type.shape == Shape::Array && field.type.element &&
         field.type.element->format == model::Format::TagLabel;
}

// Edges have no order of their own, and a list that is kept sorted is sorted again before it is stored.
bool keeps_order(const Field& field) { return field.place != model::Place::Relation && field.order_by.empty(); }

bool breaks_by(const Field& list, std::string_view what) {
  return std::find(list.breaking.begin(), list.breaking.end(), what) != list.breaking.end();
}

std::string name_of(const Field& field, const Names& names) {
  return (field.name == kDescription || is_label_list(field) ? names.plain : names.brief) + field.name;
}

const Value& empty_object() {
  static const Value empty(json::rapid::kObjectType);
  return empty;
}

const Value& object_or_empty(const Value* value) { return value == nullptr ? empty_object() : *value; }

const model::ValueType& item_type(const Field& list) {
  static const model::ValueType any;
  return list.type.element ? *list.type.element : any;
}

/// The items at these positions as a JSON text inside a string.
std::string items_text(const ItemKind& kind, const Value& list, const std::vector<SizeType>& positions) {
  std::string text = "[";
  for (const SizeType i : positions) {
    if (text.size() > 1) text += ',';
    kind.write(list[i], text);
  }
  return as_string(text += ']');
}

/// The names of the items at these positions.
std::string labels_text(const Field& field, const Value& list, const std::vector<SizeType>& positions) {
  std::string text = "[";
  for (const SizeType i : positions) {
    if (text.size() > 1) text += ',';
    json::append_quoted(text, item_label(list[i], field.match));
  }
  return as_string(text += ']');
}

/// The stretch of two lists in which paired items moved (or, where `changed` says so, are not what they were).
struct Stretch {
  std::vector<SizeType> before;
  std::vector<SizeType> after;
};

Stretch moved_stretch(const std::vector<Pair>& pairs, const std::vector<bool>& changed) {
  std::vector<std::size_t> old_order(pairs.size());  // positions in `pairs`, as the earlier list had them
  for (std::size_t i = 0; i < pairs.size(); ++i) old_order[i] = i;
  std::sort(old_order.begin(), old_order.end(),
            [&](std::size_t a, std::size_t b) { return pairs[a].before < pairs[b].before; });

  const auto stays = [&](std::size_t i) { return old_order[i] == i && !changed[i]; };
  std::size_t begin = 0;
  std::size_t end = pairs.size();
  while (begin < end && stays(begin)) ++begin;
  while (end > begin && stays(end - 1)) --end;
  Stretch stretch;
  for (std::size_t i = begin; i < end; ++i) {
    stretch.before.push_back(pairs[old_order[i]].before);
    stretch.after.push_back(pairs[i].after);
  }
  return stretch;
}

bool is_narrowed(const Value& before, const Value& after) {
  const auto old_length = json::int_member(before, "dataLength");
  const auto new_length = json::int_member(after, "dataLength");
  if (new_length && (!old_length || *new_length < *old_length)) return true;
  for (const std::string_view digits : {"precision", "scale"}) {
    const auto had = json::int_member(before, digits);
    const auto has = json::int_member(after, digits);
    if (had && (!has || *has < *had)) return true;
  }
  return false;
}

class Comparison {
 public:
  explicit Comparison(Record& record) : record_(record) {}

  void members(const std::vector<Field>& fields, const Value& before, const Value& after, const Names& names,
               Weight weight) {
    for (const Field& field : fields) {
      if (is_compared(field)) member(field, before, after, names, weight);
    }
  }

  void member(const Field& field, const Value& before, const Value& after, const Names& names, Weight outer) {
    const Value* had = given(before, field.name);
    const Value* has = given(after, field.name);
    if (had == nullptr && has == nullptr) return;
    const Weight weight = field.versioned ? outer : Weight::Unversioned;
    const std::string name = name_of(field, names);
    if (field.type.shape == Shape::Array && is_list_or_absent(had) && is_list_or_absent(has)) {
      if (is_nested_list(field))
        return nested(field, had, has, {names.plain + field.name, names.brief + field.name}, weight);
      return list(field, had, has, name, weight);
    }
    if (is_object_or_absent(had) && is_object_or_absent(has)) {
      if (field.name == kExtension) return properties(had, has, name, weight);
      if (holds_nested_list(field)) {
        return structure(*field.type.fields, object_or_empty(had), object_or_empty(has),
                         {names.plain + field.name + '.', names.brief + field.name + '.'}, weight);
      }
    }
    if (field.type.format == model::Format::Reference) return reference(field, had, has, name, weight);
    value(had, has, name, weight);
  }

 private:
  void value(const Value* had, const Value* has, const std::string& name, Weight weight) {
    if (had == nullptr) return record_.added(name, shown(*has), weight);
    if (has == nullptr) return record_.deleted(name, shown(*had), weight);
    if (!json::equal(*had, *has)) record_.updated(name, shown(*had), shown(*has), weight);
  }

  void reference(const Field& field, const Value* had, const Value* has, const std::string& name, Weight weight) {
    const ItemKind kind(field.type, field.match);
    const auto text = [&](const Value& reference) {
      std::string json_text;
      kind.write(reference, json_text);
      return as_string(json_text);
    };
    if (had == nullptr) return record_.added(name, text(*has), weight);
    if (has == nullptr) return record_.deleted(name, text(*had), weight);
    if (kind.key(*had, NameCase::Exact) != kind.key(*has, NameCase::Exact)) {
      record_.updated(name, text(*had), text(*has), weight);
    }
  }

  void structure(const model::StructType& type, const Value& before, const Value& after, const Names& names,
                 Weight weight) {
    members(type.fields, before, after, names, weight);
    if (type.open) undescribed(type, before, after, names, weight);
  }

  void undescribed(const model::StructType& type, const Value& before, const Value& after, const Names& names,
                   Weight weight) {
    const auto described = [&](std::string_view name) {
      return std::any_of(type.fields.begin(), type.fields.end(),
                         [&](const Field& field) { return field.name == name; });
    };
    const auto one = [&](std::string_view name) {
      const Value* had = given(before, name);
      const Value* has = given(after, name);
      if (had != nullptr || has != nullptr) value(had, has, names.brief + std::string(name), weight);
    };
    for (const auto& member : before.GetObject()) {
      if (!described(json::view(member.name))) one(json::view(member.name));
    }
    for (const auto& member : after.GetObject()) {
      const std::string_view name = json::view(member.name);
      if (!described(name) && json::find(before, name) == nullptr) one(name);
    }
  }

  /// Custom properties: each update under its own name, additions and removals together.
  void properties(const Value* had, const Value* has, const std::string& name, Weight weight) {
    const Value& before = object_or_empty(had);
    const Value& after = object_or_empty(has);
    const json::MemberIndex old_properties(before);
    const json::MemberIndex new_properties(after);
    std::string removed;
    std::string added;
    for (const auto& property : before.GetObject()) {
      const Value* now = new_properties.find(json::view(property.name));
      if (now == nullptr) {
        add_property(property, removed);
      } else if (!json::equal(property.value, *now)) {
        record_.updated(name + '.' + std::string(json::view(property.name)), as_string(json::write(property.value)),
                        as_string(json::write(*now)), weight);
      }
    }
    for (const auto& property : after.GetObject()) {
      if (old_properties.find(json::view(property.name)) == nullptr) add_property(property, added);
    }
    if (!added.empty()) record_.added(name, as_string('[' + added + ']'), weight);
    if (!removed.empty()) record_.deleted(name, as_string('[' + removed + ']'), weight);
  }

  static void add_property(const Value::Member& property, std::string& list) {
    if (!list.empty()) list += ',';
    list += '{';
    json::append_quoted(list, json::view(property.name));
    list += ':';
    json::write(property.value, list);
    list += '}';
  }

  void list(const Field& field, const Value* had, const Value* has, const std::string& name, Weight weight) {
    const ItemKind kind(item_type(field), field.match);
    Pairing pairing = pair_up(kind, had, has);
    std::vector<bool> changed(pairing.pairs.size());
    bool any_changed = false;
    for (std::size_t i = 0; i < pairing.pairs.size(); ++i) {
      const Pair& pair = pairing.pairs[i];
      if (kind.unchanged((*had)[pair.before], (*has)[pair.after])) continue;
      if (kind.is_label()) {  // a label with another type or state is another label, in the place of the old one
        pairing.removed.push_back(pair.before);
        pairing.added.push_back(pair.after);
      } else {
        any_changed = changed[i] = true;
      }
    }
    std::sort(pairing.removed.begin(), pairing.removed.end());
    std::sort(pairing.added.begin(), pairing.added.end());
    come_and_gone(field, kind, pairing, had, has, name, weight);

    if (keeps_order(field) && pairing.reordered()) {
      const Stretch stretch = moved_stretch(pairing.pairs, changed);
      record_.updated(name, items_text(kind, *had, stretch.before), items_text(kind, *has, stretch.after), weight);
    } else if (any_changed) {
      Stretch stretch;
      for (std::size_t i = 0; i < changed.size(); ++i) {
        if (!changed[i]) continue;
        stretch.before.push_back(pairing.pairs[i].before);
        stretch.after.push_back(pairing.pairs[i].after);
      }
      record_.updated(name, items_text(kind, *had, stretch.before), items_text(kind, *has, stretch.after), weight);
    }
  }

  void come_and_gone(const Field& field, const ItemKind& kind, const Pairing& pairing, const Value* had,
                     const Value* has, const std::string& name, Weight weight) {
    if (!pairing.added.empty()) record_.added(name, items_text(kind, *has, pairing.added), weight);
    if (pairing.removed.empty()) return;
    record_.deleted(name, items_text(kind, *had, pairing.removed), weight);
    if (weight == Weight::Versioned && breaks_by(field, kRemoved)) record_.make_major();
  }

  void nested(const Field& field, const Value* had, const Value* has, const ListNames& names, Weight weight) {
    const ItemKind kind(item_type(field), field.match);
    const Pairing pairing = pair_up(kind, had, has);
    come_and_gone(field, kind, pairing, had, has, names.list, weight);
    const bool moved = keeps_order(field) && pairing.reordered();
    if (moved) {
      // Only the names: the items may be large, and what changed inside them is told below.
      const Stretch stretch = moved_stretch(pairing.pairs, std::vector<bool>(pairing.pairs.size()));
      record_.updated(names.list, labels_text(field, *had, stretch.before), labels_text(field, *has, stretch.after),
                      weight);
    }
    // "columns.a.tags" could be the tags of a, or the children of its child named "tags": whoever asks what a change
    // needs finds the list itself among the fields when items came, went or moved.
    if (moved || !pairing.added.empty() || !pairing.removed.empty()) record_.mention(names.root);
    for (const Pair& pair : pairing.pairs) {
      const Value& before = (*had)[pair.before];
      const Value& after = (*has)[pair.after];
      if (before.IsObject() && !json::equal(before, after)) item(field, before, after, names, weight);
    }
  }

  void item(const Field& list, const Value& before, const Value& after, const ListNames& outer, Weight weight) {
    const model::StructType& type = *list.type.element->fields;
    const std::string label = item_label(before, list.match);
    const std::string path = outer.list + '.' + label;
    const Names names = {path + '.', outer.root + '.' + path_part(label) + '.'};
    for (const Field& field : type.fields) {
      if (!is_compared(field)) continue;
      const Value* had = given(before, field.name);
      const Value* has = given(after, field.name);
      if (is_nested_list(field) && is_same_kind(list, field) && is_list_or_absent(had) && is_list_or_absent(has)) {
        nested(field, had, has, {path, outer.root}, field.versioned ? weight : Weight::Unversioned);
      } else {
        member(field, before, after, names, weight);
      }
    }
    if (type.open) undescribed(type, before, after, names, weight);
    if (weight == Weight::Versioned && breaks_by(list, kNarrowed) && is_narrowed(before, after)) record_.make_major();
  }

  Record& record_;
};

}  // namespace

void compare_members(const std::vector<Field>& fields, const Value& before, const Value& after, Weight weight,
                     Record& record) {
  Comparison(record).members(fields, before, after, {}, weight);
}

bool differs(const Field& field, const Value& before, const Value& after) {
  const Value* had = given(before, field.name);
  const Value* has = given(after, field.name);
  if (had == has || (had != nullptr && has != nullptr && json::equal(*had, *has))) return false;
  Record record;
  Comparison(record).member(field, before, after, {}, Weight::Versioned);
  return !record.empty();
}

bool is_compared(const Field& field) {
  if (field.managed) return false;
  switch (field.place) {
    case model::Place::Row:
    case model::Place::Document:
    case model::Place::Tags:
    case model::Place::Relation:
      return true;
    case model::Place::Container:
    case model::Place::Ancestor:
    case model::Place::Children:
    case model::Place::Computed:
    case model::Place::Write:
      break;
  }
  return false;
}

bool is_nested_list(const Field& field) {
  return field.put == model::PutRule::Nested && field.type.shape == Shape::Array && field.type.element &&
         field.type.element->fields;
}

bool holds_nested_list(const Field& field) {
  return field.type.shape == Shape::Struct && field.type.fields &&
         std::any_of(field.type.fields->fields.begin(), field.type.fields->fields.end(), is_nested_list);
}

const Value* given(const Value& object, std::string_view name) {
  const Value* value = json::find(object, name);
  return value == nullptr || value->IsNull() ? nullptr : value;
}

}  // namespace metadata::change
