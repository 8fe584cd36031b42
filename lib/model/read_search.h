#ifndef METADATA_LIB_MODEL_READ_SEARCH_H
#define METADATA_LIB_MODEL_READ_SEARCH_H

#include "json/value.h"
#include "metadata/error.h"
#include "model/registry.h"

namespace metadata::model {

/// Reads the "search" member of a type's description; all fields of the type are known already. InvalidArgument names
/// what contradicts the fields.
Error read_search(const json::Value& description, EntityType& type);

}  // namespace metadata::model

#endif  // METADATA_LIB_MODEL_READ_SEARCH_H
