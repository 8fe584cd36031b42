#ifndef METADATA_LIB_ENTITY_SERIES_H
#define METADATA_LIB_ENTITY_SERIES_H

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "entity/context.h"
#include "metadata/options.h"
#include "store/write_set.h"

namespace metadata::entity {

/// The declared series of that name, or NotFound.
Result<const model::Series*> find_series(const view::TypeLayout& layout, std::string_view name);

/// The same for one that the library keeps by itself (Series::internal).
Result<const model::Series*> find_kept(const view::TypeLayout& layout, std::string_view name);

/// The operations that writing values needs, and seeing them where the series does not say which.
std::vector<std::string> edits_of(const model::Series& series);
std::vector<std::string> views_of(const model::Series& series, std::string_view otherwise);

/// Adds what a change of a series leaves in the log, and that the entity must be there still.
void tell_series(const store::EntityRow& row, std::string_view series, const WriteOptions& options, std::int64_t now,
                 store::WriteSet& set);

/// Commits what was told by tell_series(); NotFound when the entity has gone meanwhile.
Error commit_told(const Context& context, const store::WriteSet& set, const view::TypeLayout& layout,
                  const EntityRef& target, const Interrupt& interrupt);

/// Takes out some values that are older than Limits::series_age.
Error drop_old(const Context& context, store::Reader& reader, const store::StoredEntity& stored,
               const model::Series& series, std::int64_t now, store::WriteSet& set);

}  // namespace metadata::entity

#endif  // METADATA_LIB_ENTITY_SERIES_H
