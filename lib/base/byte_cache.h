#ifndef METADATA_LIB_BASE_BYTE_CACHE_H
#define METADATA_LIB_BASE_BYTE_CACHE_H

#include <array>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace metadata::base {

/// A cache by text of at most so many bytes, as whoever puts values in says they cost; the one unused for longest goes
/// first. Split into shards by the key, so that threads seldom wait for each other; each shard has its share of the
/// bytes. A capacity of 0 keeps nothing. Safe for use from many threads.
template <class Value>
class ByteCache {
 public:
  explicit ByteCache(std::size_t capacity) : shard_capacity_(capacity / kShards) {}

  bool enabled() const noexcept { return shard_capacity_ > 0; }

  /// The value, which counts as a use, or null.
  std::shared_ptr<const Value> get(std::string_view key) {
    Shard& shard = shard_of(key);
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.entries.find(key);
    if (found == shard.entries.end()) return nullptr;
    shard.order.splice(shard.order.begin(), shard.order, found->second);
    return found->second->value;
  }

  /// Adds or replaces. `bytes` is what the value takes; key and bookkeeping are added here. One that would push out
  /// more than half of its shard is not kept.
  void put(std::string_view key, std::shared_ptr<const Value> value, std::size_t bytes) {
    bytes += key.size() + kOverhead;
    if (bytes > shard_capacity_ / 2) return;
    Order dropped;  // freed without the lock
    Shard& shard = shard_of(key);
    const std::lock_guard lock(shard.mutex);
    if (const auto found = shard.entries.find(key); found != shard.entries.end()) shard.drop(found->second, dropped);
    while (shard.bytes + bytes > shard_capacity_) shard.drop(std::prev(shard.order.end()), dropped);
    shard.order.push_front({std::string(key), std::move(value), bytes});
    shard.entries.emplace(shard.order.front().key, shard.order.begin());
    shard.bytes += bytes;
  }

  /// What the entries take, by their own account.
  std::size_t bytes() const {
    std::size_t sum = 0;
    for (const Shard& shard : shards_) {
      const std::lock_guard lock(shard.mutex);
      sum += shard.bytes;
    }
    return sum;
  }

 private:
  static constexpr std::size_t kShards = 16;
  static constexpr std::size_t kOverhead = 200;  // nodes of the list and the map, the control block, the allocator's

  struct Entry {
    std::string key;
    std::shared_ptr<const Value> value;
    std::size_t bytes = 0;
  };
  using Order = std::list<Entry>;
  struct Shard {
    mutable std::mutex mutex;
    Order order;                                                             // the most recently used first
    std::unordered_map<std::string_view, typename Order::iterator> entries;  // by the keys in `order`
    std::size_t bytes = 0;

    void drop(typename Order::iterator entry, Order& dropped) {
      bytes -= entry->bytes;
      entries.erase(entry->key);
      dropped.splice(dropped.begin(), order, entry);
    }
  };

  Shard& shard_of(std::string_view key) { return shards_[(std::hash<std::string_view>{}(key) >> 20) % kShards]; }

  const std::size_t shard_capacity_;
  std::array<Shard, kShards> shards_;
};

}  // namespace metadata::base

#endif  // METADATA_LIB_BASE_BYTE_CACHE_H
