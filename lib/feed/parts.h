#ifndef METADATA_LIB_FEED_PARTS_H
#define METADATA_LIB_FEED_PARTS_H

#include "entity/context.h"
#include "metadata/suggestions.h"

namespace metadata {

/// What the room works with. Owned by Suggestions; the referred must outlive it.
struct Suggestions::Parts {
  explicit Parts(const entity::Context& context) : entities(context) {}

  const entity::Context& entities;
};

}  // namespace metadata

#endif  // METADATA_LIB_FEED_PARTS_H
