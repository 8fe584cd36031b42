#include "config.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cmath>

#include "exit_codes.h"
#include "http/url.h"
#include "log.h"

namespace metadata::server {
namespace {

constexpr char kFooter[] =
    "Options may stand before or after the command, in METADATA_<NAME> variables, and in a TOML file (--config),\n"
    "as in  port = 8585 . Flags win over the environment, the environment over the file.\n"
    "Exit codes: 0 done, 1 check found damage, 64 usage, 65 damaged directory or one of another version,\n"
    "66 no such token, user, backup or directory, 69 port in use, 70 internal fault, 74 disk full or failing,\n"
    "75 directory in use, 77 no permission or a read-only file system.";

constexpr double kMaxSeconds = 86400;

void add_transport_options(CLI::App& app, TransportOptions& transport) {
  const auto number = [&app](const char* flag, const char* env, std::size_t& value, double least, double most,
                             const char* text) {
    app.add_option(flag, value, text)
        ->envname(env)
        ->capture_default_str()
        ->check(CLI::Range(least, most))
        ->group("Connections");
  };
  const auto seconds = [&app](const char* flag, const char* env, std::chrono::milliseconds& value, double least,
                              const char* text) {
    const auto set = [flag, least, &value](double given) {
      // Said so that "nan" is no number of seconds either.
      if (!(given >= least && given <= kMaxSeconds)) {
        throw CLI::ValidationError(flag, fmt::format("{} is not between {} and {} seconds", given, least, kMaxSeconds));
      }
      value = std::chrono::milliseconds(static_cast<long long>(given * 1000));
    };
    app.add_option_function<double>(flag, set, text)
        ->envname(env)
        ->default_str(fmt::format("{:g}", static_cast<double>(value.count()) / 1000))
        ->group("Connections");
  };
  app.add_option("--tls-cert", transport.tls_certificate,
                 "PEM file: the certificate with its chain; SIGHUP reads it again")
      ->envname("METADATA_TLS_CERT")
      ->group("Connections");
  app.add_option("--tls-key", transport.tls_key, "PEM file: the certificate's key")
      ->envname("METADATA_TLS_KEY")
      ->group("Connections");
  app.add_option("--tls-client-ca", transport.tls_client_ca,
                 "PEM file: clients must show a certificate of one of these")
      ->envname("METADATA_TLS_CLIENT_CA")
      ->group("Connections");
  number("--max-connections", "METADATA_MAX_CONNECTIONS", transport.max_connections, 1, 1e6,
         "Open connections; fewer where the system's descriptor limit is lower");
  number("--max-connections-per-address", "METADATA_MAX_CONNECTIONS_PER_ADDRESS", transport.max_connections_per_address,
         1, 1e6, "The same for one address that is not loopback");
  number("--memory-budget", "METADATA_MEMORY_BUDGET", transport.memory_budget_bytes, 1 << 20, 1e12,
         "Bytes of bodies and answers under way, all connections together");
  number("--io-threads", "METADATA_IO_THREADS", transport.io_threads, 0, 256,
         "Threads that serve reads; 0: one a core");
  number("--blocking-threads", "METADATA_BLOCKING_THREADS", transport.blocking_threads, 1, 1024,
         "Writes and log-ins that run at once");
  number("--min-body-rate", "METADATA_MIN_BODY_RATE", transport.min_body_rate, 1, 1e9,
         "Bytes a second that a body must come with");
  seconds("--header-timeout", "METADATA_HEADER_TIMEOUT", transport.header_timeout, 0.1, "Seconds for a request's head");
  seconds("--handshake-timeout", "METADATA_HANDSHAKE_TIMEOUT", transport.handshake_timeout, 0.1,
          "Seconds for a TLS handshake");
  seconds("--body-grace", "METADATA_BODY_GRACE", transport.body_grace, 0.1, "Seconds before a body's rate counts");
  seconds("--body-silence", "METADATA_BODY_SILENCE", transport.body_silence, 0.1, "The longest pause within a body");
  seconds("--write-timeout", "METADATA_WRITE_TIMEOUT", transport.write_timeout, 0.1,
          "Seconds for a client to take the next 64 KiB of an answer");
  seconds("--idle-timeout", "METADATA_IDLE_TIMEOUT", transport.idle_timeout, 0.1, "Seconds between two requests");
  seconds("--drain-timeout", "METADATA_DRAIN_TIMEOUT", transport.drain_timeout, 0,
          "Seconds for requests under way when the server ends");
}

/// Words that are checked after parsing, because their meaning is not CLI11's.
struct Words {
  std::string dialect = "auto";
  std::string log_level = "info";
  std::string sync = "full";
  double request_timeout_s = 30;
};

void add_options(CLI::App& app, Config& config, Words& words) {
  app.add_option("--data", config.data, "Directory of the catalog; made when missing")
      ->envname("METADATA_DATA")
      ->capture_default_str();
  app.add_option("--port", config.port, "Port to listen on; 0 takes a free one")
      ->envname("METADATA_PORT")
      ->capture_default_str()
      ->check(CLI::Range(0, 65535));
  app.add_option("--host", config.hosts,
                 "Address to listen on, may be given more than once (default: loopback, v4 and v6)")
      ->envname("METADATA_HOST")
      ->delimiter(',');
  app.add_option("--public-url", config.public_url, "Where clients find the API, for links: https://name/api")
      ->envname("METADATA_PUBLIC_URL");
  app.add_option("--dialect", words.dialect, "Spellings of answers: auto, guide or openmetadata")
      ->envname("METADATA_DIALECT")
      ->capture_default_str();
  app.add_option("--admin-email", config.admin_email, "E-mail of the admin that the first start makes")
      ->envname("METADATA_ADMIN_EMAIL")
      ->capture_default_str();
  app.add_option("--admin-password", config.admin_password,
                 "The admin's first password; better given as METADATA_ADMIN_PASSWORD (default: generated, shown once)")
      ->envname("METADATA_ADMIN_PASSWORD");
  app.add_option("--log-level", words.log_level, "debug, info, warning or error")
      ->envname("METADATA_LOG_LEVEL")
      ->capture_default_str();
  app.add_flag("--access-log", config.access_log, "Log every request, not only those that fail")
      ->envname("METADATA_ACCESS_LOG");
  app.add_option("--max-body-bytes", config.max_body_bytes, "Largest request body")
      ->envname("METADATA_MAX_BODY_BYTES")
      ->capture_default_str()
      ->check(CLI::Range(1024, 1 << 30));
  app.add_option("--read-connections", config.read_connections, "Reads that run at once")
      ->envname("METADATA_READ_CONNECTIONS")
      ->capture_default_str()
      ->check(CLI::Range(1, 256));
  app.add_option("--request-timeout", words.request_timeout_s, "Seconds after which work on a request is given up: 503")
      ->envname("METADATA_REQUEST_TIMEOUT")
      ->capture_default_str()
      ->check(CLI::Range(0.01, 3600.0));
  app.add_option("--sync", words.sync, "full: a write that was answered survives a power cut; normal: a crash only")
      ->envname("METADATA_SYNC")
      ->capture_default_str();
  add_transport_options(app, config.transport);
  app.add_flag("--read-only", config.read_only,
               "Serve an existing directory without writing in it; writes are answered 503")
      ->envname("METADATA_READ_ONLY");
  app.set_config("--config", "", "TOML file with these options")->envname("METADATA_CONFIG");
}

void add_commands(CLI::App& app, Config& config) {
  using Command = Config::Command;
  const auto command = [&](const char* name, const char* text, Command which) {
    CLI::App* sub = app.add_subcommand(name, text);
    sub->fallthrough();
    sub->callback([&config, which] { config.command = which; });
    return sub;
  };
  command("serve", "Serve the catalog over HTTP", Command::Serve);
  command("token", "Print the token of a bot; works beside a running server", Command::Token)
      ->add_option("bot", config.subject, "Name of the bot")
      ->required();
  CLI::App* passwd = command("passwd", "Set a user's password; the server must not run", Command::Passwd);
  passwd->add_option("user", config.subject, "Name of the user (default: the admin)");
  passwd->add_flag("--generate", config.generate, "Make a password and print it, without asking");
  command("check", "Prove that what is stored is whole; lists what is not", Command::Check);
  CLI::App* backup =
      command("backup", "Write the catalog into one file; works beside a running server", Command::Backup);
  backup->add_option("file", config.file, "The file to write; it then holds the keys, so keep it safe")->required();
  backup->add_flag("--force", config.force, "Replace the file when it exists");
  backup->add_flag("--without-keys", config.without_keys, "Leave out keys and tokens: then a restore needs --keys");
  command("verify", "Prove that a backup is whole", Command::Verify)
      ->add_option("file", config.file, "The backup")
      ->required();
  CLI::App* restore =
      command("restore", "Make the directory --data, empty or missing, from a backup", Command::Restore);
  restore->add_option("file", config.file, "The backup")->required();
  restore->add_option("--keys", config.keys, "Directory with secret.key and jwt.pem, for a backup without keys");
  command("version", "Print the version", Command::Version);
  app.require_subcommand(0, 1);
}

/// "https://name/api": the API's own prefix may be left out, a slash at the end too.
Result<std::string> normal_public_url(std::string url) {
  if (url.empty()) return url;
  const bool http = url.starts_with("http://") || url.starts_with("https://");
  if (!http || url.size() > 1000 || url.find_first_of(" \"\\<>?#") != std::string::npos || !is_utf8(url)) {
    return invalid_argument("public URL must be like https://name/api, not '" + url + "'");
  }
  while (url.ends_with('/')) url.pop_back();
  return url.ends_with("/api") ? url : url + "/api";
}

Error finish(Config& config, const Words& words) {
  MD_LET(dialect, dialect_rule(words.dialect));
  MD_LET(level, log_level(words.log_level));
  MD_LET(url, normal_public_url(config.public_url));
  if (words.sync != "full" && words.sync != "normal") {
    return invalid_argument("sync must be full or normal, not '" + words.sync + "'");
  }
  const auto at = config.admin_email.find('@');
  if (at == 0 || at == std::string::npos || at + 1 == config.admin_email.size()) {
    return invalid_argument("admin e-mail must be like name@host, not '" + config.admin_email + "'");
  }
  if (config.transport.tls_certificate.empty() != config.transport.tls_key.empty()) {
    return invalid_argument("TLS needs both --tls-cert and --tls-key");
  }
  if (config.transport.tls_certificate.empty() && !config.transport.tls_client_ca.empty()) {
    return invalid_argument("--tls-client-ca needs --tls-cert and --tls-key");
  }
  if (config.data.empty()) return invalid_argument("the data directory has no name");
  config.dialect = dialect;
  config.log_level = level;
  config.public_url = url;
  config.durable = words.sync == "full";
  config.request_timeout = std::chrono::milliseconds(std::llround(words.request_timeout_s * 1000));
  return {};
}

}  // namespace

ConfigRead read_config(int argc, const char* const* argv) {
  ConfigRead read;
  Words words;
  CLI::App app("A metadata catalog that speaks the OpenMetadata REST API.", "metadata-server");
  app.footer(kFooter);
  app.allow_config_extras(false);
  add_options(app, read.config, words);
  add_commands(app, read.config);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success&) {
    read.done = true;
    read.text = app.help();
    return read;
  } catch (const CLI::Error& error) {
    read.done = true;
    read.exit_code = kExitUsage;
    read.text = fmt::format("metadata-server: {} (see metadata-server --help)\n", error.what());
    return read;
  }
  if (const Error wrong = finish(read.config, words); !wrong.ok()) {
    read.done = true;
    read.exit_code = kExitUsage;
    read.text = fmt::format("metadata-server: {}\n", wrong.message());
  } else if (read.config.command == Config::Command::None) {
    read.done = true;
    read.exit_code = kExitUsage;
    read.text = app.help();
  }
  return read;
}

}  // namespace metadata::server
