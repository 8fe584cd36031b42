#ifndef METADATA_SERVER_HTTP_BUDGET_H
#define METADATA_SERVER_HTTP_BUDGET_H

#include <atomic>
#include <cstddef>

namespace metadata::server {

/// Bytes that all connections together may hold for bodies and answers. Safe for use from many threads.
class Budget {
 public:
  explicit Budget(std::size_t bytes) : bytes_(bytes) {}

  /// False, and nothing is taken, when it would be too much.
  bool take(std::size_t bytes) {
    const std::size_t used = used_.fetch_add(bytes) + bytes;
    if (used > bytes_) {
      used_.fetch_sub(bytes);
      return false;
    }
    if (used > kLarge) was_large_.store(true, std::memory_order_relaxed);
    return true;
  }
  void give_back(std::size_t bytes) { used_.fetch_sub(bytes); }

  /// Has much been held since the last time, and is nothing held now? Then memory may be given back to the system.
  bool take_calm() { return used_.load() == 0 && was_large_.exchange(false); }
  bool was_large() const { return was_large_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::size_t kLarge = std::size_t{8} << 20;
  const std::size_t bytes_;
  std::atomic<std::size_t> used_{0};
  std::atomic<bool> was_large_{false};
};

/// What one connection has taken from the budget. Not thread-safe. Gives it back at its end.
class Share {
 public:
  explicit Share(Budget& budget) : budget_(budget) {}
  ~Share() { clear(); }
  Share(const Share&) = delete;
  Share& operator=(const Share&) = delete;

  /// Makes the share at least this large, in steps, so that a slow sender does not ask for every byte.
  bool grow_to(std::size_t bytes) {
    if (bytes <= taken_ || bytes <= kFree) return true;
    const std::size_t wanted = (bytes + kStep - 1) / kStep * kStep;
    if (!budget_.take(wanted - taken_)) return false;
    taken_ = wanted;
    return true;
  }
  void clear() {
    if (taken_ != 0) budget_.give_back(taken_);
    taken_ = 0;
  }

 private:
  static constexpr std::size_t kFree = 16384;  // what an ordinary request needs is not counted
  static constexpr std::size_t kStep = 65536;
  Budget& budget_;  // not owned; must outlive this
  std::size_t taken_ = 0;
};

}  // namespace metadata::server

#endif  // METADATA_SERVER_HTTP_BUDGET_H
