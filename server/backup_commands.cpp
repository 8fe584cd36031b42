// backup, verify and restore: what the command line says, and one call of the library each.

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "commands.h"
#include "exit_codes.h"
#include "metadata/backup.h"

namespace metadata::server {
namespace {

std::atomic<bool> stop_asked = false;
static_assert(std::atomic<bool>::is_always_lock_free);

/// Lets SIGINT and SIGTERM end the work in hand cleanly, without leaving a half-written file.
void stop_on_signals() {
  const auto stop = [](int) { stop_asked = true; };
  std::signal(SIGINT, stop);
  std::signal(SIGTERM, stop);
}

int exit_code_of(const Error& error) {
  switch (error.code()) {
    case Code::InvalidArgument:
    case Code::AlreadyExists:
      return kExitUsage;
    case Code::Corrupt:
    case Code::TooLarge:
      return kExitData;
    case Code::NotFound:
      return kExitNoInput;
    case Code::Unavailable:
      return kExitDisk;
    case Code::PermissionDenied:
      return kExitPermission;
    default:
      return kExitInternal;
  }
}

int fail(const Error& error) {
  fmt::print(stderr, "metadata-server: {}\n", error.message());
  return exit_code_of(error);
}

void tell(std::string_view file, std::string_view what, const BackupInfo& info) {
  std::uint64_t bytes = 0;
  for (const auto& one : info.files) bytes += one.size;
  fmt::print("{}: {}: {} files, {} bytes, format {}, up to change {}{}\n", file, what, info.files.size(), bytes,
             info.format, info.last_seq, info.left_out.empty() ? "" : ", without keys");
}

/// The server's own files in the directory: that the start-up data was put in, and, with the keys, the bots' tokens.
std::vector<std::string> own_files(const Config& config) {
  std::vector<std::string> names;
  std::error_code failed;
  if (std::filesystem::is_regular_file(config.data + "/seeded", failed)) names.emplace_back("seeded");
  if (config.without_keys) return names;
  for (const auto& entry : std::filesystem::directory_iterator(config.data + "/tokens", failed)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".jwt") && entry.is_regular_file(failed)) names.push_back("tokens/" + name);
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace

int back_up(const Config& config) {
  stop_on_signals();
  BackupOptions options;
  options.keys = !config.without_keys;
  options.replace = config.force;
  options.also = own_files(config);
  options.cancel = &stop_asked;
  const auto made = metadata::back_up(config.data, config.file, options);
  if (!made.ok()) return fail(made.error());
  tell(config.file, "backed up", *made);
  return kExitOk;
}

int verify(const Config& config) {
  stop_on_signals();
  const auto read = verify_backup(config.file, &stop_asked);
  if (!read.ok()) return fail(read.error());
  tell(config.file, "whole", *read);
  return kExitOk;
}

int restore(const Config& config) {
  stop_on_signals();
  const auto read = restore_backup(config.file, config.data, {config.keys, &stop_asked});
  if (!read.ok()) return fail(read.error());
  BackupInfo whole = *read;
  whole.left_out.clear();  // they were brought from elsewhere
  tell(config.data, "restored", whole);
  return kExitOk;
}

}  // namespace metadata::server
