#ifndef METADATA_LIB_ACCESS_RULES_H
#define METADATA_LIB_ACCESS_RULES_H

#include <string>
#include <string_view>
#include <vector>

#include "metadata/error.h"
#include "metadata/options.h"

namespace metadata::access {

/// May the principal do all of these operations on entities of this type? PermissionDenied names those that are not
/// allowed.
///
/// The host and admins may do everything, bots everything but make admins; other users may view everything and change
/// descriptions and tags.
Error check(const Principal& principal, const std::vector<std::string>& operations, std::string_view entity_type);

}  // namespace metadata::access

#endif  // METADATA_LIB_ACCESS_RULES_H
