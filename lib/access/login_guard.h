#ifndef METADATA_LIB_ACCESS_LOGIN_GUARD_H
#define METADATA_LIB_ACCESS_LOGIN_GUARD_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "access/throttle.h"
#include "base/lru.h"
#include "metadata/error.h"

namespace metadata::access {

/// Holds log-ins back after failures: of an account, and of the address they come from.
///
/// An address from which somebody has logged in to the account lately has a count of its own for it, so that nobody can
/// lock people out by failing in their name from elsewhere. In memory and bounded; a restart forgets which addresses
/// are known, so it is stricter then. Safe for use from many threads.
class LoginGuard {
 public:
  static constexpr int kMaxFailuresOfAddress = 50;
  static constexpr std::int64_t kAddressHoldMs = 10 * Throttle::kMinuteMs;
  /// Behind one address there may be many people, who make mistakes all day.
  static constexpr ThrottleRule kAddress{kMaxFailuresOfAddress, kAddressHoldMs, kAddressHoldMs, kAddressHoldMs};
  static constexpr std::int64_t kKnownForMs = std::int64_t{30} * 24 * 3600 * 1000;

  /// Ok, or RateLimited. `from` says where the attempt comes from, in any form that is the same for the same place;
  /// empty when that is not known.
  Error check(std::string_view account, std::string_view from, std::int64_t now_ms);
  void fail(std::string_view account, std::string_view from, std::int64_t now_ms);
  void succeed(std::string_view account, std::string_view from, std::int64_t now_ms);
  /// Forgets the account's failures from addresses that it does not know.
  void forgive(std::string_view account);

 private:
  /// Under which name the attempt counts.
  std::string counted_as(std::string_view account, std::string_view from, std::int64_t now_ms);

  Throttle accounts_;
  Throttle addresses_{kAddress};
  base::LruCache<std::string, std::int64_t> known_{Throttle::kMaxAccounts};  ///< when, by SHA-256 of both
};

}  // namespace metadata::access

#endif  // METADATA_LIB_ACCESS_LOGIN_GUARD_H
