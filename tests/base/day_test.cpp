#include "base/day.h"

#include <doctest/doctest.h>

using namespace metadata::base;

TEST_CASE("a day is read as it is written, and nothing else is") {
  CHECK(day_text(0) == "1970-01-01");
  CHECK(day_text(kDayMs - 1) == "1970-01-01");
  CHECK(day_text(-1) == "1969-12-31");
  CHECK(day_of(kDayMs + 5) == kDayMs);
  CHECK(day_of(-1) == -kDayMs);
  for (const char* day : {"1970-01-01", "2000-02-29", "2024-01-31", "2038-01-19", "9999-12-31"}) {
    const auto at = parse_day(day);
    REQUIRE(at.has_value());
    CHECK(day_of(*at) == *at);
    CHECK(day_text(*at) == day);
    CHECK(day_text(*at + kDayMs - 1) == day);
  }
  for (const char* none : {"", "2024-1-31", "2024-01-32", "2023-02-29", "2024-13-01", "2024-00-10", "2024/01/31",
                           "1969-12-31", "+024-01-31", "2024-01-31 ", "20240131", "abcd-ef-gh"})
    CHECK_FALSE(parse_day(none).has_value());
}
