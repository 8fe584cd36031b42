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

/// From which failure on something is held back, and for how long.
struct ThrottleRule {
  int most;                ///< failures within the window that hold nothing back but the next
  std::int64_t window_ms;  ///< from the first failure; when it is over, and nothing is held back, counting begins anew
  std::int64_t first_hold_ms;  ///< after the failure that was one too many; each further one doubles it
  std::int64_t longest_hold_ms;
};

/// Counts failed log-ins by account (or another name) and holds further ones back, longer with each further failure. In
/// memory; bounded: of more accounts than it has room for, the one unused for longest is forgotten, and each costs
/// whoever floods it a password hash. Safe for use from many threads.
class Throttle {
 public:
  static constexpr int kMaxFailures = 5;
  static constexpr std::int64_t kMinuteMs = 60 * 1000;
  /// An account: a minute after five failures of a day, then two, four … up to an hour: some 30 guesses a day.
  static constexpr ThrottleRule kAccount{kMaxFailures, 24 * 60 * kMinuteMs, kMinuteMs, 60 * kMinuteMs};

  explicit Throttle(const ThrottleRule& rule = kAccount) : rule_(rule) {}

  static constexpr std::size_t kMaxAccounts = 50'000;

  /// Ok, or RateLimited while it is held back.
  Error check(std::string_view account, std::int64_t now_ms);
  /// Notes a failed attempt.
  void fail(std::string_view account, std::int64_t now_ms);
  /// Forgets the failures.
  void clear(std::string_view account);

 private:
  struct Failures {
    std::int64_t since_ms = 0;
    std::int64_t held_until_ms = 0;
    int count = 0;
  };

  Failures failures_of(const std::string& key, std::int64_t now_ms);

  const ThrottleRule rule_;
  std::mutex mutex_;  // keeps reading a count and writing the next one together
  base::LruCache<std::string, Failures> accounts_{kMaxAccounts};
};

}  // namespace metadata::access

#endif  // METADATA_LIB_ACCESS_THROTTLE_H
