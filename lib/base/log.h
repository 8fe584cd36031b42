#ifndef METADATA_LIB_BASE_LOG_H
#define METADATA_LIB_BASE_LOG_H

#include <string_view>

#include "metadata/host.h"

namespace metadata::base {

/// The host's log, or none: then messages are dropped. Cheap to copy. Safe for use from many threads.
class Log {
 public:
  Log() = default;
  /// `sink` may be null. Not owned; must outlive the log and its copies.
  explicit Log(LogSink* sink) : sink_(sink) {}

  void debug(std::string_view message) const { write(LogLevel::Debug, message); }
  void info(std::string_view message) const { write(LogLevel::Info, message); }
  void warning(std::string_view message) const { write(LogLevel::Warning, message); }
  void error(std::string_view message) const { write(LogLevel::Error, message); }

  void write(LogLevel level, std::string_view message) const;

 private:
  LogSink* sink_ = nullptr;
};

}  // namespace metadata::base

#endif  // METADATA_LIB_BASE_LOG_H
