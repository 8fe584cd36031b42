#ifndef METADATA_REGISTRY_H
#define METADATA_REGISTRY_H

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metadata/export.h"

namespace metadata {

/// A field of an entity type, as far as hosts need to know it.
struct FieldInfo {
  std::string name;
  std::string type;         ///< "string", "[Column]", "EntityReference" …
  bool on_request = false;  ///< answered only when `fields` names it
  bool required = false;    ///< a create body must have it
  bool reference = false;   ///< holds references to other entities
  std::string route = {};   ///< last word of a route of its own ("dataModel"); empty: none
  bool list = false;        ///< with a route: it is a list, of whose items the route takes one
  std::string edit = {};    ///< the operation that a change needs
  std::string view = {};    ///< the operation that seeing it on request needs
};

/// Values over time of an entity (the runs of a pipeline).
struct SeriesInfo {
  std::string name;                ///< what put_value() and values() take
  std::string path;                ///< last word of its routes: "status"; empty: it has none of its own
  std::string value_type;          ///< schema of a value: "PipelineStatus"
  std::string edit;                ///< the operation that a write needs: "EditStatus"
  std::string shown_as;            ///< the field that shows the newest value, or empty
  bool answers_entity = false;     ///< clients expect the entity, not the value, as the answer to a write
  std::string view = "ViewBasic";  ///< the operation that seeing values needs
  bool single = false;             ///< an entity has one value at most: a sample of its data
  bool ordered = false;            ///< values are read in pages, the newest first: Catalog::values_by_time()
  bool of_items = false;           ///< of ordered ones: each value is of an item (a column), whose FQN is asked with
};

/// Series of which one request brings values: a table's profile, and those of its columns.
struct SeriesSetInfo {
  std::string path;  ///< last word of its route, and what Catalog::put_values() takes
  std::vector<std::string> series;
  std::string edit;      ///< the operation that a write needs
  std::string view;      ///< the operation that seeing values needs
  std::string shown_as;  ///< the field that shows the newest value of the first
};

/// An entity type: one asset kind of the catalog.
struct TypeInfo {
  std::string name;        ///< "table"
  std::string schema;      ///< its name in Registry::schemas(): "Table"; a create body is "Create" and this
  std::string collection;  ///< "tables", "services/databaseServices"
  std::vector<FieldInfo> fields;
  std::vector<std::string> filters;  ///< names that list() takes as filters
  std::vector<SeriesInfo> series;
  std::vector<SeriesSetInfo> series_sets;
  std::vector<std::string> operations;   ///< what rules may allow or deny of its entities, sorted: "EditTags" …
  std::vector<std::string> index_names;  ///< names of its search index ("table_search_index", "table")
  bool soft_delete = true;
  std::string assets;  ///< the field of other entities that says they belong to one of these ("domains"), or empty
  bool client_creates = true;  ///< false: POST and PUT take the entity's own form only
  bool csv = false;            ///< its entities have CSV files: Csv
  std::string csv_group = {};  ///< another type that such files can be of (a team, of users), or empty
  std::string example;         ///< a create body as JSON text; empty: none
};

/// The entity types of a catalog. Immutable. Safe for use from many threads. Owned by the Catalog.
class METADATA_API Registry {
 public:
  virtual ~Registry() = default;
  virtual const std::vector<TypeInfo>& types() const = 0;
  /// By name in any case ("storedprocedure"); null when unknown.
  virtual const TypeInfo* find(std::string_view name) const = 0;
  virtual const TypeInfo* find_collection(std::string_view collection) const = 0;
  /// JSON Schemas (2020-12) of all entity types ("Table"), their create bodies ("CreateTable") and all nested types
  /// ("Column"), as the members of one JSON object; references are "#/components/schemas/<name>" (OpenAPI 3.1).
  virtual std::string schemas() const = 0;
};

}  // namespace metadata

#endif  // METADATA_REGISTRY_H
