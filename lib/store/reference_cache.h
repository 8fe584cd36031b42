#ifndef METADATA_LIB_STORE_REFERENCE_CACHE_H
#define METADATA_LIB_STORE_REFERENCE_CACHE_H

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include "base/byte_cache.h"
#include "store/generations.h"
#include "store/reader.h"

namespace metadata::store {

/// References by id and by key, kept between reads: the containers, owners and tags of a catalog are few, and asked
/// for all the time. Filled on demand, bounded, never wrong (see Generations). Safe for use from many threads.
class ReferenceCache {
 public:
  /// `generations` is not owned; must outlive the cache.
  ReferenceCache(const Generations& generations, std::size_t bytes) : generations_(generations), rows_(bytes) {}

  /// The same Reader, but for references, which come from here when they are known and held at `since` already.
  /// `since` is what generations.now() was before the reader's first answer. The cache must outlive the result.
  std::unique_ptr<Reader> in_front_of(std::unique_ptr<Reader> reader, Generations::Commit since);

 private:
  class Front;
  struct Known {
    RefRow row;
    Footprint places;
    Generations::Commit since = 0;
  };

  std::optional<RefRow> find(std::string_view name, Generations::Commit since);
  void keep(std::string_view name, const RefRow& row, Generations::Commit since);

  const Generations& generations_;
  base::ByteCache<Known> rows_;
};

}  // namespace metadata::store

#endif  // METADATA_LIB_STORE_REFERENCE_CACHE_H
