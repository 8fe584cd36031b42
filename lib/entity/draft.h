#ifndef METADATA_LIB_ENTITY_DRAFT_H
#define METADATA_LIB_ENTITY_DRAFT_H

#include <optional>

#include "entity/resolve.h"
#include "entity/save.h"

namespace metadata::entity {

/// A create body with its place in the tree worked out.
struct Placed {
  json::Document body;
  std::optional<Container> container;
  store::EntityRow row;  ///< type, tree, key and name; no identity yet
};
Result<Placed> place(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                     json::Document body);

/// The members that only a create body has (a password), as operations on the entity with this id.
Result<std::vector<store::Operation>> written_members(const view::TypeLayout& layout, const json::Value& body,
                                                      const EntityId& id, std::int64_t now_ms);

/// Makes the draft of a new entity: identity, references, labels, nested FQNs, secrets.
Result<Draft> draft_new(const Context& context, store::Reader& reader, const Principal& as,
                        const view::TypeLayout& layout, Placed placed);

/// Makes the step that creates it.
Result<Step> create_placed(const Context& context, store::Reader& reader, const view::TypeLayout& layout, Placed placed,
                           const WriteOptions& options);

}  // namespace metadata::entity

#endif  // METADATA_LIB_ENTITY_DRAFT_H
