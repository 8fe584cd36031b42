#ifndef METADATA_LIB_ENTITY_MASK_H
#define METADATA_LIB_ENTITY_MASK_H

#include <set>
#include <span>
#include <string>

#include "entity/context.h"
#include "metadata/options.h"

namespace metadata::entity {

// Data of what is labelled as sensitive (Series::sensitive) is for admins, bots and the owners of the entity.

/// The label paths of the entity, and of items of it, that bear the label; the empty one is the entity itself.
Result<std::set<std::string>> labelled(store::Reader& reader, store::Rid entity, std::string_view label);

/// May the principal see such data of this entity? Owners are users, or members of teams, that own it or its container.
Result<bool> sees_sensitive(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                            const store::StoredEntity& stored, const Principal& as);

/// A value of an item as others see it: its name and time are left.
std::string masked_value(const model::Series& series, std::string_view text);

/// Masks what was computed from series for entities that are about to be shown.
Error mask_sensitive(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                     std::span<const store::StoredEntity> entities, const Principal& as, view::Surroundings& around);

}  // namespace metadata::entity

#endif  // METADATA_LIB_ENTITY_MASK_H
