#ifndef METADATA_LIB_JSON_POOL_MEMORY_H
#define METADATA_LIB_JSON_POOL_MEMORY_H

#include <cstddef>

namespace metadata::json {

/// Where the pools of trees get their blocks: the heap, and a few blocks that the thread has given back.
///
/// A tree begins with a block of 64 KiB. Asked of the heap and returned for each text they lie at its end, where the C
/// library gives them back to the system and takes them again, page by page: that cost more than reading the text.
/// A thread keeps at most four blocks, and none when it ends. Safe for use from many threads; a block may be freed by
/// another thread than the one that took it. The names are those that RapidJSON asks for.
class PoolMemory {
 public:
  static constexpr bool kNeedFree = true;

  /// Throws std::bad_alloc when there is none: the pool would go on with a null pointer.
  static void* Malloc(std::size_t size);
  static void* Realloc(void* block, std::size_t old_size, std::size_t new_size);
  static void Free(void* block) noexcept;
};

}  // namespace metadata::json

#endif  // METADATA_LIB_JSON_POOL_MEMORY_H
