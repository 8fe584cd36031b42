#ifndef METADATA_SERVER_GUARD_RATE_LIMIT_H
#define METADATA_SERVER_GUARD_RATE_LIMIT_H

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/credentials.h"
#include "guard/window_table.h"
#include "http/response.h"
#include "metadata/error.h"

namespace metadata::server {

/// Classes of principals, each with its own quota.
enum class Quota : std::uint8_t { Anonymous, User, ApiKey, Admin, Bot };

/// Requests a window; 0: no limit. The defaults are the guide's.
struct RateLimits {
  bool on = true;
  std::array<std::uint32_t, 5> of_class{10'000, 1'000, 5'000, 10'000, 0};  ///< by Quota
  std::map<std::string, std::uint32_t, std::less<>> of_name;               ///< of single users and bots
  std::chrono::seconds window{3600};

  /// Each "off", "<class>=<number>" (anonymous, user, key, admin, bot) or "name:<user name>=<number>", where the number
  /// may be "off". InvalidArgument says which one is wrong.
  Error apply(const std::vector<std::string>& words);
};

/// What a limited principal has left, this request counted.
struct Allowance {
  bool granted = true;
  std::uint32_t limit = 0;
  std::uint32_t remaining = 0;
  std::int64_t reset_s = 0;        ///< the window's end, s since the epoch
  std::int64_t retry_after_s = 0;  ///< until then, at least 1
};

/// Which quota a principal has.
Quota quota_of(const Identity& identity);

/// Counts requests in fixed windows (docs/authentication.md). Durations go by the steady clock. Safe for use from many
/// threads.
class RateLimiter {
 public:
  using Steady = std::chrono::steady_clock::time_point;
  using Date = std::chrono::system_clock::time_point;

  explicit RateLimiter(const RateLimits& limits, Steady started = std::chrono::steady_clock::now());

  /// Counts a request of a principal; nothing when it has no limit.
  std::optional<Allowance> take(const Identity& identity, Steady now, Date date);
  /// Counts `requests` of a principal that were answered, as far as it has any left.
  std::optional<Allowance> spend(const Identity& identity, unsigned requests, Steady now, Date date);
  /// Counts a request of nobody in particular, by where it came from.
  std::optional<Allowance> take_anonymous(std::string_view address, Steady now, Date date);

 private:
  std::optional<Allowance> take(WindowTable& table, const WindowTable::Key& key, std::uint32_t limit, Steady now,
                                Date date);
  std::int64_t date_of_start(std::int64_t since_start_ms, Date date);

  const RateLimits limits_;
  const Steady started_;
  // Of their own each, so that a flood of addresses pushes out no principal.
  WindowTable principals_;
  WindowTable addresses_;
  std::atomic<std::int64_t> start_date_ms_{0};
};

/// The three headers.
void add_rate_headers(Response& response, const Allowance& allowance);
/// The answer when nothing is left.
Response over_quota(const Allowance& allowance);

}  // namespace metadata::server

#endif  // METADATA_SERVER_GUARD_RATE_LIMIT_H
