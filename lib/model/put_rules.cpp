#include "model/put_rules.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "model/formats.h"
#include "model/item_path.h"
#include "model/labels.h"

namespace metadata::model {
namespace {

bool is_empty(const json::Value* value) {
  if (value == nullptr || value->IsNull()) return true;
  if (value->IsString()) return value->GetStringLength() == 0;
  if (value->IsArray()) return value->Empty();
  return value->IsObject() && value->ObjectEmpty();
}

// Paths that are told; who sends a table of thousands of columns is not told of all.
constexpr std::size_t kMaxKept = 100;

/// Where in the entity a member stands.
struct At {
  std::string path;  ///< what is above it, with the items' names: "columns.id."; empty at the top
  std::string kind;  ///< the same without: "columns."
};

/// Merges a stored object into an incoming one, field by field.
class Merge {
 public:
  Merge(json::Allocator& allocator, const PutManner& manner) : allocator_(allocator), manner_(manner) {}

  void object(const std::vector<Field>& fields, const At& at, const json::Value& stored, json::Value& incoming) {
    for (const Field& field : fields) {
      if (!field.managed && field.place != Place::Write) member(field, at, stored, incoming);
    }
  }

  std::vector<std::string> take_kept() { return std::move(kept_); }

 private:
  void member(const Field& field, const At& at, const json::Value& stored, json::Value& incoming) {
    const json::Value* before = json::find(stored, field.name);
    json::Value* after = json::find(incoming, field.name);
    const PutRule rule = rule_of(field);
    if (rule == PutRule::Ignore) return keep(field, before, incoming);
    if (manner_.replace || (after != nullptr && is_overwritten(at.kind + field.name))) return;
    switch (rule) {
      case PutRule::Replace:
      case PutRule::Ignore:
        return;
      case PutRule::KeepMissing:
        if (is_empty(after)) keep(field, before, incoming);
        return;
      case PutRule::HumanFirst:
        if (manner_.by_bot && !is_empty(before) && (is_empty(after) || is_persons(field, at, before, after)))
          keep(field, before, incoming);
        return;
      case PutRule::HumanFirstKeepMissing:
        if (is_empty(after) || (manner_.by_bot && !is_empty(before) && is_persons(field, at, before, after)))
          keep(field, before, incoming);
        return;
      case PutRule::PersonFirst:
        if (manner_.by_bot && !is_empty(before) && is_persons(field, at, before, after)) keep(field, before, incoming);
        return;
      case PutRule::Merge:
        if (is_empty(before)) return;
        if (is_empty(after)) return keep(field, before, incoming);
        return field.type.shape == Shape::Array ? unite(field, *before, *after) : later(*before, *after);
      case PutRule::Nested:
        if (before == nullptr || after == nullptr) return;
        if (field.type.shape == Shape::Struct) {
          const At inside{at.path + field.name + '.', at.kind + field.name + '.'};
          return object(field.type.fields->fields, inside, *before, *after);
        }
        items(field, at.path + field.name, at.kind + field.name, *before, *after);
        return;
    }
  }

  /// Did a person set the value last? If so, notes what of the request is not taken.
  bool is_persons(const Field& field, const At& at, const json::Value* before, const json::Value* after) {
    std::string path = at.path + field.name;
    if (manner_.by_person && !manner_.by_person(path)) return false;
    const bool sent = !is_empty(after) && !json::equal(*before, *after);
    if (sent && kept_.size() < kMaxKept) kept_.push_back(std::move(path));
    return true;
  }

  /// A field that the caller named counts with all that is in it.
  bool is_overwritten(std::string_view kind) const {
    return std::ranges::any_of(manner_.overwrite, [&](const std::string& named) {
      return named == "*" || kind == named || (kind.starts_with(named) && kind[named.size()] == '.');
    });
  }

  // A PUT finds its entity through name and container, so it cannot change them.
  static PutRule rule_of(const Field& field) {
    const bool in_tree = field.place == Place::Container || field.place == Place::Ancestor;
    return in_tree ? PutRule::Ignore : field.put;
  }

  void keep(const Field& field, const json::Value* before, json::Value& incoming) {
    if (before != nullptr) {
      json::set(incoming, field.name, json::copy(*before, allocator_), allocator_);
    } else if (field.place == Place::Document || field.place == Place::Relation || field.place == Place::Tags) {
      json::erase(incoming, field.name);
    }
  }

  static bool same(const Field& field, const json::Value& a, const json::Value& b) {
    return std::ranges::all_of(field.match, [&](const std::string& member) {
      const json::Value* in_a = json::find(a, member);
      const json::Value* in_b = json::find(b, member);
      if (in_a == nullptr || in_b == nullptr) return in_a == in_b;
      return json::equal(*in_a, *in_b);
    });
  }

