#include "guard/rate_limit.h"

#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "guard/window_table.h"

namespace metadata::server {
namespace {

using namespace std::chrono_literals;

constexpr auto kBegin = std::chrono::steady_clock::time_point(1000h);
const auto kDate = std::chrono::system_clock::time_point(std::chrono::seconds(1'698'620'400));

Identity somebody(Principal::Kind kind, bool by_key = false, std::uint8_t id = 1, std::string name = "ann") {
  Identity identity;
  identity.principal = Principal{std::move(name), kind, EntityId{{id}}, {}};
  identity.by_key = by_key;
  return identity;
}

RateLimits limits(const std::vector<std::string>& words) {
  RateLimits made;
  REQUIRE(made.apply(words).ok());
  return made;
}

WindowTable::Key key(std::uint64_t number) { return {1, number, 0}; }

TEST_CASE("W15: the defaults are the guide's, by class of principal; bots have none") {
  RateLimiter limiter(RateLimits{}, kBegin);
  const auto limit_of = [&](const Identity& who) {
    const auto allowance = limiter.take(who, kBegin, kDate);
    return allowance ? allowance->limit : 0;
  };
  CHECK(limit_of(somebody(Principal::Kind::User)) == 1'000);
  CHECK(limit_of(somebody(Principal::Kind::Admin)) == 10'000);
  CHECK(limit_of(somebody(Principal::Kind::Bot)) == 0);
  for (const auto kind : {Principal::Kind::User, Principal::Kind::Admin, Principal::Kind::Bot})
    CHECK(limit_of(somebody(kind, true)) == 5'000);
  CHECK(limiter.take_anonymous("1.2.3.4", kBegin, kDate)->limit == 10'000);
}

TEST_CASE("W15: the window is an hour that the first request begins; the limit is exact and the headers are right") {
  RateLimiter limiter(limits({"user=3"}), kBegin);
  const Identity ann = somebody(Principal::Kind::User);
  const auto at = [&](std::chrono::milliseconds passed) { return *limiter.take(ann, kBegin + passed, kDate + passed); };
  Allowance first = at(10min);
  CHECK(first.granted);
  CHECK(first.limit == 3);
  CHECK(first.remaining == 2);
  CHECK(first.reset_s == 1'698'620'400 + 70 * 60);
  CHECK(at(11min).remaining == 1);
  CHECK(at(69min).remaining == 0);
  const Allowance refused = at(69min + 30s);
  CHECK_FALSE(refused.granted);
  CHECK(refused.remaining == 0);
  CHECK(refused.retry_after_s == 30);
  CHECK(refused.reset_s == first.reset_s);
  CHECK_FALSE(at(70min - 100ms).granted);
  const Allowance next = at(70min);
  CHECK(next.granted);
  CHECK(next.remaining == 2);
  CHECK(next.reset_s == first.reset_s + 3600);
}

TEST_CASE("D9, W15: setting the date moves the reset that is told, and no window") {
  RateLimiter limiter(limits({"user=2"}), kBegin);
  const Identity ann = somebody(Principal::Kind::User);
  const std::int64_t reset = limiter.take(ann, kBegin, kDate)->reset_s;
  for (const auto jump : {-24h * 3650, -1h, 1h, 24h * 3650}) {
    const auto there = limiter.take(ann, kBegin + 1min, kDate + 1min + jump);
    CHECK(there->reset_s == reset + std::chrono::seconds(jump).count());
    CHECK(there->remaining == 0);
  }
  CHECK_FALSE(limiter.take(ann, kBegin + 59min, kDate + 24h)->granted);
  CHECK(limiter.take(ann, kBegin + 60min, kDate - 24h)->granted);
  // A date that is tuned by some milliseconds does not make the reset waver.
  RateLimiter steady(limits({"user=1000"}), kBegin);
  const std::int64_t said = steady.take(ann, kBegin, kDate)->reset_s;
  for (int i = 1; i < 500; ++i)
    CHECK(steady.take(ann, kBegin + i * 1s, kDate + i * 1s + (i % 7) * 40ms)->reset_s == said);
}

TEST_CASE("W15: principals have windows of their own, and so has one person with a key and without") {
  RateLimiter limiter(limits({"user=1", "key=1"}), kBegin);
  for (std::uint8_t id = 1; id < 100; ++id) {
    CHECK(limiter.take(somebody(Principal::Kind::User, false, id), kBegin, kDate)->granted);
    CHECK(limiter.take(somebody(Principal::Kind::User, true, id), kBegin, kDate)->granted);
    CHECK_FALSE(limiter.take(somebody(Principal::Kind::User, false, id), kBegin, kDate)->granted);
  }
}

TEST_CASE("W15: an IPv6 customer has one window, whatever address of it asks") {
  RateLimiter limiter(limits({"anonymous=2"}), kBegin);
  CHECK(limiter.take_anonymous("2001:db8::1", kBegin, kDate)->granted);
  CHECK(limiter.take_anonymous("2001:db8::2", kBegin, kDate)->granted);
  CHECK_FALSE(limiter.take_anonymous("2001:db8::3", kBegin, kDate)->granted);
  CHECK(limiter.take_anonymous("2001:db8:0:1::3", kBegin, kDate)->granted);
}

TEST_CASE("W15: limits are set by class and by name, and off") {
  RateLimiter limiter(limits({"user=7", "bot=9", "admin=off", "name:Ann=3", "name:bob=off"}), kBegin);
  const auto limit_of = [&](Principal::Kind kind, const char* name) {
    const auto allowance = limiter.take(somebody(kind, false, 1, name), kBegin, kDate);
    return allowance ? allowance->limit : 0;
  };
  CHECK(limit_of(Principal::Kind::User, "carl") == 7);
  CHECK(limit_of(Principal::Kind::Bot, "robot") == 9);
  CHECK(limit_of(Principal::Kind::Admin, "admin") == 0);
  CHECK(limit_of(Principal::Kind::User, "ann") == 3);
  CHECK(limit_of(Principal::Kind::User, "bob") == 0);
  RateLimiter off(limits({"off", "user=7"}), kBegin);
  CHECK_FALSE(off.take(somebody(Principal::Kind::User), kBegin, kDate));
  CHECK_FALSE(off.take_anonymous("1.2.3.4", kBegin, kDate));
}

TEST_CASE("a word that sets no limit is refused by name") {
  for (const char* bad : {"", "on", "user", "user=", "user=0", "user=-1", "user=1e3", "user=1x", "nobody=1", "name:=1",
                          "user=1000000001", "=5", "name:ann"}) {
    CAPTURE(bad);
    RateLimits made;
    const Error wrong = made.apply({"user=5", bad});
    CHECK(wrong.code() == Code::InvalidArgument);
    CHECK(wrong.message().find("'" + std::string(bad) + "'") != std::string_view::npos);
  }
}

TEST_CASE("W15: many threads together get exactly the limit") {
  RateLimiter limiter(limits({"user=5000"}), kBegin);
  std::atomic<int> granted{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 1000; ++n)
        granted += limiter.take(somebody(Principal::Kind::User), kBegin, kDate)->granted ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(granted == 5000);
}

TEST_CASE("W15: a million keys fit in a bounded memory, and none is refused for another") {
  WindowTable table(std::size_t{1} << 20, 36'000);
  CHECK(table.bytes() <= std::size_t{16} << 20);
  // Chance, by the table's secret, puts some 25 keys into the fullest set of eight places at times: those beyond eight
  // go on with the count of whom they push out, so a limit of 3 would refuse one of them.
  constexpr std::uint32_t kLimit = 10;
  for (std::uint64_t number = 0; number < 1'000'000; ++number) REQUIRE(table.take(key(number), kLimit, 0).granted);
}

TEST_CASE("W15: a flood of other keys gives nobody fresh quota") {
  WindowTable table(std::size_t{1} << 12, 36'000);
  constexpr std::uint32_t kLimit = 100;
  for (std::uint32_t i = 0; i < kLimit; ++i) REQUIRE(table.take(key(0), kLimit, 0).granted);
  CHECK_FALSE(table.take(key(0), kLimit, 0).granted);
  // Fifty times as many keys as there are places: newcomers push out each other.
  for (std::uint64_t number = 1; number < 50 * 4096; ++number) {
    table.take(key(number), kLimit, 1);
    if (number % 1000 == 0) CHECK_FALSE(table.take(key(0), kLimit, 1).granted);
  }
  CHECK_FALSE(table.take(key(0), kLimit, 35'999).granted);
  CHECK(table.take(key(0), kLimit, 36'001).granted);
}

TEST_CASE("W15: what the keys of a table get together in a window is bounded by its places") {
  WindowTable table(8, 36'000);
  constexpr std::uint32_t kLimit = 10;
  std::uint32_t granted = 0;
  for (int round = 0; round < 1000; ++round) {
    for (std::uint64_t number = 0; number < 64; ++number) granted += table.take(key(number), kLimit, 5).granted ? 1 : 0;
  }
  CHECK(granted == 8 * kLimit);
}

TEST_CASE("W15: a window that is over gives its place to whoever comes") {
  WindowTable table(8, 100);
  for (std::uint64_t number = 0; number < 8; ++number) {
    for (int i = 0; i < 5; ++i) table.take(key(number), 5, 0);
  }
  const auto late = table.take(key(99), 5, 100);
  CHECK(late.granted);
  CHECK(late.used == 1);
  CHECK(late.began == 100);
}

}  // namespace
}  // namespace metadata::server
