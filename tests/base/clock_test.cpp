#include "base/clock.h"

#include <doctest/doctest.h>

using namespace metadata::base;

TEST_CASE("the system clock counts milliseconds since 1970") {
  const auto now = system_clock().now_ms();
  CHECK(now > 1'700'000'000'000);
  CHECK(now < 4'000'000'000'000);
}

TEST_CASE("the steady clock does not go backwards") {
  const auto before = steady_ms();
  CHECK(steady_ms() >= before);
}
