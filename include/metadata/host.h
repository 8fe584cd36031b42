#ifndef METADATA_HOST_H
#define METADATA_HOST_H

#include <cstdint>
#include <string_view>

#include "metadata/export.h"
#include "metadata/ids.h"

namespace metadata {

/// Where the catalog takes the time from. Implementations must be safe for use from many threads.
class METADATA_API Clock {
 public:
  virtual ~Clock() = default;
  /// Milliseconds since 1970-01-01T00:00:00Z.
  virtual std::int64_t now_ms() = 0;
  /// Milliseconds from an arbitrary start that never go backwards, whatever is done to the date: durations are measured
  /// with it. Without an override it is the machine's.
  virtual std::int64_t steady_ms();
};

/// Where new identities come from. Implementations must be safe for use from many threads and must not repeat
/// themselves.
class METADATA_API IdSource {
 public:
  virtual ~IdSource() = default;
  virtual EntityId next() = 0;
};

enum class LogLevel { Debug, Info, Warning, Error };

/// Where the catalog says what an operator should know. Implementations must be safe for use from many threads.
class METADATA_API LogSink {
 public:
  virtual ~LogSink() = default;
  virtual void write(LogLevel level, std::string_view message) = 0;
};

}  // namespace metadata

#endif  // METADATA_HOST_H
