#include "model/put_rules.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "model/formats.h"
#include "model/labels.h"

namespace metadata::model {
namespace {

bool is_empty(const json::Value* value) {
  if (value == nullptr || value->IsNull()) return true;
  if (value->IsString()) return value->GetStringLength() == 0;
  if (value->IsArray()) return value->Empty();
  return value->IsObject() && value->ObjectEmpty();
}

/// Merges a stored object into an incoming one, field by field.
class Merge {
 public:
  Merge(json::Allocator& allocator, bool by_bot) : allocator_(allocator), by_bot_(by_bot) {}

  void object(const std::vector<Field>& fields, const json::Value& stored, json::Value& incoming) {
    for (const Field& field : fields) {
      if (!field.managed && field.place != Place::Write) member(field, stored, incoming);
    }
  }

 private:
  void member(const Field& field, const json::Value& stored, json::Value& incoming) {
    const json::Value* before = json::find(stored, field.name);
    json::Value* after = json::find(incoming, field.name);
    switch (rule_of(field)) {
      case PutRule::Replace:
        return;
      case PutRule::Ignore:
        return keep(field, before, incoming);
      case PutRule::KeepMissing:
        if (is_empty(after)) keep(field, before, incoming);
        return;
      case PutRule::HumanFirst:
        if (by_bot_ && !is_empty(before)) keep(field, before, incoming);
        return;
      case PutRule::HumanFirstKeepMissing:
        if (is_empty(after) || (by_bot_ && !is_empty(before))) keep(field, before, incoming);
        return;
      case PutRule::Merge:
        if (is_empty(before)) return;
        if (is_empty(after)) return keep(field, before, incoming);
        return field.type.shape == Shape::Array ? unite(field, *before, *after) : later(*before, *after);
      case PutRule::Nested:
        if (before == nullptr || after == nullptr) return;
        if (field.type.shape == Shape::Struct) return object(field.type.fields->fields, *before, *after);
        items(field, *before, *after);
        return;
    }
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

  void items(const Field& field, const json::Value& before, json::Value& after) {
    ByName stored;
    for (const json::Value& item : before.GetArray())
      stored.emplace(lower_ascii(json::string_or(item, field.match.front())), &item);
    for (json::Value& item : after.GetArray()) {
      bool exact = false;
      const json::Value* old = find_item(field, stored, item, exact);
      if (old == nullptr) continue;
      if (exact) {
        object(field.type.element->fields->fields, *old, item);
      } else {
        // Another data type makes it another column, but what people wrote of it still holds.
        keep_description(*old, item);
      }
    }
  }

  void keep_description(const json::Value& old, json::Value& item) {
    const json::Value* description = json::find(old, "description");
    if (!is_empty(json::find(item, "description")) || is_empty(description)) return;
    json::set(item, "description", json::copy(*description, allocator_), allocator_);
  }

  json::Allocator& allocator_;
  const bool by_bot_;
};

}  // namespace

void merge_put(const EntityType& type, const json::Value& stored, json::Document& incoming, bool by_bot) {
  Merge(incoming.GetAllocator(), by_bot).object(type.fields, stored, incoming);
}

}  // namespace metadata::model
