#include "entity/resolve.h"
#include "json/parse.h"
#include "model/entity_link.h"
#include "model/formats.h"
#include "model/fqn.h"

namespace metadata::entity {
namespace {

using json::Value;

const view::ContainerField* container_field(const view::TypeLayout& layout, std::string_view name) {
  for (const auto& field : layout.containers) {
    if (field.field->name == name) return &field;
  }
  return nullptr;
}

std::string text_of(const Value& value) {
  if (value.IsString()) return std::string(json::view(value));
  std::string_view text = json::string_or(value, "id");
  if (text.empty()) text = json::string_or(value, "fullyQualifiedName");
  if (text.empty()) text = json::string_or(value, "name");
  return std::string(text);
}

std::string expected_type(const view::ContainerField& field, const Value& value) {
  const std::string_view given = json::string_or(value, "type");
  if (!given.empty()) return std::string(given);
  return field.candidates.empty() ? field.field->name : field.candidates.front().type;
}

bool is_candidate(const view::ContainerField& field, std::string_view type) {
  for (const auto& candidate : field.candidates) {
    if (candidate.type == type) return true;
  }
  return false;
}

/// What the field's value names, whatever its form.
Result<std::optional<store::StoredEntity>> find_container(store::Reader& reader, const Context& context,
                                                          const view::ContainerField& field, const Value& value) {
  const std::string given_id(value.IsString() ? json::view(value) : json::string_or(value, "id"));
  std::string_view name = value.IsString() ? json::view(value) : json::string_or(value, "fullyQualifiedName");
  if (name.empty()) name = json::string_or(value, "name");
  const std::string_view given_type = json::string_or(value, "type");

  if (!name.empty() && !(value.IsObject() && !given_id.empty())) {
    for (const auto& candidate : field.candidates) {
      if (!given_type.empty() && given_type != candidate.type) continue;
      const auto key = model::key_of_fqn(*context.registry().type(candidate.type), name);
      if (!key.ok()) continue;
      MD_LET(stored, reader.find_key(candidate.type, *key));
      if (stored) return stored;
    }
  }
  if (const auto id = EntityId::parse(given_id)) {
    MD_LET(stored, reader.find(*id));
    if (stored && is_candidate(field, stored->row.type)) return stored;
  }
  return std::optional<store::StoredEntity>();
}

/// A container given beside the nearest one must be the nearest one or above it.
Error check_ancestor(store::Reader& reader, const std::string& field, const Value& value,
                     const store::EntityRow& container) {
  std::string key;
  const std::string_view name = value.IsString() ? json::view(value) : json::string_or(value, "fullyQualifiedName");
  const auto id = EntityId::parse(value.IsString() ? json::view(value) : json::string_or(value, "id"));
  if (id) {
    MD_LET(stored, reader.find(*id));
    if (stored) key = stored->row.fqn_key;
  }
  if (key.empty()) {
    auto parsed = model::key_of_any_fqn(name);
    if (!parsed.ok()) return parsed.error().with_field(field);
    key = *parsed;
  }
  const std::string& below = container.fqn_key;
  const bool above =
      below.size() > key.size() && below.compare(0, key.size(), key) == 0 && below[key.size()] == model::kKeySeparator;
  if (key == below || above) return {};
  return invalid_argument(
      "'" + text_of(value).substr(0, 100) + "' does not contain " + container.type + " " + model::fqn_of_key(below),
      field);
}

/// The named item of a list, or of the lists inside of its items; null when there is none.
const Value* find_item(const Value* list, const std::vector<std::string>& path) {
  const Value* found = nullptr;
  for (const std::string& name : path) {
    if (found != nullptr) list = json::find(*found, "children");
    found = nullptr;
    if (list == nullptr || !list->IsArray()) return nullptr;
    for (const Value& item : list->GetArray()) {
      if (item.IsObject() && fqn::unquote(json::string_or(item, "name")) == name) found = &item;
    }
    if (found == nullptr) return nullptr;
  }
  return found;
}

/// The key parts of the item that a link names. Its entity must have the item.
Result<std::string> item_parts(const model::EntityLink& link, const store::StoredEntity& stored) {
  if (link.item.empty()) return std::string();
  const auto refused = [&] { return invalid_argument("Invalid column name " + model::shown(link.item)); };
  const auto path = fqn::split(link.item);
  if (!path.ok()) return refused();
  json::Document document;
  MD_OK(json::parse_trusted(stored.body.document, document));
  if (find_item(json::find(document, link.field), *path) == nullptr) return refused();
  std::string parts;
  for (const std::string& part : *path) {
    if (!parts.empty()) parts.push_back(model::kKeySeparator);
    parts.append(part);
  }
  return parts;
}

/// The container that an entity link names, and the item of it.
Result<std::optional<Container>> resolve_link(const Context& context, store::Reader& reader,
                                              const view::TypeLayout& layout, const Value& body) {
  const model::EntityType& type = *layout.type;
  MD_LET(link, model::parse_entity_link(json::string_or(body, type.parent_link)));
  const view::ContainerField* field = container_field(layout, type.parent_fields.front());
  if (field == nullptr || !is_candidate(*field, link.type)) {
    return invalid_argument(type.parent_link + " of a " + type.name + " must name a " + type.parent_fields.front() +
                            ", not a " + model::shown(link.type));
  }
  const auto key = model::key_of_fqn(*context.registry().type(link.type), link.fqn);
  if (!key.ok()) return no_instance(link.type, link.fqn);
  MD_LET(stored, reader.find_key(link.type, *key));
  if (!stored || stored->row.deleted) return no_instance(link.type, link.fqn);
  MD_LET(item, item_parts(link, *stored));
  return std::optional(Container{*std::move(stored), std::move(item), no_instance(link.type, link.fqn)});
}

}  // namespace

std::string Container::key() const {
  return item.empty() ? stored.row.fqn_key : stored.row.fqn_key + model::kKeySeparator + item;
}

Result<std::optional<Container>> resolve_container(const Context& context, store::Reader& reader,
                                                   const view::TypeLayout& layout, const Value& body) {
  if (!layout.type->parent_link.empty()) return resolve_link(context, reader, layout, body);
  std::optional<Container> container;
  std::string chosen;
  for (const std::string& name : layout.type->parent_fields) {
    const Value* value = json::find(body, name);
    const view::ContainerField* field = container_field(layout, name);
    if (value == nullptr || field == nullptr || container) continue;
    MD_LET(stored, find_container(reader, context, *field, *value));
    const Error absent = no_instance(expected_type(*field, *value), text_of(*value));
    if (!stored || stored->row.deleted) return absent;
    container = Container{*std::move(stored), {}, absent};
    chosen = name;
  }
  if (!container) {
    if (!layout.type->parent_required || layout.type->parent_fields.empty()) return container;
    const std::string& field = layout.type->parent_fields.back();
    return invalid_argument(field + " field is required", field);
  }
  for (const auto& field : layout.containers) {
    const Value* value = json::find(body, field.field->name);
    if (value == nullptr || field.field->name == chosen) continue;
    MD_OK(check_ancestor(reader, field.field->name, *value, container->stored.row));
  }
  return container;
}

}  // namespace metadata::entity
