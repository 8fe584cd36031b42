#include "commands.h"

#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "app.h"
#include "exit_codes.h"
#include "metadata/version.h"
#include "seed/files.h"
#include "seed/seed.h"

namespace metadata::server {
namespace {

int fail(int exit_code, std::string_view message) {
  fmt::print(stderr, "metadata-server: {}\n", message);
  return exit_code;
}

/// Turns the echo of a terminal off while it lives.
class NoEcho {
 public:
  NoEcho() {
    if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    changed_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
  }
  ~NoEcho() {
    if (changed_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;

 private:
  termios before_{};
  bool changed_ = false;
};

std::string read_hidden(const char* prompt) {
  fmt::print(stderr, "{}", prompt);
  std::string line;
  {
    const NoEcho quiet;
    std::getline(std::cin, line);
  }
  fmt::print(stderr, "\n");
  return line;
}

/// From the terminal, twice; else one line of standard input. Empty: one is to be generated.
Result<std::string> ask_password(const Config& config) {
  if (config.generate) return std::string();
  if (::isatty(STDIN_FILENO) == 0) {
    std::string line;
    std::getline(std::cin, line);
    return line;
  }
  const std::string first = read_hidden("New password (empty: generate one): ");
  if (first.empty()) return first;
  if (read_hidden("The same again: ") != first) return invalid_argument("the two passwords differ");
  return first;
}

/// The catalog of a directory that must be there already.
Result<std::unique_ptr<Catalog>> open_existing(const Config& config, Log& log) {
  if (!file_exists(config.data)) return not_found("there is no directory " + config.data);
  return open_catalog(config, log);
}

int fail_open(const Error& error) {
  if (error.code() == Code::NotFound) return fail(kExitNoInput, error.message());
  return fail(exit_code_of_open(error), error.message());
}

/// What check() found, and the exit code that says so.
int tell(const std::vector<CheckFinding>& findings, const Config& config) {
  for (const CheckFinding& finding : findings) fmt::print("{}: {}\n", finding.rule, finding.text);
  if (!findings.empty()) return fail(kExitBroken, fmt::format("{} findings in {}", findings.size(), config.data));
  fmt::print("{} is whole\n", config.data);
  return kExitOk;
}

int repair(const Config& config, Log& log) {
  if (!file_exists(config.data)) return fail(kExitNoInput, "there is no directory " + config.data);
  const auto report = Catalog::repair(catalog_options(config, log));
  if (report.error().code() == Code::AlreadyExists) {
    return fail(kExitUsage,
                fmt::format("{}: it is of an earlier repair; move it away, or remove it", report.error().message()));
  }
  if (!report.ok()) return fail_open(report.error());
  for (const CheckFinding& finding : report->mended) fmt::print("mended {}: {}\n", finding.rule, finding.text);
  if (!report->copy.empty()) fmt::print("the database as it was is {}\n", report->copy);
  return tell(report->left, config);
}

}  // namespace

int print_token(const Config& config) {
  const auto path = token_path(config, config.subject);
  if (!path.ok()) return fail(kExitUsage, path.error().message());
  const auto token = read_file(*path);
  if (token.ok()) {
    fmt::print("{}", *token);
    return kExitOk;
  }
  if (token.error().code() == Code::PermissionDenied) return fail(kExitPermission, token.error().message());
  return fail(kExitNoInput, fmt::format("there is no token of '{}' in {}: the first start of the server writes it "
                                        "(is --data right?)",
                                        config.subject, config.data));
}

int set_password(const Config& config) {
  const std::string user = config.subject.empty() ? config.admin_name() : config.subject;
  Log log(config.log_level, false);
  const auto catalog = open_existing(config, log);
  if (!catalog.ok()) return fail_open(catalog.error());
  const auto asked = ask_password(config);
  if (!asked.ok()) return fail(kExitUsage, asked.error().message());
  const std::string password = asked->empty() ? Access::generate_password() : *asked;
  const Error failed = (*catalog)->access().set_password(user, password);
  if (failed.code() == Code::NotFound) return fail(kExitNoInput, failed.message());
  if (!failed.ok()) return fail(kExitUsage, failed.message());
  if (asked->empty()) {
    fmt::print("{}\n", password);
  } else {
    fmt::print(stderr, "The password of {} is set.\n", user);
  }
  return kExitOk;
}

int check(const Config& config) {
  Log log(config.log_level, false);
  if (config.repair) return repair(config, log);
  const auto catalog = open_existing(config, log);
  if (!catalog.ok()) return fail_open(catalog.error());
  const auto findings = (*catalog)->check();
  if (!findings.ok()) return fail(kExitData, findings.error().message());
  return tell(*findings, config);
}

int reindex(const Config& config) {
  Log log(config.log_level, false);
  const auto catalog = open_existing(config, log);
  if (!catalog.ok()) return fail_open(catalog.error());
  if (const Error failed = (*catalog)->search().rebuild(); !failed.ok())
    return fail(exit_code_of_open(failed), failed.message());
  fmt::print("The search index of {} was built anew: {} entities\n", config.data,
             (*catalog)->search().status().documents);
  return kExitOk;
}

int rotate_keys(const Config& config) {
  Log log(config.log_level, false);
  const auto catalog = open_existing(config, log);
  if (!catalog.ok()) return fail_open(catalog.error());
  const OldTokens old = config.refuse_old ? OldTokens::Refuse : OldTokens::Keep;
  if (const Error failed = (*catalog)->access().rotate_signing_key(old); !failed.ok()) {
    if (failed.code() != Code::PreconditionFailed) return fail(exit_code_of_open(failed), failed.message());
    return fail(kExitUsage, fmt::format("{} (--refuse-old)", failed.message()));
  }
  if (!config.refuse_old) {
    fmt::print("Tokens are signed with a new key; those so far stay good until they expire.\n");
    return kExitOk;
  }
  if (const Error failed = renew_token(**catalog, config); !failed.ok())
    return fail(exit_code_of_open(failed), failed.message());
  fmt::print("Tokens are signed with a new key; all tokens so far are refused. The ingestion bot has a new one.\n");
  return kExitOk;
}

int print_version() {
  fmt::print("metadata-server {}\n", METADATA_VERSION);
  return kExitOk;
}

}  // namespace metadata::server
