#include "access/throttle.h"

#include <optional>

namespace metadata::access {
namespace {

/// Callers' texts have any length; what is kept of one has not.
std::string key_of(std::string_view account) { return std::string(base::as_text(base::sha256(account))); }

}  // namespace

Error Throttle::check(std::string_view account, std::int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  if (failures_of(key_of(account), now_ms).count < most_) return {};
  return Error(Code::RateLimited, "Failed Login Attempts Exceeded. Please retry after some time.");
}

void Throttle::fail(std::string_view account, std::int64_t now_ms) {
  const std::string key = key_of(account);
  const std::lock_guard lock(mutex_);
  Failures failures = failures_of(key, now_ms);
  ++failures.count;
  accounts_.put(key, failures);
}

void Throttle::clear(std::string_view account) {
  const std::string key = key_of(account);
  const std::lock_guard lock(mutex_);
  accounts_.erase(key);
}

/// The failures of the window that this moment is in; a new window when the last one has passed.
Throttle::Failures Throttle::failures_of(const std::string& key, std::int64_t now_ms) {
  const std::optional<Failures> known = accounts_.get(key);
  if (!known || now_ms - known->since_ms >= kWindowMs) return {now_ms, 0};
  return *known;
}

}  // namespace metadata::access
