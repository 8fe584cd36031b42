#ifndef METADATA_LIB_BASE_CLOCK_H
#define METADATA_LIB_BASE_CLOCK_H

#include <cstdint>

#include "metadata/host.h"

namespace metadata::base {

/// The machine's wall clock. Safe for use from many threads.
class SystemClock final : public Clock {
 public:
  std::int64_t now_ms() override;
};

/// The one system clock of the process, for a host that brings none of its own.
Clock& system_clock();

/// Milliseconds from an arbitrary start that never go backwards: for durations and deadlines, not for dates.
std::int64_t steady_ms();

}  // namespace metadata::base

#endif  // METADATA_LIB_BASE_CLOCK_H
