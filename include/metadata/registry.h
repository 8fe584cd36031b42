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
};

/// Values over time of an entity (the runs of a pipeline).
struct SeriesInfo {
  std::string name;             ///< what put_value() and values() take
  std::string path;             ///< last word of its routes: "status"; empty: it has none of its own
  std::string value_type;       ///< schema of a value: "PipelineStatus"
  std::string edit;             ///< the operation that a write needs: "EditStatus"
  std::string shown_as;         ///< the field that shows the newest value, or empty
  bool answers_entity = false;  ///< clients expect the entity, not the value, as the answer to a write
};

/// An entity type: one asset kind of the catalog.
struct TypeInfo {
  std::string name;        ///< "table"
  std::string schema;      ///< its name in Registry::schemas(): "Table"; a create body is "Create" and this
  std::string collection;  ///< "tables", "services/databaseServices"
  std::vector<FieldInfo> fields;
  std::vector<std::string> filters;  ///< names that list() takes as filters
  std::vector<SeriesInfo> series;
  std::vector<std::string> operations;   ///< what rules may allow or deny of its entities, sorted: "EditTags" …
  std::vector<std::string> index_names;  ///< names of its search index ("table_search_index", "table")
  bool soft_delete = true;
  bool has_assets = false;     ///< other entities can be said to belong to its entities: Catalog::change_assets()
  bool client_creates = true;  ///< false: POST and PUT take the entity's own form only
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
