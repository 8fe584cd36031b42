#ifndef METADATA_LIB_BASE_UUID_H
#define METADATA_LIB_BASE_UUID_H

#include "metadata/host.h"

namespace metadata::base {

/// Random identities: UUID version 4 (RFC 4122). Safe for use from many threads.
class RandomIds final : public IdSource {
 public:
  EntityId next() override;
};

/// The one random source of identities, for a host that brings none of its own.
IdSource& random_ids();

}  // namespace metadata::base

#endif  // METADATA_LIB_BASE_UUID_H
