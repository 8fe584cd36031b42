#ifndef METADATA_LIB_ACCESS_THROTTLE_H
#define METADATA_LIB_ACCESS_THROTTLE_H

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/lru.h"
#include "metadata/error.h"

namespace metadata::access {

/// Counts failed log-ins by account and holds further ones back for a while. In memory; bounded: of more accounts than
/// it has room for, the one unused for longest is forgotten, and each costs whoever floods it a password hash. Safe for
/// use from many threads.
class Throttle {
 public:
  static constexpr int kMaxFailures = 5;

  explicit Throttle(int most = kMaxFailures) : most_(most) {}

  static constexpr std::int64_t kWindowMs = 10 * 60 * 1000;
  static constexpr std::size_t kMaxAccounts = 50'000;

  /// Ok, or RateLimited while too many attempts have failed since the first one of the window.
  Error check(std::string_view account, std::int64_t now_ms);
  /// Notes a failed attempt.
  void fail(std::string_view account, std::int64_t now_ms);
  /// Forgets the failures.
  void clear(std::string_view account);

 private:
  struct Failures {
    std::int64_t since_ms = 0;
    int count = 0;
  };

  Failures failures_of(const std::string& key, std::int64_t now_ms);

  const int most_;
  std::mutex mutex_;  // keeps reading a count and writing the next one together
  base::LruCache<std::string, Failures> accounts_{kMaxAccounts};
};

}  // namespace metadata::access

#endif  // METADATA_LIB_ACCESS_THROTTLE_H
