#ifndef METADATA_LIB_ENTITY_APPROVAL_H
#define METADATA_LIB_ENTITY_APPROVAL_H

#include "entity/save.h"

namespace metadata::entity {

/// Of an entity that has reviewers, its own or its container's, only one of them (or a member of the team that is)
/// may say that it is approved or rejected: else PermissionDenied. The host may say so of everything.
Error check_approval(store::Reader& reader, const view::TypeLayout& layout, const Principal& as, const Loaded& before,
                     const Draft& after);

}  // namespace metadata::entity

#endif  // METADATA_LIB_ENTITY_APPROVAL_H
