#include "base/log.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace metadata;
using namespace metadata::base;

namespace {

class Recorder final : public LogSink {
 public:
  void write(LogLevel level, std::string_view message) override { lines.emplace_back(level, message); }
  std::vector<std::pair<LogLevel, std::string>> lines;
};

}  // namespace

TEST_CASE("messages reach the sink with their level") {
  Recorder recorder;
  const Log log(&recorder);
  log.debug("a");
  log.info("b");
  log.warning("c");
  log.error("d");
  using Line = std::pair<LogLevel, std::string>;
  CHECK(recorder.lines ==
        std::vector<Line>{
            {LogLevel::Debug, "a"}, {LogLevel::Info, "b"}, {LogLevel::Warning, "c"}, {LogLevel::Error, "d"}});
}

TEST_CASE("without a sink messages are dropped") {
  Log().error("nobody hears");
  Log(nullptr).info("nor this");
}
