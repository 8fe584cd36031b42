#ifndef METADATA_LIB_MODEL_VALIDATE_H
#define METADATA_LIB_MODEL_VALIDATE_H

#include <string_view>

#include "json/value.h"
#include "metadata/error.h"
#include "metadata/options.h"
#include "model/registry.h"

namespace metadata::model {

enum class Body {
  Create,   ///< of POST or PUT: a create request, or an entity as it was read
  Patched,  ///< an entity after a patch was applied
};

/// Checks a body against the type's description and brings it into the working form, in place:
/// - unknown members are InvalidArgument "Unrecognized field "x" (entity type table)" with the member's path as field;
/// - missing required ones are InvalidArgument with field and "<field> field is required" (details of the guide);
/// - server-managed members, nulls and references' decoration are dropped (in Create: also members of Place::Container
///   alternatives such as `database` beside `databaseSchema` stay for the caller to check);
/// - types, formats, lengths, enumerations and bounds are checked at any depth, every error names the dotted path;
/// - defaults are filled (Create only), but for fields whose stored value a PUT keeps: see fill_defaults();
/// - labels get labelType Manual and state Confirmed when they have none, and lose name, description, style, href;
/// - references of Place::Relation and Container stay as given: an FQN or id string, or an object reduced to id, type,
/// fullyQualifiedName;
/// - the type's named rules (column data types, constraints …) are checked.
Error validate(const EntityType& type, Body kind, json::Document& body, const Limits& limits);

/// Gives a validated create body the remaining defaults: those of fields that a PUT without them would leave alone.
/// To be called once it is known that the body makes a new entity.
void fill_defaults(const EntityType& type, json::Document& body);

/// Checks one value of a type (of a series, say) the same way; `path` stands before the dotted paths of its errors.
Error validate_value(const ValueType& type, std::string_view path, json::Value& value, json::Allocator& allocator,
                     const Limits& limits);

}  // namespace metadata::model

#endif  // METADATA_LIB_MODEL_VALIDATE_H
