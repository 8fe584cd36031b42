// metadata-server: libmetadata behind the OpenMetadata REST API.

#include <fmt/format.h>
#include <pthread.h>

#include <cstddef>
#include <cstdio>
#include <exception>

#include "app.h"
#include "commands.h"
#include "config.h"
#include "exit_codes.h"

namespace {

using metadata::server::Config;

// Of every thread that is started from here on. The system's default follows `ulimit -s` (and is 128 KB with musl).
constexpr std::size_t kThreadStackBytes = std::size_t{2} << 20;

void fix_thread_stacks() {
#if defined(__linux__)
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kThreadStackBytes);
  pthread_setattr_default_np(&attributes);
  pthread_attr_destroy(&attributes);
#endif
}

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
    case Config::Command::Reindex:
      return reindex(config);
    case Config::Command::Backup:
      return back_up(config);
    case Config::Command::Verify:
      return verify(config);
    case Config::Command::Restore:
      return restore(config);
    case Config::Command::RotateKeys:
      return rotate_keys(config);
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
    fix_thread_stacks();
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
