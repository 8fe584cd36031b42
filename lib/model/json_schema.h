#ifndef METADATA_LIB_MODEL_JSON_SCHEMA_H
#define METADATA_LIB_MODEL_JSON_SCHEMA_H

#include <string>
#include <string_view>

#include "metadata/options.h"
#include "model/registry.h"

namespace metadata::model {

/// JSON Schema (2020-12) of every entity type, of its create body, of the values of its series and of all nested types
/// that these use, as the members of one JSON object: "Table", "CreateTable", "Column" … References between them are
/// "#/components/schemas/<name>", as OpenAPI 3.1 wants them.
///
/// Entities: what an answer may hold, no member besides. Create bodies: what a client is expected to send; that the
/// server also takes an entity as it was read (server-managed members are ignored) is left out.
std::string json_schemas(const Registry& registry, const Limits& limits);

/// "table" → "Table": what a type's schema is called; its create body is "Create" and this.
std::string schema_name(std::string_view type);

}  // namespace metadata::model

#endif  // METADATA_LIB_MODEL_JSON_SCHEMA_H
