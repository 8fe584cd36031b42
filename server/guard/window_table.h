#ifndef METADATA_SERVER_GUARD_WINDOW_TABLE_H
#define METADATA_SERVER_GUARD_WINDOW_TABLE_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <mutex>

namespace metadata::server {

/// Counts what each of many keys has used in its own fixed window, which its first use begins.
///
/// The memory is fixed: sets of eight places of 16 bytes each, and a key's hash, under a random secret, says its set.
/// When all places of a set are within their windows, a new key takes the place of the one that has used least, and
/// goes on with its count and its window. So nobody gets fresh quota by having a place taken: what a set's keys use
/// together within a window is bounded by its places. Safe for use from many threads; the sets share 256 locks.
class WindowTable {
 public:
  using Key = std::array<std::uint64_t, 3>;
  using Ticks = std::uint32_t;  ///< tenths of a second since the table was made

  /// `places` is a power of two, 8 or more.
  WindowTable(std::size_t places, Ticks window);

  struct Taken {
    bool granted = false;
    std::uint32_t used = 0;  ///< this one included
    Ticks began = 0;         ///< of the window
  };
  /// One use more, unless the key has used `limit` in its window. `now` may go back a little between threads.
  Taken take(const Key& key, std::uint32_t limit, Ticks now);

  std::size_t bytes() const noexcept { return (mask_ + 1) * sizeof(Set); }

 private:
  struct Place {
    std::uint64_t tag;  ///< 0: free
    Ticks began;
    std::uint32_t used;
  };
  using Set = std::array<Place, 8>;
  struct Free {
    void operator()(Set* sets) const { std::free(sets); }
  };
  struct alignas(64) Lock {
    std::mutex mutex;
  };

  Place& place_of(Set& set, std::uint64_t tag, Ticks now) const;
  bool is_over(const Place& place, Ticks now) const { return now >= place.began && now - place.began >= window_; }

  const Ticks window_;
  const std::size_t mask_;  ///< number of sets - 1
  const std::array<std::uint64_t, 2> secret_;
  std::unique_ptr<Set[], Free> sets_;  ///< each guarded by its lock
  // On the heap, where over-aligned things are aligned: instrumented stacks do not always do that.
  static constexpr std::size_t kLocks = 256;
  const std::unique_ptr<Lock[]> locks_ = std::make_unique<Lock[]>(kLocks);
};

}  // namespace metadata::server

#endif  // METADATA_SERVER_GUARD_WINDOW_TABLE_H
