#ifndef METADATA_LIB_MODEL_OPERATIONS_H
#define METADATA_LIB_MODEL_OPERATIONS_H

#include <string>
#include <string_view>
#include <vector>

#include "model/registry.h"

namespace metadata::model {

/// The operations (EditDescription, EditTags …, else EditAll) that changes of these fields need. Field names are those
/// of a change description: "description", "columns.a.tags", "extension.x". Sorted, no duplicates.
std::vector<std::string> operations_for(const EntityType& type, const std::vector<std::string>& changed_fields);

/// The operation that a change of a label needs, by the type's own labels ("EditTags", or EditTier for Tier.Tier1);
/// nested items' labels go by
/// the same. Empty when the type has no labels.
std::string_view label_operation(const EntityType& type, std::string_view tag_fqn, std::string_view source);

/// All operations that rules may allow or deny of entities of the type: those that all types have, and those of its
/// fields and series. Sorted.
std::vector<std::string> operations_on(const EntityType& type);

/// The operations that seeing these fields needs: ViewBasic, and what those on request ask for besides, else ViewAll.
/// Names are those of `fields`; "*" is all of them. Sorted, no duplicates.
std::vector<std::string> view_operations(const EntityType& type, std::string_view fields);

}  // namespace metadata::model

#endif  // METADATA_LIB_MODEL_OPERATIONS_H
