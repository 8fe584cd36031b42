#include "bulk/references.h"

#include <algorithm>

#include "entity/allowed.h"
#include "model/formats.h"
#include "model/fqn.h"

namespace metadata::bulk {
namespace {

using json::Value;

bool is_flat(const model::Registry& registry, std::string_view type) {
  const model::EntityType* known = registry.type(type);
  return known != nullptr && known->parent_fields.empty();
}

/// What an entry says: a type, or none, and a name.
struct Said {
  std::vector<std::string> types;
  std::string_view name;
};

Said said(const model::Field& field, std::string_view entry) {
  const std::vector<std::string>& types = field.relation.types;
  const std::string_view word = entry.substr(0, entry.find(':'));
  const bool typed = word.size() < entry.size() && std::ranges::find(types, word) != types.end();
  if (typed) return {{std::string(word)}, entry.substr(word.size() + 1)};
  return {types, entry};
}

std::string type_words(const std::vector<std::string>& types) {
  std::string words;
  for (const std::string& type : types) words.append(words.empty() ? "" : " or ").append(type);
  return words.empty() ? "any" : words;
}

}  // namespace

Value empty_object() {
  Value object;
  object.SetObject();
  return object;
}

Value empty_list() {
  Value list;
  list.SetArray();
  return list;
}

std::string reference_entry(const model::Field& field, const model::Registry& registry, const Value& reference) {
  const std::string_view type = json::string_or(reference, "type");
  const std::string_view name = json::string_or(reference, is_flat(registry, type) ? "name" : "fullyQualifiedName");
  std::string entry;
  if (field.relation.types.size() != 1) entry.append(type).append(":");
  return entry.append(name);
}

std::vector<std::string> reference_entries(const model::Field& field, const model::Registry& registry,
                                           const Value& value) {
  std::vector<std::string> entries;
  if (value.IsObject()) return {reference_entry(field, registry, value)};
  if (!value.IsArray()) return entries;
  for (const Value& reference : value.GetArray()) {
    if (!json::bool_or(reference, "inherited", false)) entries.push_back(reference_entry(field, registry, reference));
  }
  return entries;
}

Value reference_value(const model::Field& field, const std::string& entry, json::Allocator& allocator) {
  const Said one = said(field, entry);
  if (one.types.size() != 1) return json::make_string(one.name, allocator);
  Value reference = empty_object();
  json::set_string(reference, "type", one.types.front(), allocator);
  json::set_string(reference, "fullyQualifiedName", one.name, allocator);
  return reference;
}

Result<store::RefRow> find_named(const entity::Context& context, store::Reader& reader, const Principal& as,
                                 const std::vector<std::string>& types, std::string_view name) {
  std::vector<store::TypedKey> keys;
  for (const std::string& type : types) {
    const model::EntityType* known = context.registry().type(type);
    if (known == nullptr) continue;
    auto key = model::key_of_fqn(*known, name);
    if (key.ok()) keys.push_back({type, *std::move(key)});
  }
  MD_LET(found, reader.refs_by_key(keys));
  std::erase_if(found, [](const store::RefRow& row) { return row.deleted; });
  MD_LET(seen, entity::seeing_of(context.layouts, reader, as).of(found));
  const bool all = entity::seeing_of(context.layouts, reader, as).everything();
  for (const store::TypedKey& key : keys) {
    for (store::RefRow& row : found) {
      const bool there = row.type == key.type && row.fqn_key == key.fqn_key && (all || seen.contains(row.rid));
      if (there) return std::move(row);
    }
  }
  return not_found("Entity " + model::shown(name) + " of type " + type_words(types) + " not found");
}

Error check_references(const entity::Context& context, store::Reader& reader, const Principal& as,
                       const model::Field& field, const std::vector<std::string>& entries) {
  for (const std::string& entry : entries) {
    const Said one = said(field, entry);
    if (one.types.empty()) return invalid_argument("it should be of the form type:name");
    const auto found = find_named(context, reader, as, one.types, one.name);
    if (!found.ok()) return found.error();
  }
  return {};
}

Error check_labels(const entity::Context& context, store::Reader& reader, const Principal& as, std::string_view source,
                   const std::vector<std::string>& entries) {
  const std::vector<std::string> types{source == "Glossary" ? "glossaryTerm" : "tag"};
  for (const std::string& entry : entries) {
    const auto found = find_named(context, reader, as, types, entry);
    if (!found.ok()) return found.error();
  }
  return {};
}

}  // namespace metadata::bulk
