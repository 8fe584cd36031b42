#ifndef METADATA_LIB_ENTITY_MOVE_H
#define METADATA_LIB_ENTITY_MOVE_H

#include "entity/resolve.h"
#include "entity/save.h"

namespace metadata::entity {

/// Gives a draft the place that the patched tree asks for: another name, another container, or both. Of a type that is
/// not renameable, and of what the tree leaves as it was, nothing changes. InvalidArgument: into itself, or into what
/// lies below it. The container that it moves to must stay alive for that: it comes back.
Result<std::optional<Container>> move_to_asked_place(const Context& context, store::Reader& reader,
                                                     const view::TypeLayout& layout, const Principal& as,
                                                     const Loaded& before, json::Document& tree, Draft& after);

}  // namespace metadata::entity

#endif  // METADATA_LIB_ENTITY_MOVE_H
