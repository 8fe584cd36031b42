#include "guard/rate_limit.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>

#include "guard/addresses.h"
#include "render/error.h"

namespace metadata::server {
namespace {

constexpr std::size_t kPrincipalPlaces = std::size_t{1} << 18;  // 4 MiB when all are in use
constexpr std::size_t kAddressPlaces = std::size_t{1} << 20;    // 16 MiB
constexpr std::int64_t kTickMs = 100;
constexpr std::uint32_t kMostRequests = 1'000'000'000;
// A date that moves so far against the steady clock was set; what is less is the clock being tuned.
constexpr std::int64_t kDateStepMs = 1000;

constexpr std::array<std::string_view, 5> kClassWords{"anonymous", "user", "key", "admin", "bot"};

std::int64_t ms(auto duration) { return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count(); }

WindowTable::Ticks ticks(std::chrono::seconds window) { return static_cast<WindowTable::Ticks>(ms(window) / kTickMs); }

WindowTable::Key key_of(Quota quota, const std::array<std::uint8_t, 16>& bytes) {
  WindowTable::Key key{static_cast<std::uint64_t>(quota)};
  std::memcpy(&key[1], bytes.data(), bytes.size());
  return key;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

/// "off" is 0.
std::optional<std::uint32_t> read_limit(std::string_view text) {
  if (text == "off") return 0;
  std::uint32_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = read.ec == std::errc() && read.ptr == text.data() + text.size();
  return whole && number > 0 && number <= kMostRequests ? std::optional(number) : std::nullopt;
}

}  // namespace

Error RateLimits::apply(const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (word == "off") {
      on = false;
      continue;
    }
    const auto equals = word.rfind('=');
    const Error wrong = invalid_argument(
        "'" + word +
        "' is none of: off, user=N, key=N, admin=N, bot=N, anonymous=N, name:<user>=N, where N is a number of requests "
        "from 1 to " +
        std::to_string(kMostRequests) + ", or off");
    if (equals == std::string::npos) return wrong;
    const std::string_view who = std::string_view(word).substr(0, equals);
    const auto limit = read_limit(std::string_view(word).substr(equals + 1));
    if (!limit) return wrong;
    if (who.starts_with("name:") && who.size() > 5) {
      of_name[lower(who.substr(5))] = *limit;
      continue;
    }
    const auto found = std::find(kClassWords.begin(), kClassWords.end(), who);
    if (found == kClassWords.end()) return wrong;
    of_class[static_cast<std::size_t>(found - kClassWords.begin())] = *limit;
  }
  return {};
}

Quota quota_of(const Identity& identity) {
  if (identity.by_key) return Quota::ApiKey;
  switch (identity.principal.kind) {
    case Principal::Kind::Embedded:
    case Principal::Kind::Admin:
      return Quota::Admin;
    case Principal::Kind::Bot:
      return Quota::Bot;
    case Principal::Kind::User:
      break;
  }
  return Quota::User;
}

RateLimiter::RateLimiter(const RateLimits& limits, Steady started)
    : limits_(limits),
      started_(started),
      principals_(kPrincipalPlaces, ticks(limits.window)),
      addresses_(kAddressPlaces, ticks(limits.window)) {}

std::optional<Allowance> RateLimiter::take(const Identity& identity, Steady now, Date date) {
  const Quota quota = quota_of(identity);
  std::uint32_t limit = limits_.of_class[static_cast<std::size_t>(quota)];
  if (!limits_.of_name.empty()) {
    const auto named = limits_.of_name.find(lower(identity.principal.name));
    if (named != limits_.of_name.end()) limit = named->second;
  }
  return take(principals_, key_of(quota, identity.principal.id.bytes), limit, now, date);
}

std::optional<Allowance> RateLimiter::spend(const Identity& identity, unsigned requests, Steady now, Date date) {
  std::optional<Allowance> left;
  for (unsigned i = 0; i < requests; ++i) {
    left = take(identity, now, date);
    if (!left || !left->granted) break;
  }
  return left;
}

std::optional<Allowance> RateLimiter::take_anonymous(std::string_view address, Steady now, Date date) {
  // What is no address shares one place.
  const Address from = Address::parse(address).value_or(Address{}).subscriber();
  return take(addresses_, key_of(Quota::Anonymous, from.bytes),
              limits_.of_class[static_cast<std::size_t>(Quota::Anonymous)], now, date);
}

std::optional<Allowance> RateLimiter::take(WindowTable& table, const WindowTable::Key& key, std::uint32_t limit,
                                           Steady now, Date date) {
  if (!limits_.on || limit == 0) return std::nullopt;
  const std::int64_t since_ms = std::max<std::int64_t>(0, ms(now - started_));
  const WindowTable::Taken taken = table.take(key, limit, static_cast<WindowTable::Ticks>(since_ms / kTickMs));
  const std::int64_t end_ms = std::int64_t{taken.began} * kTickMs + ms(limits_.window);
  const auto up_to_s = [](std::int64_t value_ms) { return (value_ms + 999) / 1000; };
  Allowance allowance;
  allowance.granted = taken.granted;
  allowance.limit = limit;
  allowance.remaining = limit > taken.used ? limit - taken.used : 0;
  allowance.reset_s = up_to_s(date_of_start(since_ms, date) + end_ms);
  allowance.retry_after_s = std::max<std::int64_t>(1, up_to_s(end_ms - since_ms));
  return allowance;
}

/// The date at which the limiter was made, by the date as it is now: moved only when the date was set, so that a window
/// keeps its end to the second.
std::int64_t RateLimiter::date_of_start(std::int64_t since_start_ms, Date date) {
  const std::int64_t found = ms(date.time_since_epoch()) - since_start_ms;
  const std::int64_t kept = start_date_ms_.load(std::memory_order_relaxed);
  if (kept != 0 && std::abs(found - kept) < kDateStepMs) return kept;
  start_date_ms_.store(found, std::memory_order_relaxed);
  return found;
}

void add_rate_headers(Response& response, const Allowance& allowance) {
  response.set("X-RateLimit-Limit", std::to_string(allowance.limit));
  response.set("X-RateLimit-Remaining", std::to_string(allowance.remaining));
  response.set("X-RateLimit-Reset", std::to_string(allowance.reset_s));
}

Response over_quota(const Allowance& allowance) {
  Response response = render::refusal(429, "more than " + std::to_string(allowance.limit) +
                                               " requests in this window; the next one begins in " +
                                               std::to_string(allowance.retry_after_s) + " s");
  response.headers.clear();  // refusal() says "come again in a second"
  response.set("Retry-After", std::to_string(allowance.retry_after_s));
  return response;
}

}  // namespace metadata::server
