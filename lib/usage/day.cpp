#include "usage/day.h"

#include <chrono>

#include "model/formats.h"

namespace metadata::usage {
namespace {

/// The number that so many digits say; -1 when there is something else among them.
int number_of(std::string_view digits) {
  int number = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return -1;
    number = number * 10 + (c - '0');
  }
  return number;
}

}  // namespace

Result<std::int64_t> parse_day(std::string_view text) {
  using namespace std::chrono;
  const bool formed = text.size() == 10 && text[4] == '-' && text[7] == '-';
  const int y = formed ? number_of(text.substr(0, 4)) : -1;
  const int m = formed ? number_of(text.substr(5, 2)) : -1;
  const int d = formed ? number_of(text.substr(8, 2)) : -1;
  const year_month_day date{year(y), month(static_cast<unsigned>(m)), day(static_cast<unsigned>(d))};
  if (y < 1970 || m < 0 || d < 0 || !date.ok())
    return invalid_argument("date must be a day as 2024-01-31, not " + model::shown(text), "date");
  return duration_cast<milliseconds>(sys_days(date).time_since_epoch()).count();
}

std::string day_text(std::int64_t ms) {
  using namespace std::chrono;
  const year_month_day date{floor<days>(sys_time<milliseconds>(milliseconds(ms)))};
  const auto two = [](unsigned number) { return (number < 10 ? "0" : "") + std::to_string(number); };
  return std::to_string(static_cast<int>(date.year())) + "-" + two(static_cast<unsigned>(date.month())) + "-" +
         two(static_cast<unsigned>(date.day()));
}

}  // namespace metadata::usage
