#include "model/fqn.h"

#include <utility>

#include "metadata/ids.h"
#include "model/formats.h"

namespace metadata::model {
namespace {

// Types without containers: their whole FQN is one name, so a dot in it needs no quotes in look-ups.
bool is_flat(const EntityType& type) { return type.parent_fields.empty() && type.fqn_literal.empty(); }

// Before a key that is one whole FQN, whose dots part nothing in the tree. No name holds it.
constexpr char kWhole = '\x1e';

// The part of a key that a bare name becomes.
Result<std::string> key_part(const EntityType& type, std::string_view name) {
  MD_LET(quoted, fqn::quote(name));
  std::string part = fqn::unquote(quoted);
  return type.fqn_lower_case ? lower_ascii(part) : part;
}

std::string join_parts(const std::vector<std::string>& parts) {
  std::string key;
  for (const std::string& part : parts) {
    if (!key.empty()) key.push_back(kKeySeparator);
    key.append(part);
  }
  return key;
}

void append_part(std::string& fqn, std::string_view part) {
  if (!fqn.empty()) fqn.push_back('.');
  if (part.starts_with(kWhole)) {
    fqn.append(part.substr(1));
  } else if (part.find('.') == std::string_view::npos) {
    fqn.append(part);
  } else {
    fqn.append("\"").append(part).append("\"");
  }
}

Error fill_items(const StructType& type, std::string_view above, json::Value& items, json::Allocator& allocator,
                 const Limits& limits);

Error fill_members(const std::vector<Field>& fields, std::string_view above, json::Value& object,
                   json::Allocator& allocator, const Limits& limits) {
  for (const Field& field : fields) {
    if (field.place == Place::Relation || field.place == Place::Tags) continue;
    const bool is_struct = field.type.shape == Shape::Struct && field.type.format == Format::None;
    const bool is_list = field.type.shape == Shape::Array && field.type.element->shape == Shape::Struct;
    if (!is_struct && !is_list) continue;
    json::Value* value = json::find(object, field.name);
    if (value == nullptr) continue;
    if (is_struct && value->IsObject())
      MD_OK(fill_members(field.type.fields->fields, above, *value, allocator, limits));
    if (is_list && value->IsArray()) MD_OK(fill_items(*field.type.element->fields, above, *value, allocator, limits));
  }
  return {};
}

Error fill_items(const StructType& type, std::string_view above, json::Value& items, json::Allocator& allocator,
                 const Limits& limits) {
  const Field* fqn = type.find("fullyQualifiedName");
  if (fqn == nullptr || !fqn->managed) return {};
  for (json::Value& item : items.GetArray()) {
    if (!item.IsObject()) continue;
    std::string full(above);
    append_part(full, fqn::unquote(json::string_or(item, "name")));
    if (full.size() > limits.max_fqn_bytes)
      return invalid_argument("The fully qualified name of " + shown(json::string_or(item, "name")) +
                                  " is longer than " + std::to_string(limits.max_fqn_bytes) + " bytes",
                              "name");
    json::set_string(item, fqn->name, full, allocator);
    MD_OK(fill_members(type.fields, full, item, allocator, limits));
  }
  return {};
}

}  // namespace

Result<std::string> make_key(const EntityType& type, std::string_view parent_key, std::string_view name,
                             const Limits& limits) {
  if (name.size() > limits.max_name_bytes)
    return invalid_argument("name may have at most " + std::to_string(limits.max_name_bytes) + " bytes", "name");
  auto part = key_part(type, name);
  if (!part.ok()) return part.error().with_field("name");
  std::string key(parent_key);
  for (const std::string& next : {type.fqn_literal, type.fqn_prefix + *part}) {
    if (next.empty()) continue;
    if (!key.empty()) key.push_back(kKeySeparator);
    key.append(next);
  }
  if (fqn_of_key(key).size() > limits.max_fqn_bytes)
    return invalid_argument("The fully qualified name of " + shown(name) + " is longer than " +
                                std::to_string(limits.max_fqn_bytes) + " bytes",
                            "name");
  return key;
}

Result<std::string> key_of_fqn(const EntityType& type, std::string_view fqn) {
  if (type.fqn_given) {
    MD_LET(key, key_of_any_fqn(fqn));
    return kWhole + fqn_of_key(key);
  }
  if (is_flat(type)) return key_part(type, fqn);
  return key_of_any_fqn(fqn);
}

Result<std::string> key_of_any_fqn(std::string_view fqn) {
  MD_LET(parts, fqn::split(fqn));
  return join_parts(parts);
}

std::string fqn_of_key(std::string_view key) {
  std::string fqn;
  fqn.reserve(key.size() + 2);
  for (;;) {  // not key_parts(): long answers are full of names
    const std::size_t end = key.find(kKeySeparator);
    append_part(fqn, key.substr(0, end));
    if (end == std::string_view::npos) return fqn;
    key.remove_prefix(end + 1);
  }
}

std::string_view parent_key(std::string_view key) {
  const std::size_t end = key.rfind(kKeySeparator);
  return end == std::string_view::npos ? std::string_view() : key.substr(0, end);
}

std::vector<std::string_view> key_parts(std::string_view key) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = key.find(kKeySeparator);
    parts.push_back(key.substr(0, end));
    if (end == std::string_view::npos) return parts;
    key.remove_prefix(end + 1);
  }
}

Error fill_nested_fqns(const EntityType& type, std::string_view entity_fqn, json::Value& entity,
                       json::Allocator& allocator, const Limits& limits) {
  return fill_members(type.fields, entity_fqn, entity, allocator, limits);
}

std::vector<std::string_view> nested_fqns(const json::Value& entity) {
  std::vector<std::string_view> found;
  std::vector<const json::Value*> open;
  const auto look_into = [&](const json::Value& value) {
    if (value.IsObject()) {
      for (const auto& member : value.GetObject()) {
        if (member.value.IsObject() || member.value.IsArray()) open.push_back(&member.value);
      }
    } else if (value.IsArray()) {
      for (const auto& element : value.GetArray()) open.push_back(&element);
    }
  };
  look_into(entity);
  while (!open.empty()) {
    const json::Value& value = *open.back();
    open.pop_back();
    // An object with an id is an entity of its own, not a part of this one.
    if (value.IsObject() && json::find(value, "id") == nullptr) {
      if (const auto fqn = json::string_or(value, "fullyQualifiedName"); !fqn.empty()) found.push_back(fqn);
    }
    look_into(value);
  }
  return found;
}

}  // namespace metadata::model
