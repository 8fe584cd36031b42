#ifndef METADATA_LIB_ENTITY_PAST_H
#define METADATA_LIB_ENTITY_PAST_H

#include "entity/context.h"

namespace metadata::entity {

/// Gives an entity the state that a past versioned form has: document, name, own references and labels. What those
/// name is looked up as it is now; what has gone since is left out.
Error go_back(store::Reader& reader, const view::TypeLayout& layout, const json::Document& form,
              store::StoredEntity& stored, view::Surroundings& around);

}  // namespace metadata::entity

#endif  // METADATA_LIB_ENTITY_PAST_H
