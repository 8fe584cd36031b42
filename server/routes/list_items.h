#ifndef METADATA_SERVER_ROUTES_LIST_ITEMS_H
#define METADATA_SERVER_ROUTES_LIST_ITEMS_H

#include <functional>
#include <string>
#include <vector>

#include "call.h"
#include "metadata/entity.h"
#include "metadata/json.h"
#include "metadata/patch.h"

namespace metadata::server {

/// Whether two items of a list are the same one: references by id, or by type and name when one of them has none;
/// labels by source and name; else by value.
bool is_same_item(const Json& item, const Json& other);

/// Reads these fields of an entity and patches it by what `patch_of` makes of its text; again, some times, when
/// somebody else changes the entity in between.
Result<Written> patch_as_read(const Call& call, const EntityRef& target, const std::string& fields,
                              const std::function<Result<Patch>(const Json& entity)>& patch_of);

/// Adds items to a list of an entity, or takes them out, as a PATCH by the caller would; those that are in it (or are
/// not) are left alone. It is read and patched again when somebody else changes the entity meanwhile.
enum class Items { Add, Remove };
Result<Written> change_items(const Call& call, const EntityRef& target, const std::string& field,
                             const std::vector<Json>& items, Items how);

}  // namespace metadata::server

#endif  // METADATA_SERVER_ROUTES_LIST_ITEMS_H
