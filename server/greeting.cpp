#include "greeting.h"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <system_error>

namespace metadata::server {
namespace {

std::string absolute(const std::string& path) {
  std::error_code failed;
  const auto full = std::filesystem::weakly_canonical(path, failed);
  return failed ? path : full.string();
}

std::string this_program() {
  std::error_code failed;
  const auto path = std::filesystem::read_symlink("/proc/self/exe", failed);
  return failed ? "metadata-server" : path.string();
}

bool is_loopback(const std::string& host) { return host.starts_with("127.") || host == "::1" || host == "localhost"; }
bool is_any(const std::string& host) { return host == "0.0.0.0" || host == "::"; }

/// A name under which this machine reaches the server.
std::string reachable_host(const Config& config) {
  if (config.hosts.empty() || is_any(config.hosts.front())) return "localhost";
  const std::string& host = config.hosts.front();
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

bool beyond_loopback(const Config& config) {
  for (const std::string& host : config.hosts) {
    if (!is_loopback(host)) return true;
  }
  return false;
}

}  // namespace

std::string shell_word(const std::string& word) {
  static constexpr char kPlain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-+:=@,";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string out = "'";
  for (const char c : word) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out.push_back(c);
    }
  }
  return out + "'";
}

void greet_password(const Config& config, const std::string& password) {
  fmt::print("Admin: {}  password: {}  (shown this once)\n", config.admin_email, password);
  std::fflush(stdout);
}

void greet(const Config& config, const Transport& transport, const std::string& password) {
  const bool secure = !config.transport.tls_certificate.empty();
  const std::string api =
      fmt::format("{}://{}:{}/api", secure ? "https" : "http", reachable_host(config), transport.port());
  const std::string program = shell_word(this_program());
  const std::string data = shell_word(absolute(config.data));
  fmt::print("metadata-server listens at {} ({})\n", api, fmt::join(transport.addresses(), ", "));
  if (!password.empty()) {
    greet_password(config, password);
  } else {
    fmt::print(
        "Admin: {}  password: set at the first start; to set another, stop the server and run\n"
        "  {} passwd --data {}\n",
        config.admin_email, program, data);
  }
  fmt::print("Try:\n  curl -H \"Authorization: Bearer $({} token ingestion-bot --data {})\" {}/v1/tables\n", program,
             data, api);
  if (beyond_loopback(config) && !secure) {
    fmt::print(
        "Warning: this address is reachable from other machines and the connection is not encrypted; give a certificate"
        " (--tls-cert, --tls-key) or put a TLS proxy in front.\n");
  }
  std::fflush(stdout);
}

}  // namespace metadata::server
