#include "base/clock.h"

#include <chrono>

namespace metadata::base {
namespace {

template <class TimePoint>
std::int64_t to_ms(TimePoint point) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(point.time_since_epoch()).count();
}

}  // namespace

std::int64_t SystemClock::now_ms() { return to_ms(std::chrono::system_clock::now()); }

Clock& system_clock() {
  static SystemClock clock;
  return clock;
}

std::int64_t steady_ms() { return to_ms(std::chrono::steady_clock::now()); }

}  // namespace metadata::base

std::int64_t metadata::Clock::steady_ms() { return base::steady_ms(); }
