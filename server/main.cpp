// metadata-server: libmetadata behind the OpenMetadata REST API.

#include <fmt/format.h>

#include <cstdio>
#include <exception>

#include "app.h"
#include "commands.h"
#include "config.h"
#include "exit_codes.h"

namespace {

using metadata::server::Config;

int run(const Config& config) {
  using namespace metadata::server;
  switch (config.command) {
    case Config::Command::Serve:
      return serve(config);
    case Config::Command::Token:
      return print_token(config);
    case Config::Command::Passwd:
      return set_password(config);
    case Config::Command::Check:
      return check(config);
    case Config::Command::Backup:
      return back_up(config);
    case Config::Command::Verify:
      return verify(config);
    case Config::Command::Restore:
      return restore(config);
    case Config::Command::Version:
      return print_version();
    case Config::Command::None:
      break;
  }
  return kExitUsage;
}

}  // namespace

int main(int argc, char** argv) {
  // What is thrown this far is out of memory or a fault of ours; it gets a line and an exit code like all else.
  try {
    const auto read = metadata::server::read_config(argc, argv);
    if (read.done) {
      fmt::print(read.exit_code == 0 ? stdout : stderr, "{}", read.text);
      return read.exit_code;
    }
    return run(read.config);
  } catch (const std::exception& error) {
    fmt::print(stderr, "metadata-server: {}\n", error.what());
    return metadata::server::kExitInternal;
  }
}
