#ifndef METADATA_LIB_ENTITY_SLICE_H
#define METADATA_LIB_ENTITY_SLICE_H

#include <optional>
#include <vector>

#include "entity/context.h"
#include "metadata/entity.h"
#include "metadata/options.h"

namespace metadata::entity {

// What lists share: a cursor, or a position, says where a page begins.

/// Limits a listing to what the caller may see, with the fields that it asks for.
Error see_only(const view::TypeLayout& layout, const ListOptions& options, store::ListQuery& query);
/// The query of a listing but for its page: type, rows, rights and filters. False when it cannot match anything.
Result<bool> begin_listing(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                           const ListOptions& options, store::ListQuery& query);
/// Rows as the caller sees them. Takes what it may not see out of their change descriptions.
Result<std::vector<Entity>> compose_rows(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                                         std::vector<store::StoredEntity>& rows, const view::Asked& asked,
                                         const ListOptions& options);

/// One more thing that must hold of each row.
void narrow(store::ListQuery& query, store::RowFact fact);

/// A page of entities by position: `query.of` comes from begin_listing().
Result<Page> slice(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                   const store::Survey& query, const ListOptions& options);

}  // namespace metadata::entity

#endif  // METADATA_LIB_ENTITY_SLICE_H