  // Of equal items the incoming one stays; nothing is removed.
  void unite(const Field& field, const json::Value& before, json::Value& after) {
    const json::SizeType sent = after.Size();
    for (const json::Value& item : before.GetArray()) {
      bool known = false;
      for (json::SizeType i = 0; i < sent && !known; ++i) known = same(field, item, after[i]);
      if (!known) after.PushBack(json::copy(item, allocator_), allocator_);
    }
    if (field.place == Place::Tags) settle_labels(after, allocator_);
  }

  // Each part (created, updated, accessed) is taken from where its timestamp is later.
  void later(const json::Value& before, json::Value& after) {
    for (const auto& part : before.GetObject()) {
      const std::string_view name = json::view(part.name);
      const json::Value* sent = json::find(after, name);
      if (sent != nullptr && json::int_member(*sent, "timestamp") >= json::int_member(part.value, "timestamp"))
        continue;
      json::set(after, name, json::copy(part.value, allocator_), allocator_);
    }
  }

  using ByName = std::unordered_multimap<std::string, const json::Value*>;

  // The first `match` member is a name and compared without case, the others exactly.
  static const json::Value* find_item(const Field& field, const ByName& stored, const json::Value& item, bool& exact) {
    const json::Value* by_name = nullptr;
    exact = false;
    const auto [begin, end] = stored.equal_range(lower_ascii(json::string_or(item, field.match.front())));
    for (auto at = begin; at != end; ++at) {
      by_name = at->second;
      exact = std::ranges::all_of(field.match.begin() + 1, field.match.end(), [&](const std::string& member) {
        return json::string_or(*at->second, member) == json::string_or(item, member);
      });
      if (exact) return by_name;
    }
    return by_name;
  }

  void items(const Field& field, const std::string& path, const std::string& kind, const json::Value& before,
             json::Value& after) {
    ByName stored;
    for (const json::Value& item : before.GetArray())
      stored.emplace(lower_ascii(json::string_or(item, field.match.front())), &item);
    for (json::Value& item : after.GetArray()) {
      bool exact = false;
      const json::Value* old = find_item(field, stored, item, exact);
      if (old == nullptr) continue;
      if (exact) {
        merge_item(field, path + '.' + path_part(lower_ascii(item_label(*old, field.match))), kind, *old, item);
      } else {
        // Another data type makes it another column, but what people wrote of it still holds.
        keep_description(*old, item);
      }
    }
  }

  void merge_item(const Field& list, const std::string& path, const std::string& kind, const json::Value& before,
                  json::Value& after) {
    const At at{path + '.', kind + '.'};
    for (const Field& field : list.type.element->fields->fields) {
      if (field.managed || field.place == Place::Write) continue;
      const json::Value* had = json::find(before, field.name);
      json::Value* has = json::find(after, field.name);
      const bool same_kind =
          field.put == PutRule::Nested && field.type.shape == Shape::Array && is_same_kind(list, field);
      if (!same_kind) {
        member(field, at, before, after);
      } else if (had != nullptr && has != nullptr && !manner_.replace) {
        items(field, path, kind, *had, *has);
      }
    }
  }

  void keep_description(const json::Value& old, json::Value& item) {
    const json::Value* description = json::find(old, "description");
    if (manner_.replace || !is_empty(json::find(item, "description")) || is_empty(description)) return;
    json::set(item, "description", json::copy(*description, allocator_), allocator_);
  }

  json::Allocator& allocator_;
  const PutManner& manner_;
  std::vector<std::string> kept_;
};

}  // namespace

std::vector<std::string> merge_put(const EntityType& type, const json::Value& stored, json::Document& incoming,
                                   const PutManner& manner) {
  Merge merge(incoming.GetAllocator(), manner);
  merge.object(type.fields, {}, stored, incoming);
  return merge.take_kept();
}

namespace {

const Field* find_field(const std::vector<Field>& fields, std::string_view name) {
  const auto place = std::ranges::find(fields, name, &Field::name);
  return place == fields.end() ? nullptr : &*place;
}

bool is_field(const EntityType& type, std::string_view path) {
  const std::vector<Field>* fields = &type.fields;
  while (fields != nullptr) {
    const auto dot = path.find('.');
    const Field* field = find_field(*fields, path.substr(0, dot));
    if (field == nullptr) return false;
    if (dot == std::string_view::npos) return true;
    path.remove_prefix(dot + 1);
    const StructType* inside = field->type.fields.get();
    if (inside == nullptr && field->type.element != nullptr) inside = field->type.element->fields.get();
    fields = inside == nullptr ? nullptr : &inside->fields;
  }
  return false;
}

}  // namespace

Error check_overwrite(const EntityType& type, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (name == "*" || is_field(type, name)) continue;
    return invalid_argument("overwrite: '" + name.substr(0, 200) + "' is no field of " + type.name, "overwrite");
  }
  return {};
}

}  // namespace metadata::model
