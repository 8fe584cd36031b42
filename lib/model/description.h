#ifndef METADATA_LIB_MODEL_DESCRIPTION_H
#define METADATA_LIB_MODEL_DESCRIPTION_H

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "json/value.h"
#include "metadata/error.h"
#include "model/field.h"
#include "model/registry.h"

namespace metadata::model {

/// What compiled types live in: nested types point at each other, also in circles, so one owner holds them all.
struct Arena {
  std::deque<StructType> structs;
  std::deque<EntityType> entities;
  std::deque<Setting> settings;  ///< by name
};

/// Reads description files (docs/entity-descriptions.md) and compiles them. Used once, then thrown away. Not
/// thread-safe.
class Compiler {
 public:
  /// Takes one text: shared types and traits, or an entity type. `origin` is what messages call it.
  Error add(std::string origin, std::string_view text);

  /// Compiles all that was added into `arena`. What one description alone can get wrong is found here; what takes
  /// several entity types is the registry's.
  Error compile(Arena& arena);

 private:
  struct Source {
    const json::Value* value;
    std::string origin;
  };
  using Sources = std::map<std::string, Source, std::less<>>;
  /// A field's description while traits and overrides are laid upon each other.
  struct Draft {
    std::string name;
    json::Value value;
  };

  Error collect(const json::Value& object, std::string_view member, Sources& into, const std::string& origin);
  Error declare_types(Arena& arena);
  Error define_types();
  Result<ValueType> named_type(const std::string& name, int depth);
  Result<ValueType> value_type(std::string_view text, int depth);
  Result<Field> field(const std::string& name, const json::Value& value);
  Result<Series> one_series(const std::string& name, const json::Value& value);
  Error read_series(const json::Value& description, EntityType& type);
  Result<EntityType> entity(const json::Value& description);
  Result<Setting> setting(const std::string& name, const json::Value& value);
  Error lay_traits(const json::Value& list, int depth, std::vector<Draft>& drafts, EntityType& type);
  Error lay_fields(const json::Value& fields, std::vector<Draft>& drafts);

  std::deque<json::Document> documents_;
  json::Document pool_;  // its allocator holds the drafts
  Sources types_;
  Sources traits_;
  Sources settings_;
  Sources csv_columns_;
  std::vector<Source> entities_;
  std::vector<std::string> secret_names_;
  std::map<std::string, StructType*, std::less<>> structs_;
};

}  // namespace metadata::model

#endif  // METADATA_LIB_MODEL_DESCRIPTION_H
