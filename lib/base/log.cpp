#include "base/log.h"

namespace metadata::base {

void Log::write(LogLevel level, std::string_view message) const {
  if (sink_ != nullptr) sink_->write(level, message);
}

}  // namespace metadata::base
