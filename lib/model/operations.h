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

}  // namespace metadata::model

#endif  // METADATA_LIB_MODEL_OPERATIONS_H
