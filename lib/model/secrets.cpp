#include "model/secrets.h"

#include <algorithm>
#include <set>
#include <vector>

#include "json/write.h"
#include "model/entries.h"

namespace metadata::model {
namespace {

using Visit = std::function<Result<std::string>(std::string_view path, std::string_view text)>;

/// The walk over one entity's secrets.
class Walk {
 public:
  Walk(const EntityType& type, json::Allocator& allocator, const Visit& visit)
      : names_(type.secret_names), allocator_(allocator), visit_(visit) {}

  Error members(const std::vector<Field>& fields, json::Value& object, const std::string& path) {
    if (!object.IsObject()) return {};
    for (auto& entry : entries(object)) {
      const auto field = std::ranges::find(fields, json::view(entry.name), &Field::name);
      if (field == fields.end()) continue;
      const std::string at = path.empty() ? field->name : path + "." + field->name;
      MD_OK(field->secret ? marked(entry.value, at) : described(field->type, entry.value, at));
    }
    return {};
  }

 private:
  // A text that is marked is a secret as a whole; of an object only the members with secret names are.
  Error marked(json::Value& value, const std::string& path) {
    return value.IsString() ? secret(value, path) : named(value, path, false);
  }

  Error described(const ValueType& type, json::Value& value, const std::string& path) {
    if (type.shape == Shape::Struct) return members(type.fields->fields, value, path);
    if (type.shape != Shape::Array || type.element->shape != Shape::Struct || !value.IsArray()) return {};
    for (json::SizeType i = 0; i < value.Size(); ++i)
      MD_OK(members(type.element->fields->fields, value[i], path + "[" + std::to_string(i) + "]"));
    return {};
  }

  // Whatever lies under a secret name is secret, a number too: it becomes a text.
  Error named(json::Value& value, const std::string& path, bool is_secret) {
    if (value.IsNumber() && is_secret) value = json::make_string(json::write(value), allocator_);
    if (value.IsString()) return is_secret ? secret(value, path) : Error();
    if (value.IsArray()) {
      for (json::SizeType i = 0; i < value.Size(); ++i)
        MD_OK(named(value[i], path + "[" + std::to_string(i) + "]", is_secret));
    }
    if (!value.IsObject()) return {};
    for (auto& entry : entries(value)) {
      const std::string_view name = json::view(entry.name);
      const bool listed = std::ranges::binary_search(names_, name);
      MD_OK(named(entry.value, path + "." + std::string(name), is_secret || listed));
    }
    return {};
  }

  Error secret(json::Value& value, const std::string& path) {
    if (value.GetStringLength() == 0) return {};
    MD_LET(replaced, visit_(path, json::view(value)));
    value = json::make_string(replaced, allocator_);
    return {};
  }

  const std::vector<std::string>& names_;
  json::Allocator& allocator_;
  const Visit& visit_;
};

}  // namespace

bool holds_secrets(const Field& field) {
  std::vector<const Field*> open = {&field};
  std::set<const StructType*> seen;  // a type may hold itself
  while (!open.empty()) {
    const Field& at = *open.back();
    open.pop_back();
    if (at.secret) return true;
    const ValueType& type = at.type.shape == Shape::Array ? *at.type.element : at.type;
    if (type.shape != Shape::Struct || !seen.insert(type.fields.get()).second) continue;
    for (const Field& member : type.fields->fields) open.push_back(&member);
  }
  return false;
}

Error for_each_secret(const EntityType& type, json::Value& entity, json::Allocator& allocator, const Visit& visit) {
  return Walk(type, allocator, visit).members(type.fields, entity, {});
}

}  // namespace metadata::model
