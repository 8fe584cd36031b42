#include "model/registry.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "json/parse.h"
#include "model/description.h"
#include "model/embedded.h"
#include "model/members.h"
#include "model/read_csv.h"
#include "model/rules.h"

namespace metadata::model {
namespace {

constexpr std::string_view kFromSeries = "series.";

const Field* find_field(const std::vector<Field>& fields, std::string_view name) {
  const auto at = std::ranges::find(fields, name, &Field::name);
  return at == fields.end() ? nullptr : &*at;
}

bool is_container(const Field& field) { return field.place == Place::Container || field.place == Place::Ancestor; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equal_any_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

Error add_all(Compiler& compiler, std::span<const EmbeddedFile> files) {
  for (const EmbeddedFile& file : files) MD_OK(compiler.add(std::string(file.name), file.text));
  return {};
}

enum class Unknown { Refused, Kept };

// "*Service" stands for every entity type whose name ends so.
Error expand_types(std::vector<std::string>& types, const std::vector<std::string>& known, Unknown unknown) {
  std::vector<std::string> expanded;
  for (const std::string& type : types) {
    if (type.front() != '*') {
      if (unknown == Unknown::Refused && std::ranges::find(known, type) == known.end())
        return invalid_argument("unknown entity type \"" + type + "\"");
      expanded.push_back(type);
      continue;
    }
    for (const std::string& name : known) {
      if (name.ends_with(std::string_view(type).substr(1))) expanded.push_back(name);
    }
  }
  if (expanded.empty()) return invalid_argument("no entity type is named as \"" + types.front() + "\" says");
  types = std::move(expanded);
  return {};
}

Error check_parent_fields(const EntityType& type) {
  for (const std::string& name : type.parent_fields) {
    const Field* field = type.find(name);
    if (field == nullptr || !is_container(*field))
      return invalid_argument("parent: \"" + name + "\" is not a field of place container or ancestor");
    if (!field->in_create && type.parent_link.empty())
      return invalid_argument("parent: \"" + name + "\" is not taken in a create body");
  }
  const Field* link = type.find(type.parent_link);
  if (!type.parent_link.empty() && (link == nullptr || link->place != Place::Document || !link->fixed))
    return invalid_argument("parent: link: \"" + type.parent_link + "\" is not a fixed field of the document");
  if (type.parent_required && type.parent_fields.empty()) return invalid_argument("parent: required, but no fields");
  for (const Field& field : type.fields) {
    if (is_container(field) && type.parent_fields.empty())
      return invalid_argument(field.name + ": a container, but the type has no \"parent\"");
  }
  return {};
}

Error check_filters(const EntityType& type) {
  for (const std::string& name : type.filters) {
    const Field* field = type.find(name);
    const bool kept = field != nullptr && field->place == Place::Computed && !field->on_request;
    if (field == nullptr || (field->place != Place::Document && !kept))
      return invalid_argument("filters: \"" + name + "\" is not a field of the document");
  }
  for (const std::string& name : type.container_filters) {
    const Field* field = type.find(name);
    if (field == nullptr || !is_container(*field))
      return invalid_argument("containerFilters: \"" + name + "\" is not a field of place container or ancestor");
  }
  for (const auto& [name, value] : type.keep_one) {
    if (std::find(type.filters.begin(), type.filters.end(), name) == type.filters.end())
      return invalid_argument("keepOne: \"" + name + "\" is not among the filters");
  }
  for (const RelationFilter& filter : type.relation_filters) {
    const Field* field = type.find(filter.field);
    if (field == nullptr || field->place != Place::Relation)
      return invalid_argument("relationFilters: \"" + filter.field + "\" is not a field of place relation");
  }
  return {};
}

Error check_rules(const EntityType& type) {
  for (const std::string& name : type.rules) {
    if (find_rule(name) == nullptr) return invalid_argument("unknown rule \"" + name + "\"");
  }
  for (const Field& field : type.fields) {
    if (!field.reset_by.empty() && !type.has(field.reset_by))
      return invalid_argument(field.name + ": resetBy: unknown field \"" + field.reset_by + "\"");
  }
  for (const Field& field : type.fields) {
    if (field.digest_of.empty()) continue;
    const Field* of = type.find(field.digest_of);
    if (of == nullptr || of->type.shape != Shape::String || of->place != Place::Document || !of->required)
      return invalid_argument(field.name + ": digestOf: \"" + field.digest_of + "\" is not a required text");
    if (!field.managed || field.type.shape != Shape::String || field.place != Place::Document)
      return invalid_argument(field.name + ": digestOf goes with a managed text of the document");
  }
  if (!type.fqn_name_from.empty()) {
    const Field* from = type.find(type.fqn_name_from);
    if (from == nullptr || from->digest_of.empty())
      return invalid_argument("fqn: nameFrom: \"" + type.fqn_name_from + "\" is not a digest");
  }
  const Field* fqn = type.find("fullyQualifiedName");
  if (type.fqn_given && (fqn == nullptr || fqn->managed || !fqn->required || !type.parent_fields.empty()))
    return invalid_argument("fqn: given needs a fullyQualifiedName that is required, and no \"parent\"");
  const Field* name = type.find("name");
  if (name == nullptr || name->place != Place::Row) return invalid_argument("a type needs the trait \"named\"");
  return {};
}

// A series knows lists of named items on both sides; what shows its newest value is a computed field.
Error check_series(const EntityType& type) {
  const auto named_items = [](const Field* field) {
    return field != nullptr && field->type.shape == Shape::Array && field->type.element->shape == Shape::Struct &&
           field->type.element->fields->find("name") != nullptr;
  };
  for (const Series& series : type.series) {
    for (const KnownItems& known : series.known) {
      if (!named_items(series.type.fields->find(known.list)) || !named_items(type.find(known.of)))
        return invalid_argument("series " + series.name + ": known: \"" + known.list + "\" and \"" + known.of +
                                "\" must be lists of items with a name");
    }
  }
  for (const Field& field : type.fields) {
    if (!field.from.starts_with(kFromSeries)) continue;
    if (field.place != Place::Computed) return invalid_argument(field.name + ": from a series, but not computed");
    if (type.series_of(field) == nullptr)
      return invalid_argument(field.name + ": from: the type has no \"" + field.from + "\"");
  }
  return {};
}

// The companion is shown by a managed single relation, which nothing else sets.
Error check_companion(const EntityType& type, const std::vector<std::string>& known) {
  if (!type.companion) return {};
  const Field* field = type.find(type.companion->field);
  if (field == nullptr || field->place != Place::Relation || !field->managed || field->relation.many)
    return invalid_argument("companion: \"" + type.companion->field + "\" is not a managed single relation");
  if (type.companion->type == type.name) return invalid_argument("companion: a type cannot be its own");
  if (std::ranges::find(known, type.companion->type) == known.end())
    return invalid_argument("companion: unknown entity type \"" + type.companion->type + "\"");
  if (type.parent_fields.empty()) return invalid_argument("companion: the type lies in no container");
  return {};
}

Error check_type(EntityType& type, const std::vector<std::string>& known) {
  for (Field& field : type.fields) {
    // What a relation leads to may be of a type that a host adds.
    auto& related = field.relation.types;
    if (!related.empty()) MD_OK(within(field.name + ": relation", expand_types(related, known, Unknown::Kept)));
    if (field.types.empty()) continue;
    MD_OK(within(field.name + ": of", expand_types(field.types, known, Unknown::Refused)));
  }
  MD_OK(check_parent_fields(type));
  MD_OK(check_filters(type));
  MD_OK(check_series(type));
  MD_OK(check_companion(type, known));
  MD_OK(check_csv(type, known));
  if (!type.template_type.empty() && std::ranges::find(known, type.template_type) == known.end())
    return invalid_argument("template: unknown entity type \"" + type.template_type + "\"");
  return check_rules(type);
}

Error check_unique(const std::deque<EntityType>& types) {
  std::set<std::string_view> names;
  std::set<std::string_view> collections;
  for (const EntityType& type : types) {
    if (!names.insert(type.name).second)
      return invalid_argument("entity type \"" + type.name + "\" is described twice");
    if (!collections.insert(type.collection).second)
      return invalid_argument("collection \"" + type.collection + "\" belongs to two entity types");
  }
  return {};
}

using Edges = std::map<std::string_view, std::set<std::string_view>>;

std::vector<std::string> reachable(const Edges& edges, std::string_view from) {
  std::set<std::string_view> seen;
  std::vector<std::string_view> open{from};
  while (!open.empty()) {
    const auto at = edges.find(open.back());
    open.pop_back();
    if (at == edges.end()) continue;
    for (const std::string_view next : at->second) {
      if (seen.insert(next).second) open.push_back(next);
    }
  }
  return {seen.begin(), seen.end()};
}

// Who can lie below whom at any depth. A type that may lie below itself (tags) is in its own lists.
void close_containment(std::deque<EntityType>& types) {
  Edges down;
  Edges up;
  for (const EntityType& type : types) {
    for (const Field& field : type.fields) {
      if (!is_container(field)) continue;
      for (const std::string& container : field.types) {
        down[container].insert(type.name);
        up[type.name].insert(container);
      }
    }
  }
  for (EntityType& type : types) {
    type.below = reachable(down, type.name);
    type.above = reachable(up, type.name);
  }
}

bool is_set_from_the_other_end(const std::deque<EntityType>& types, const RelationRule& relation) {
  for (const EntityType& type : types) {
    for (const Field& field : type.fields) {
      if (field.place == Place::Relation && field.in_create && !field.managed && field.relation.kind == relation.kind &&
          field.relation.outgoing != relation.outgoing)
        return true;
    }
  }
  return false;
}

// An edge that bodies of either end can set (a user's teams, a team's users) changes without a record of this entity in
// the log, so the index cannot hold it.
void keep_relations_of_one_end(std::deque<EntityType>& types) {
  for (EntityType& type : types) {
    const auto shared = [&](const std::string& name) {
      const Field* field = type.find(name);
      return field != nullptr && field->place == Place::Relation && is_set_from_the_other_end(types, field->relation);
    };
    std::erase_if(type.search.related, shared);
    std::erase_if(type.search.exists, shared);
    std::erase_if(type.search.related_texts, [&](const SearchRelated& text) { return shared(text.field); });
  }
}

}  // namespace

const Field* StructType::find(std::string_view field) const { return find_field(fields, field); }

const Field* EntityType::find(std::string_view field) const { return find_field(fields, field); }

const Series* EntityType::find_series(std::string_view named) const {
  const auto at = std::ranges::find(series, named, &Series::name);
  return at == series.end() ? nullptr : &*at;
}

const Series* EntityType::series_of(const Field& field) const {
  if (!field.from.starts_with(kFromSeries)) return nullptr;
  const std::string_view path = std::string_view(field.from).substr(kFromSeries.size());
  return find_series(path.substr(0, path.find('.')));
}

Result<std::shared_ptr<const Registry>> Registry::load(const std::vector<std::string>& extra) {
  Compiler compiler;
  MD_OK(add_all(compiler, embedded_types()));
  MD_OK(add_all(compiler, embedded_traits()));
  MD_OK(add_all(compiler, embedded_entities()));
  for (std::size_t i = 0; i < extra.size(); ++i) MD_OK(compiler.add("extra type " + std::to_string(i + 1), extra[i]));

  auto arena = std::make_shared<Arena>();
  MD_OK(compiler.compile(*arena));
  MD_OK(check_unique(arena->entities));
  std::vector<std::string> names;
  for (const EntityType& type : arena->entities) names.push_back(type.name);
  for (EntityType& type : arena->entities) MD_OK(within("entity type " + type.name, check_type(type, names)));
  close_containment(arena->entities);
  keep_relations_of_one_end(arena->entities);

  auto registry = std::make_shared<Registry>();
  for (const EntityType& type : arena->entities)
    registry->types_.push_back(std::shared_ptr<const EntityType>(arena, &type));
  for (const Setting& setting : arena->settings)
    registry->settings_.push_back(std::shared_ptr<const Setting>(arena, &setting));
  std::ranges::sort(registry->types_, {}, [](const auto& type) -> std::string_view { return type->name; });
  return std::shared_ptr<const Registry>(std::move(registry));
}

const EntityType* Registry::type(std::string_view name) const {
  const auto at =
      std::ranges::lower_bound(types_, name, {}, [](const auto& type) -> std::string_view { return type->name; });
  return at != types_.end() && (*at)->name == name ? at->get() : nullptr;
}

const EntityType* Registry::type_any_case(std::string_view name) const {
  const auto at = std::ranges::find_if(types_, [&](const auto& type) { return equal_any_case(type->name, name); });
  return at == types_.end() ? nullptr : at->get();
}

const EntityType* Registry::collection(std::string_view path) const {
  const auto at = std::ranges::find_if(types_, [&](const auto& type) { return type->collection == path; });
  return at == types_.end() ? nullptr : at->get();
}

}  // namespace metadata::model
