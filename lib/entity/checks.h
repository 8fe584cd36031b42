#ifndef METADATA_LIB_ENTITY_CHECKS_H
#define METADATA_LIB_ENTITY_CHECKS_H

#include "json/value.h"
#include "metadata/error.h"
#include "model/registry.h"
#include "store/reader.h"

namespace metadata::entity {

/// Runs the named checks of the type's description on an entity about to be stored: what a rule of model/rules.cpp
/// cannot say, because it takes what another entity or type says. References in `working` are resolved.
Error run_checks(const model::Registry& registry, store::Reader& reader, const model::EntityType& type,
                 const json::Value& working);

/// InvalidArgument when a description names a check that there is not.
Error check_names(const model::Registry& registry);

}  // namespace metadata::entity

#endif  // METADATA_LIB_ENTITY_CHECKS_H
