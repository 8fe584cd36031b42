#ifndef METADATA_SERVER_HTTP_TICKS_H
#define METADATA_SERVER_HTTP_TICKS_H

#include <time.h>

#include <chrono>
#include <cstdint>
#include <limits>

namespace metadata::server {

/// Milliseconds of the monotonic clock: what deadlines are written in.
using Ticks = std::int64_t;

inline constexpr Ticks kNever = std::numeric_limits<Ticks>::max();

/// Now, to within a few milliseconds: the coarse clock costs a tenth of the exact one, and is read for every request.
inline Ticks ticks_now() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return Ticks{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

inline Ticks ticks(std::chrono::milliseconds span) { return span.count(); }

}  // namespace metadata::server

#endif  // METADATA_SERVER_HTTP_TICKS_H
