#ifndef METADATA_HOST_H
#define METADATA_HOST_H

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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

/// One HTTP POST that the catalog wants sent.
struct PostRequest {
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::chrono::milliseconds timeout{10'000};  ///< for the whole of it
};

/// What came of it.
struct PostResult {
  int status = 0;                            ///< of the answer; 0 when there was none
  std::string error;                         ///< why there was none, for people
  std::chrono::milliseconds retry_after{0};  ///< what the answer's Retry-After asks for; 0: nothing
};

/// Sends requests for the catalog, which opens no socket itself. Implementations must be safe for use from many
/// threads, must not block in post(), follow no redirect, and decide which addresses may be connected to.
class METADATA_API Poster {
 public:
  using Done = std::function<void(PostResult)>;
  virtual ~Poster() = default;
  /// Calls `done` exactly once, from any thread, also after the catalog has gone.
  virtual void post(PostRequest request, Done done) = 0;
};

}  // namespace metadata

#endif  // METADATA_HOST_H
