#include "json/pool_memory.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <new>

namespace metadata::json {
namespace {

// What a pool asks for first: 64 KiB and its own header.
constexpr std::size_t kCommonLeast = std::size_t{64} << 10;
constexpr std::size_t kCommonMost = kCommonLeast + 256;

// The address sanitizer sees the use of a freed tree only when its blocks are freed.
#if defined(__SANITIZE_ADDRESS__)
constexpr std::size_t kMostKept = 0;
#else
constexpr std::size_t kMostKept = 4;
#endif

// Stands before each block.
struct alignas(std::max_align_t) Header {
  std::size_t size;
};

struct Kept {
  std::array<Header*, 4> blocks;
  std::size_t count;
  bool over;  // the thread is ending: nothing is kept any more
};
thread_local constinit Kept t_kept{};

// Trees may be destroyed by the destructors of other objects of the thread, after this one: hence `over`.
struct AtThreadEnd {
  AtThreadEnd() noexcept {}
  ~AtThreadEnd() {
    t_kept.over = true;
    while (t_kept.count > 0) std::free(t_kept.blocks[--t_kept.count]);
  }
};

bool keep(Header* header) noexcept {
  if (header->size != kCommonMost || t_kept.over || t_kept.count >= kMostKept) return false;
  static thread_local const AtThreadEnd at_end;
  t_kept.blocks[t_kept.count++] = header;
  return true;
}

}  // namespace

void* PoolMemory::Malloc(std::size_t size) {
  if (size >= kCommonLeast && size <= kCommonMost) size = kCommonMost;
  if (size == kCommonMost && t_kept.count > 0) return t_kept.blocks[--t_kept.count] + 1;
  auto* header = static_cast<Header*>(std::malloc(sizeof(Header) + size));
  if (header == nullptr) throw std::bad_alloc();
  header->size = size;
  return header + 1;
}

void* PoolMemory::Realloc(void* block, std::size_t old_size, std::size_t new_size) {
  void* larger = Malloc(new_size);
  if (block != nullptr) std::memcpy(larger, block, std::min(old_size, new_size));
  Free(block);
  return larger;
}

void PoolMemory::Free(void* block) noexcept {
  if (block == nullptr) return;
  Header* const header = static_cast<Header*>(block) - 1;
  if (!keep(header)) std::free(header);
}

}  // namespace metadata::json
