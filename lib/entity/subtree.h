#ifndef METADATA_LIB_ENTITY_SUBTREE_H
#define METADATA_LIB_ENTITY_SUBTREE_H

#include <vector>

#include "entity/save.h"

namespace metadata::entity {

/// The live step of a soft-deleted entity and of what lies below it.
Result<Step> restore_step(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                          const Loaded& before, const Author& author);

/// The same, and then the changes of a PUT, in one write set: the revival is a version, and the change the next one.
Result<Step> revive_with(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                         const Loaded& before, Draft after, const Author& author);

/// Adds operations that mark everything below the row, also along the type's own hierarchy (teams under teams).
Error mark_below(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                 const store::EntityRow& row, bool deleted, const Author& author, store::WriteSet& set);

/// Everything below along the type's hierarchy relation, nearest first; empty for types without one.
Result<std::vector<store::RefRow>> hierarchy_below(store::Reader& reader, const view::TypeLayout& layout,
                                                   const store::EntityRow& row);

}  // namespace metadata::entity

#endif  // METADATA_LIB_ENTITY_SUBTREE_H
