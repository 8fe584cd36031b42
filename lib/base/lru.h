#ifndef METADATA_LIB_BASE_LRU_H
#define METADATA_LIB_BASE_LRU_H

#include <cstddef>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace metadata::base {

/// Hashes all kinds of text alike, so that a cache keyed by std::string is asked with a string_view without a copy.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
};

/// A cache of at most `capacity` entries; the one unused for longest goes first. A capacity of 0 keeps nothing.
/// Values are handed out as copies, so hold a shared_ptr for what is large. Safe for use from many threads.
template <class Key, class Value, class Hash = std::hash<Key>>
class LruCache {
 public:
  explicit LruCache(std::size_t capacity) : capacity_(capacity) {}

  /// A copy of the value, which counts as a use, or nothing.
  template <class K = Key>
  std::optional<Value> get(const K& key) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(key);
    if (found == entries_.end()) return std::nullopt;
    order_.splice(order_.begin(), order_, found->second.place);
    return found->second.value;
  }

  /// Adds or replaces.
  void put(const Key& key, Value value) {
    if (capacity_ == 0) return;
    const std::lock_guard lock(mutex_);
    if (const auto found = entries_.find(key); found != entries_.end()) {
      found->second.value = std::move(value);
      order_.splice(order_.begin(), order_, found->second.place);
      return;
    }
    if (entries_.size() >= capacity_) drop(entries_.find(*order_.back()));
    const auto added = entries_.emplace(key, Entry{std::move(value), {}}).first;
    order_.push_front(&added->first);
    added->second.place = order_.begin();
  }

  /// Whether there was such an entry.
  template <class K = Key>
  bool erase(const K& key) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(key);
    if (found == entries_.end()) return false;
    drop(found);
    return true;
  }

  void clear() {
    const std::lock_guard lock(mutex_);
    entries_.clear();
    order_.clear();
  }

  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return entries_.size();
  }

 private:
  // The keys stand in the map alone; a node of an unordered_map keeps its address for life.
  using Order = std::list<const Key*>;
  struct Entry {
    Value value;
    typename Order::iterator place;
  };
  using Entries = std::unordered_map<Key, Entry, Hash, std::equal_to<>>;

  void drop(typename Entries::iterator entry) {
    order_.erase(entry->second.place);
    entries_.erase(entry);
  }

  const std::size_t capacity_;
  mutable std::mutex mutex_;
  Entries entries_;  // guarded by mutex_
  Order order_;      // guarded by mutex_; the most recently used first
};

}  // namespace metadata::base

#endif  // METADATA_LIB_BASE_LRU_H
