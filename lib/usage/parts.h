#ifndef METADATA_LIB_USAGE_PARTS_H
#define METADATA_LIB_USAGE_PARTS_H

#include <mutex>

#include "entity/context.h"
#include "metadata/usage.h"

namespace metadata {

/// What the room works with. Owned by Usage; the referred must outlive it.
struct Usage::Parts {
  explicit Parts(const entity::Context& context) : entities(context) {}

  const entity::Context& entities;
  std::mutex turn;  ///< counts are read, added to and written by one thread at a time
};

}  // namespace metadata

#endif  // METADATA_LIB_USAGE_PARTS_H
