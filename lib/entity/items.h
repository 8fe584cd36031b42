#ifndef METADATA_LIB_ENTITY_ITEMS_H
#define METADATA_LIB_ENTITY_ITEMS_H

#include <string>
#include <string_view>

#include "entity/context.h"

namespace metadata::entity {

/// An entity and what an FQN names below it: key parts, joined; empty for the entity itself.
struct Place {
  store::StoredEntity stored;
  std::string below;
};

/// The live entity of the type that the FQN names, or that it begins with: a table, by the name of one of its columns.
Result<Place> find_with_item(store::Reader& reader, const view::TypeLayout& layout, std::string_view fqn);

/// The JSON Pointer of the item of the list, and of lists of children in items, with these key parts (names without
/// case). Empty when there is none.
std::string item_pointer(const view::TypeLayout& layout, const json::Value& working, std::string_view list,
                         std::string_view below);
/// The same in a list of labelled items, wherever that lies in the document.
std::string item_pointer(const view::TaggedList& list, const json::Value& working, std::string_view below);

}  // namespace metadata::entity

#endif  // METADATA_LIB_ENTITY_ITEMS_H
