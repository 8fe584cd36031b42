#include "access/login_guard.h"

#include "base/hash.h"

namespace metadata::access {
namespace {

/// No account's name has this byte, so a pair is taken for no account.
std::string pair_of(std::string_view account, std::string_view from) {
  return std::string(account).append(1, '\0').append(from);
}

std::string key_of(std::string_view pair) { return std::string(base::as_text(base::sha256(pair))); }

}  // namespace

std::string LoginGuard::counted_as(std::string_view account, std::string_view from, std::int64_t now_ms) {
  if (from.empty()) return std::string(account);
  std::string pair = pair_of(account, from);
  const auto at = known_.get(key_of(pair));
  return at && now_ms - *at < kKnownForMs ? pair : std::string(account);
}

Error LoginGuard::check(std::string_view account, std::string_view from, std::int64_t now_ms) {
  MD_OK(accounts_.check(counted_as(account, from, now_ms), now_ms));
  return from.empty() ? Error() : addresses_.check(from, now_ms);
}

void LoginGuard::fail(std::string_view account, std::string_view from, std::int64_t now_ms) {
  accounts_.fail(counted_as(account, from, now_ms), now_ms);
  if (!from.empty()) addresses_.fail(from, now_ms);
}

void LoginGuard::succeed(std::string_view account, std::string_view from, std::int64_t now_ms) {
  accounts_.clear(counted_as(account, from, now_ms));
  if (!from.empty()) known_.put(key_of(pair_of(account, from)), now_ms);
}

void LoginGuard::forgive(std::string_view account) { accounts_.clear(account); }

}  // namespace metadata::access
