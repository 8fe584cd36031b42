#ifndef METADATA_LIB_ENTITY_EXTENSION_H
#define METADATA_LIB_ENTITY_EXTENSION_H

#include <string_view>

#include "entity/context.h"

namespace metadata::entity {

/// Checks the custom properties of an entity's working form against what the type entity of its type's name says of
/// them: InvalidArgument for one that is not known or whose value does not fit. Values that `before` (null: a new
/// entity) has already are let through, since a property may have changed since. Nothing is checked in a catalog that
/// does not have that type entity. Items of enumerations are sorted.
Error check_extension(store::Reader& reader, const model::EntityType& type, const json::Value* before,
                      json::Document& working);

/// What a custom property's definition must say by its type: values of an enumeration, columns of a table.
/// InvalidArgument otherwise, naming the property.
Error check_property(const json::Value& property);

// What a custom property's definition says.

/// "integer", "enum", "table-cp" …; empty when it says none.
std::string_view property_type(const json::Value& property);
/// A member of its configuration ("columns"); null when there is none.
const json::Value* property_config(const json::Value& property, std::string_view name);
/// The list of the definitions that there are for entities of the type; null in a catalog that does not know them.
Result<json::Document> custom_properties(store::Reader& reader, const model::EntityType& type);
/// The one of that name in such a list; null when there is none.
const json::Value* find_property(const json::Value* properties, std::string_view name);

}  // namespace metadata::entity

#endif  // METADATA_LIB_ENTITY_EXTENSION_H
