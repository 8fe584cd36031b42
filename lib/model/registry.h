#ifndef METADATA_LIB_MODEL_REGISTRY_H
#define METADATA_LIB_MODEL_REGISTRY_H

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "metadata/error.h"
#include "model/csv_rule.h"
#include "model/field.h"
#include "model/search_rule.h"

namespace metadata::model {

/// A list filter that names the other end of a relation: `?team=x` looks at the edges behind `teams`.
struct RelationFilter {
  std::string name;   ///< in the query
  std::string field;  ///< of Place::Relation
};

/// A list in a value of a series whose items bear names of items of the entity: the tasks of a run.
struct KnownItems {
  std::string list;  ///< in the value: "taskStatus"
  std::string of;    ///< in the entity's document: "tasks"
};

/// Values over time that belong to an entity and make no version (a pipeline's runs).
struct Series {
  std::string name;             ///< "pipelineStatus"
  ValueType type;               ///< of one value
  std::string key;              ///< member that tells one value from another: "runId"
  std::string timestamp;        ///< member with the time, ms since the epoch
  std::string edit;             ///< operation needed to add a value; empty: EditAll
  std::string path;             ///< last word of its routes: "status"; the name when not given; empty: none of its own
  bool answers_entity = false;  ///< a write is answered with the entity, not with the value
  bool internal = false;        ///< kept by the library alone: no routes, no writes from outside
  std::vector<KnownItems> known;
  std::string view;       ///< operation needed to see values; empty: ViewBasic
  bool single = false;    ///< an entity has one value at most, without a key: a sample of its data
  bool ordered = false;   ///< values are told from each other by their time, and read in pages of it
  std::string item;       ///< of ordered ones: the member that names the item of the entity that it is of; or empty
  std::string of;         ///< the list of such items ("columns")
  std::string also;       ///< of ordered ones: a further member that tells values of one moment apart; or empty
  std::string shown_in;   ///< the member of an item that shows its newest value, with the field of that name; or empty
  std::string columns;    ///< of a sample: the member with names of items of `of`; or empty
  std::string rows;       ///< its rows, each as long as `columns`; or, without `columns`, what cannot be told apart
  std::string sensitive;  ///< items with this label are masked for all but owners, admins and bots; or empty
};

/// Series of which one request brings values: `{"tableProfile": {…}, "columnProfile": […]}`.
struct SeriesSet {
  std::string path;  ///< last word of its route: "tableProfile"
  std::vector<std::string> series;
};

/// An entity that must stand beside those of a type: the suite of a table's tests. It is made with the first of them.
struct Companion {
  std::string field;      ///< managed single relation that shows it: "testSuite"; empty: no companion
  std::string type;       ///< its type
  std::string container;  ///< the member of its create body that names the container of both
};

/// One entity type, compiled from its description. Immutable.
struct EntityType {
  std::string name;        ///< "databaseSchema"
  std::string collection;  ///< path of its routes: "services/databaseServices"
  std::vector<Field> fields;

  // The place in the containment tree.
  std::vector<std::string> parent_fields;  ///< create-body fields that name the container, tried in this order
  bool parent_required = false;
  std::string parent_link;         ///< the field with an entity link that names the container, and maybe an item in it
  std::string fqn_literal;         ///< a fixed part before the name ("model"), or empty
  std::string fqn_prefix;          ///< stands before the name within its own part ("dataContract_"), or empty
  bool fqn_lower_case = false;     ///< users: the FQN is the name in lower case
  std::string fqn_name_from;       ///< the field that is the name when a create body has none ("checksum"), or empty
  bool fqn_given = false;          ///< the create body says the whole FQN; the name is no part of it
  std::string fqn_name_below;      ///< below a container: the last part of the FQN, which then is the name; or empty
  std::vector<std::string> below;  ///< every type that can lie under it, at any depth (closed over the registry)
  std::vector<std::string> above;  ///< every type it can lie under, at any depth
  std::string hierarchy;  ///< a relation kind that contains others beside the FQN (teams: "parentOf"), or empty

  // Traits.
  bool soft_delete = true;
  bool renameable = false;
  bool versioned = true;
  bool owns_itself = false;    ///< users: whoever it is counts as its owner
  bool delivers = false;       ///< change events are posted to it: it has an endpoint, filters, a series "delivery"
  bool client_creates = true;  ///< false: POST and PUT accept the entity's own form only (testConnectionDefinition)
  std::vector<std::string>
      rules;  ///< named validation rules of model/rules.cpp ("columns", "tableConstraints", "policyRules" …)
  std::vector<std::string> checks;  ///< named checks of entity/checks.cpp, which look at other entities too
  std::optional<Companion> companion;
  std::string template_type;  ///< a new entity takes what its body does not say from the one of this type and its name
  std::string assets;         ///< the field of other entities that says they belong to this one ("domains"), or empty
  std::vector<std::string> filters;            ///< fields kept as attributes for list filters
  std::vector<std::string> container_filters;  ///< filter names that take a container's FQN ("service", "database")
  std::vector<RelationFilter> relation_filters;
  /// Filters and values: of live entities one at least has them all, so that the last can neither lose them nor go.
  std::vector<std::pair<std::string, std::string>> keep_one;
  std::vector<std::string> secret_names;  ///< members of secret objects whose texts are secret; sorted
  std::vector<Series> series;
  std::vector<SeriesSet> series_sets;
  CsvRule csv;          ///< false when an entity of the type has no CSV file
  SearchRule search;    ///< false when the type is not searched
  std::string example;  ///< a create body as JSON text, for documentation; empty: none

  const Field* find(std::string_view field) const;
  bool has(std::string_view field) const { return find(field) != nullptr; }
  const Series* find_series(std::string_view series) const;
  /// The series whose newest value the field shows (`from` is "series.<name>"), or a member of it
  /// ("series.<name>.<member>"); null for all other fields.
  const Series* series_of(const Field& field) const;
};

/// What the API keeps by name beside entities: settings that clients read (docs/entity-descriptions.md, "Settings").
struct Setting {
  std::string name;
  ValueType type;
  std::string value;  ///< as JSON text, until another is put
};

/// All entity types. Immutable. Safe for use from many threads.
class Registry {
 public:
  /// Loads the built-in descriptions and then `extra` (JSON texts). A description that contradicts itself or another is
  /// InvalidArgument.
  static Result<std::shared_ptr<const Registry>> load(const std::vector<std::string>& extra = {});

  /// By its exact name; null when unknown.
  const EntityType* type(std::string_view name) const;
  /// By a name in any case, as the SDK's paths spell it.
  const EntityType* type_any_case(std::string_view name) const;
  /// By collection path ("services/databaseServices").
  const EntityType* collection(std::string_view path) const;
  /// In the order of their names. Each pointer keeps all types alive, beyond the registry too.
  const std::vector<std::shared_ptr<const EntityType>>& types() const { return types_; }
  /// In the order of their names. They live as long as the registry.
  const std::vector<std::shared_ptr<const Setting>>& settings() const { return settings_; }

 private:
  std::vector<std::shared_ptr<const EntityType>> types_;  // sorted by name
  std::vector<std::shared_ptr<const Setting>> settings_;  // sorted by name
};

}  // namespace metadata::model

#endif  // METADATA_LIB_MODEL_REGISTRY_H
