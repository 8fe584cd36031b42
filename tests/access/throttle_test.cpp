#include "access/throttle.h"

#include <doctest/doctest.h>

#include <string>

using namespace metadata;
using namespace metadata::access;

namespace {

void fail_times(Throttle& throttle, int times, std::int64_t now_ms) {
  for (int i = 0; i < times; ++i) throttle.fail("ann", now_ms);
}

}  // namespace

TEST_CASE("five failures hold an account back until ten minutes after the first") {
  Throttle throttle;
  throttle.fail("ann", 1000);
  fail_times(throttle, 3, 5000);
  CHECK(throttle.check("ann", 6000).ok());
  throttle.fail("ann", 7000);
  CHECK(throttle.check("ann", 7000).code() == Code::RateLimited);
  CHECK(throttle.check("ann", 1000 + Throttle::kWindowMs - 1).code() == Code::RateLimited);
  CHECK(throttle.check("ann", 1000 + Throttle::kWindowMs).ok());
}

TEST_CASE("other accounts are not held back, and a success forgets the failures") {
  Throttle throttle;
  fail_times(throttle, 5, 0);
  CHECK(throttle.check("bob", 0).ok());
  throttle.clear("ann");
  CHECK(throttle.check("ann", 0).ok());
}

TEST_CASE("failures of a window that has passed do not count in the next") {
  Throttle throttle;
  fail_times(throttle, 4, 0);
  throttle.fail("ann", Throttle::kWindowMs);
  CHECK(throttle.check("ann", Throttle::kWindowMs).ok());
  fail_times(throttle, 4, Throttle::kWindowMs);
  CHECK(throttle.check("ann", Throttle::kWindowMs).code() == Code::RateLimited);
}

TEST_CASE("an account is forgotten only when more fail after it than there is room for") {
  Throttle throttle;
  fail_times(throttle, 5, 0);
  for (std::size_t i = 1; i < Throttle::kMaxAccounts; ++i) throttle.fail("other " + std::to_string(i), 0);
  CHECK(throttle.check("ann", 0).code() == Code::RateLimited);
  for (std::size_t i = 0; i < Throttle::kMaxAccounts; ++i) throttle.fail("more " + std::to_string(i), 0);
  CHECK(throttle.check("ann", 0).ok());
}
