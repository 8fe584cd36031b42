#ifndef METADATA_LIB_BULK_GROUPS_H
#define METADATA_LIB_BULK_GROUPS_H

#include <string>
#include <vector>

#include "bulk/file.h"

namespace metadata::bulk {

// Files whose rows are found by a relation: the teams below a team, the users of a team and of those below it.

/// The list filter that names the other end of a relation field.
std::string group_filter(const model::EntityType& type, std::string_view field);

/// The FQNs of the scope and of all groups below it that the caller sees, each before those below it. TooLarge: there
/// are more than 10,000.
Result<std::vector<std::string>> groups_below(const entity::Context& context, const File& file,
                                              const ReadOptions& options);

/// Is one of the named groups the file's scope, or below it?
Result<bool> lies_in_scope(store::Reader& reader, const File& file, const std::vector<std::string>& groups);

}  // namespace metadata::bulk

#endif  // METADATA_LIB_BULK_GROUPS_H
