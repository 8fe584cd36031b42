#ifndef METADATA_LIB_VIEW_ITEM_VALUES_H
#define METADATA_LIB_VIEW_ITEM_VALUES_H

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "metadata/error.h"
#include "store/rows.h"
#include "view/computed_task.h"
#include "view/items.h"

namespace metadata::view {

// Values over time of items of an entity (profiles of columns). Their ids begin with the item's path: folded names,
// joined by the key separator.

/// A moment, as ids have it: they are in the order of time. Not negative.
std::string moment(std::int64_t at);

/// The paths of all items of the entity that have an FQN.
Error item_paths(const store::StoredEntity& stored, std::set<std::string>& paths);

/// The path of the item that a value names: by its name, or for one within another by the FQN below the entity. Empty
/// when it is not among the known ones.
std::string item_path(std::string_view name, const std::set<std::string>& known);

/// The newest value of each item, of series that are shown in items with the field: into Surroundings::item_values.
Error newest_of_items(const Task& task);

}  // namespace metadata::view

#endif  // METADATA_LIB_VIEW_ITEM_VALUES_H
