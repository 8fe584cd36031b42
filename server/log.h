#ifndef METADATA_SERVER_LOG_H
#define METADATA_SERVER_LOG_H

#include <cstdint>
#include <string>
#include <string_view>

#include "metadata/error.h"
#include "metadata/host.h"

namespace metadata::server {

/// One request as its log line shows it.
struct AccessLine {
  std::string_view id;
  std::string_view method;
  std::string_view target;
  std::string_view peer;
  std::string_view principal;
  int status = 0;
  std::int64_t micros = 0;
  std::string_view error;  ///< what the answer does not tell the client
};

/// The server's log: one JSON object a line on standard error. Safe for use from many threads.
class Log final : public LogSink {
 public:
  Log(LogLevel level, bool all_requests) : level_(level), all_requests_(all_requests) {}

  void write(LogLevel level, std::string_view message) override;
  /// Failed requests always, the others when all requests are wanted. A GET that finds nothing has not failed: clients
  /// look before they write.
  void request(const AccessLine& line);
  bool wants_request(std::string_view method, int status) const {
    return all_requests_ || (status >= 400 && !(method == "GET" && status == 404));
  }

 private:
  const LogLevel level_;
  const bool all_requests_;
};

/// InvalidArgument for a word that is no level.
Result<LogLevel> log_level(std::string_view word);

}  // namespace metadata::server

#endif  // METADATA_SERVER_LOG_H
