#ifndef METADATA_LIB_ENTITY_ALLOWED_H
#define METADATA_LIB_ENTITY_ALLOWED_H

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "access/seeing.h"
#include "entity/context.h"
#include "entity/resolve.h"
#include "entity/save.h"
#include "metadata/access.h"

namespace metadata::entity {

// Who may do what with which entity, in the terms of verbs.

/// May the principal do these operations on the stored entity? As access::check_entity(); `target` names it in the
/// answer to who may not see it.
Error check_stored(store::Reader& reader, const view::TypeLayout& layout, const Principal& as,
                   const std::vector<std::string>& operations, const store::EntityRow& row, const EntityRef& target);

/// May the principal make this entity? Rules are asked about its container, whose owners and domains it will have, and
/// about its own domains; what it says of its owners gives no right. Fields that hand out power need the right to
/// change them, too.
Error check_new(const Context& context, store::Reader& reader, const view::TypeLayout& layout, const Principal& as,
                const Draft& draft, const std::optional<Container>& container);

/// May the author make this change of the entity as it is stored?
Error check_change(store::Reader& reader, const view::TypeLayout& layout, const Principal& as,
                   const store::EntityRow& row, std::vector<std::string> operations);

/// The operations that a change needs, from the names of the changed fields, and for labels from the labels.
std::vector<std::string> operations_of(const view::TypeLayout& layout, const std::vector<std::string>& changed,
                                       const Loaded& before, const Draft& after);

/// What the principal sees, as the reader has it. All must outlive it.
access::Seeing seeing_of(const view::Layouts& layouts, store::Reader& reader, const Principal& as);
/// The same for what is around entities; null when that is everything.
view::Seen seen_by(const Context& context, store::Reader& reader, const Principal& as);

/// Takes whatever the principal may not see out of what is around entities, as Surroundings::leave(). A statement for
/// each type that is seen in part.
Error hide(const Context& context, store::Reader& reader, const Principal& as, view::Surroundings& around);

/// And out of the change descriptions of some entities.
Error hide_in_changes(const Context& context, store::Reader& reader, const Principal& as,
                      std::span<store::StoredEntity> entities);

/// Is the container that a body names there for the principal? What it may not see answers as what is not there.
Error check_place(const Context& context, store::Reader& reader, const Principal& as,
                  const std::optional<Container>& container);

/// Checks the values that the description wants checked against the store (Field::check), unless `before` has them.
Error check_values(const Context& context, store::Reader& reader, const Principal& as, const view::TypeLayout& layout,
                   const json::Value* before, const json::Value& after);

/// What the rules say of each operation there is, for a type or, with a reference, for one entity.
Result<std::vector<Permission>> permissions(const Context& context, const Principal& as, std::string_view type,
                                            const EntityRef* target, const Interrupt& interrupt);

/// As Catalog::check_allowed().
Error check_allowed(const Context& context, const Principal& as, const std::vector<std::string>& operations,
                    const EntityRef& target, const Interrupt& interrupt);

}  // namespace metadata::entity

#endif  // METADATA_LIB_ENTITY_ALLOWED_H
