#include "access/throttle.h"

#include <algorithm>
#include <optional>

namespace metadata::access {
namespace {

/// Callers' texts have any length; what is kept of one has not.
std::string key_of(std::string_view account) { return std::string(base::as_text(base::sha256(account))); }

}  // namespace

Error Throttle::check(std::string_view account, std::int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  const std::int64_t left_ms = failures_of(key_of(account), now_ms).held_until_ms - now_ms;
  if (left_ms <= 0) return {};
  return Error(Code::RateLimited, "Failed Login Attempts Exceeded. Please retry after some time.")
      .with_retry_after((left_ms + 999) / 1000);
}

void Throttle::fail(std::string_view account, std::int64_t now_ms) {
  const std::string key = key_of(account);
  const std::lock_guard lock(mutex_);
  Failures failures = failures_of(key, now_ms);
  ++failures.count;
  if (failures.count >= rule_.most) {
    std::int64_t hold_ms = rule_.first_hold_ms;
    for (int i = rule_.most; i < failures.count && hold_ms < rule_.longest_hold_ms; ++i) hold_ms *= 2;
    failures.held_until_ms = now_ms + std::min(hold_ms, rule_.longest_hold_ms);
  }
  accounts_.put(key, failures);
}

void Throttle::clear(std::string_view account) {
  const std::string key = key_of(account);
  const std::lock_guard lock(mutex_);
  accounts_.erase(key);
}

/// The failures of the window that this moment is in; a new window when the last one is over.
Throttle::Failures Throttle::failures_of(const std::string& key, std::int64_t now_ms) {
  const std::optional<Failures> known = accounts_.get(key);
  if (!known || (now_ms - known->since_ms >= rule_.window_ms && now_ms >= known->held_until_ms)) return {now_ms, 0, 0};
  return *known;
}

}  // namespace metadata::access
