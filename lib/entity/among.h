#ifndef METADATA_LIB_ENTITY_AMONG_H
#define METADATA_LIB_ENTITY_AMONG_H

#include <vector>

#include "entity/context.h"

namespace metadata::entity {

/// The other ends of the field's edges: the entity's own, or without any those of its container that it shows.
const std::vector<store::RefRow>& effective_edges(const view::Surroundings& around, const store::EntityRow& row,
                                                  const view::TypeLayout& layout, const model::Field& field);

/// Is the user among these, or a member of a team that is?
Result<bool> is_among(store::Reader& reader, const std::vector<store::RefRow>& people, const EntityId& user);

}  // namespace metadata::entity

#endif  // METADATA_LIB_ENTITY_AMONG_H
