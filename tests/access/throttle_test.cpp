#include "access/throttle.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace metadata;
using namespace metadata::access;

namespace {

void fail_times(Throttle& throttle, int times, std::int64_t now_ms) {
  for (int i = 0; i < times; ++i) throttle.fail("ann", now_ms);
}

}  // namespace

TEST_CASE(
    "A8: five failures hold an account back for a minute, and each further one for twice as long, up to an hour") {
  Throttle throttle;
  fail_times(throttle, 4, 1000);
  CHECK(throttle.check("ann", 6000).ok());
  std::int64_t now = 7000;
  std::int64_t hold = Throttle::kMinuteMs;
  for (int i = 0; i < 9; ++i) {
    throttle.fail("ann", now);
    CHECK(throttle.check("ann", now).code() == Code::RateLimited);
    CHECK(throttle.check("ann", now + hold - 1).code() == Code::RateLimited);
    CHECK(throttle.check("ann", now + hold).ok());
    now += hold;
    hold = std::min(2 * hold, 60 * Throttle::kMinuteMs);
  }
  CHECK(hold == 60 * Throttle::kMinuteMs);
}

TEST_CASE("A8: somebody who guesses whenever he may has 10 guesses a minute at most, and 40 a day") {
  Throttle throttle;
  int day = 0;
  for (std::int64_t minute = 0; minute < 24 * 60; ++minute) {
    int guesses = 0;
    for (std::int64_t at = minute * Throttle::kMinuteMs; at < (minute + 1) * Throttle::kMinuteMs; at += 500) {
      if (!throttle.check("ann", at).ok()) continue;
      throttle.fail("ann", at);
      ++guesses;
    }
    REQUIRE(guesses <= 10);
    day += guesses;
  }
  CHECK(day <= 40);
}

TEST_CASE("other accounts are not held back, and a success forgets the failures") {
  Throttle throttle;
  fail_times(throttle, 5, 0);
  CHECK(throttle.check("bob", 0).ok());
  throttle.clear("ann");
  CHECK(throttle.check("ann", 0).ok());
}

TEST_CASE("failures of a window that is over do not count in the next, unless the account is still held back") {
  Throttle throttle;
  const std::int64_t day = Throttle::kAccount.window_ms;
  fail_times(throttle, 4, 0);
  throttle.fail("ann", day);
  CHECK(throttle.check("ann", day).ok());
  fail_times(throttle, 4, 2 * day - 1);
  CHECK(throttle.check("ann", 2 * day).code() == Code::RateLimited);
  CHECK(throttle.check("ann", 2 * day - 1 + Throttle::kMinuteMs).ok());
}

TEST_CASE("an account is forgotten only when more fail after it than there is room for") {
  Throttle throttle;
  fail_times(throttle, 5, 0);
  for (std::size_t i = 1; i < Throttle::kMaxAccounts; ++i) throttle.fail("other " + std::to_string(i), 0);
  CHECK(throttle.check("ann", 0).code() == Code::RateLimited);
  for (std::size_t i = 0; i < Throttle::kMaxAccounts; ++i) throttle.fail("more " + std::to_string(i), 0);
  CHECK(throttle.check("ann", 0).ok());
}
