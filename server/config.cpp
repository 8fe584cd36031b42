#include "config.h"

#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>
#include <CLI/CLI.hpp>

#include <cmath>
#include <cstdlib>
#include <optional>

#include "config_errors.h"
#include "exit_codes.h"
#include "guard/addresses.h"
#include "guard/cors.h"
#include "http/url.h"
#include "log.h"
#include "metadata/access.h"
#include "seed/files.h"

namespace metadata::server {
namespace {

constexpr char kFooter[] =
    "Options may stand before or after the command, in METADATA_<NAME> variables, and in a TOML file (--config),\n"
    "as in  port = 8585 . Flags win over the environment, the environment over the file.\n"
    "Exit codes: 0 done, 1 check found damage, 64 usage or configuration, 65 damaged directory or one of another\n"
    "version, 66 no such token, user, backup or directory, 69 port in use, 70 internal fault, 74 disk full or\n"
    "failing, 75 directory in use, 77 no permission or a read-only file system, 78 this machine cannot do what the\n"
    "configuration asks.";

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
  std::string admin_password_file;
  std::vector<std::string> rate_limits;
  double rate_window_s = 3600;
  std::vector<std::string> proxies, webhook_allow, quality_allow, outbound_ports;
  std::string oidc_config;
};

void add_webhook_options(CLI::App& app, Config& config, Words& words) {
  const auto seconds = [&app](const char* flag, const char* env, std::chrono::milliseconds& value, const char* text) {
    const auto set = [flag, &value](double given) {
      if (!(given >= 0.001 && given <= 30 * kMaxSeconds)) {
        throw CLI::ValidationError(flag,
                                   fmt::format("{} is not between 0.001 and {} seconds", given, 30 * kMaxSeconds));
      }
      value = std::chrono::milliseconds(static_cast<long long>(given * 1000));
    };
    app.add_option_function<double>(flag, set, text)
        ->envname(env)
        ->default_str(fmt::format("{:g}", static_cast<double>(value.count()) / 1000))
        ->group("Webhooks");
  };
  app.add_option(
         "--webhook-allow", words.webhook_allow,
         "Range of addresses (10.0.0.0/8) that webhooks may be posted to although it is not public, may be given "
         "more than once; loopback is allowed while the server listens on nothing else")
      ->envname("METADATA_WEBHOOK_ALLOW")
      ->delimiter(',')
      ->group("Webhooks");
  seconds("--webhook-first-retry", "METADATA_WEBHOOK_FIRST_RETRY", config.deliveries.first_retry,
          "Pause in seconds after the first failed delivery; doubled with each further one");
  seconds("--webhook-last-retry", "METADATA_WEBHOOK_LAST_RETRY", config.deliveries.last_retry,
          "The longest pause between two deliveries, in seconds");
  seconds("--webhook-give-up", "METADATA_WEBHOOK_GIVE_UP", config.deliveries.give_up,
          "Seconds of failing after which a webhook is marked failed and waits until it is enabled");
}

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
  app.add_option("--admin-password-file", words.admin_password_file,
                 "File whose first line is the admin's first password")
      ->envname("METADATA_ADMIN_PASSWORD_FILE");
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
  app.add_option("--rate-limit", words.rate_limits,
                 "Requests a window, may be given more than once: off, user=1000, key=5000, admin=10000, bot=off, "
                 "anonymous=10000 (an address), name:<user>=N")
      ->envname("METADATA_RATE_LIMIT")
      ->delimiter(',');
  app.add_option("--rate-limit-window", words.rate_window_s, "Seconds of such a window, which the first request begins")
      ->envname("METADATA_RATE_LIMIT_WINDOW")
      ->capture_default_str()
      ->check(CLI::Range(1.0, 86400.0));
  app.add_option("--bulk-items-a-request", config.bulk_items_a_request,
                 "Items of a bulk request (PUT .../bulk) that count as one request of the quota; 0: a bulk request is "
                 "one request, whatever it holds")
      ->envname("METADATA_BULK_ITEMS_A_REQUEST")
      ->capture_default_str()
      ->check(CLI::Range(0, 1'000'000));
  app.add_option_function<long>(
         "--session-window", [&config](long seconds) { config.session_window = std::chrono::seconds(seconds); },
         "Seconds within which patches of one author to one entity are folded into one version; 0: each is a version")
      ->envname("METADATA_SESSION_WINDOW")
      ->default_str("0")
      ->check(CLI::Range(0, 86'400));
  app.add_option("--audit-days", config.audit_days, "Days that records of the audit log are kept; 0: for ever")
      ->envname("METADATA_AUDIT_DAYS")
      ->capture_default_str()
      ->check(CLI::Range(0, 36500));
  app.add_flag("--rotate-refresh-tokens", config.rotate_refresh_tokens,
               "A refresh token is good once and hands out the next; one that is used again ends its session")
      ->envname("METADATA_ROTATE_REFRESH_TOKENS");
  app.add_flag("--self-signup", config.self_signup, "Let everybody who can reach the server become a user of it")
      ->envname("METADATA_SELF_SIGNUP");
  app.add_option("--outbound-ports", words.outbound_ports,
                 "Port (8443) or ports (8000-8999) that webhooks, identity providers and databases may be reached at, "
                 "may be given more than once; default: 80, 443, and 1024-65535")
      ->envname("METADATA_OUTBOUND_PORTS")
      ->delimiter(',');
  app.add_option("--oidc-config", words.oidc_config,
                 "JSON file of identity providers (OpenID Connect): docs/authentication.md")
      ->envname("METADATA_OIDC_CONFIG");
  app.add_option("--cors-origin", config.cors_origins,
                 "Origin (https://name) of web pages that may use the API, may be given more than once; default: none")
      ->envname("METADATA_CORS_ORIGIN")
      ->delimiter(',');
  app.add_option("--trusted-proxy", words.proxies,
                 "Address or network (10.0.0.0/8) of a proxy whose X-Forwarded-For and X-Forwarded-Proto are believed; "
                 "may be given more than once")
      ->envname("METADATA_TRUSTED_PROXY")
      ->delimiter(',');
  app.add_option(
         "--quality-directory", config.quality_directories,
         "Directory (repeat for several): tests of data read SQLite files below it only; none: any file while the "
         "server listens on loopback, no file beyond")
      ->envname("METADATA_QUALITY_DIRECTORY");
  app.add_option("--quality-allow", words.quality_allow,
                 "Range of addresses (10.0.0.0/8) at which tests of data may ask PostgreSQL databases although it is "
                 "not public, "
                 "may be given more than once; loopback is allowed while the server listens on nothing else")
      ->envname("METADATA_QUALITY_ALLOW")
      ->delimiter(',');
  app.add_option_function<double>(
         "--quality-timeout",
         [&config](double seconds) {
           config.quality_timeout = std::chrono::milliseconds(static_cast<long long>(seconds * 1000));
         },
         "Seconds for one statement that a test of data runs")
      ->envname("METADATA_QUALITY_TIMEOUT")
      ->default_str("20")
      ->check(CLI::Range(0.01, 3600.0));
  app.add_option("--sync", words.sync, "full: a write that was answered survives a power cut; normal: a crash only")
      ->envname("METADATA_SYNC")
      ->capture_default_str();
  add_transport_options(app, config.transport);
  add_webhook_options(app, config, words);
  app.add_option("--event-retention-days", config.event_days,
                 "Days (or a part of one) that change events are told to webhooks and readers; 0: for ever")
      ->envname("METADATA_EVENT_RETENTION_DAYS")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 100'000.0));
  app.add_option("--event-retention-count", config.event_count,
                 "So many of the newest changes are kept in the log at most, for the audit log too; 0: any number")
      ->envname("METADATA_EVENT_RETENTION_COUNT")
      ->capture_default_str();
  app.add_option(
         "--series-retention-days", config.series_days,
         "Days (or a part of one) that profiles, runs and results are kept; older ones go when newer ones of the "
         "same series come; 0: for ever")
      ->envname("METADATA_SERIES_RETENTION_DAYS")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 100'000.0));
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
  command("check", "Prove that what is stored is whole; lists what is not", Command::Check)
      ->add_flag("--repair", config.repair,
                 "Mend what follows from the rest; the database is copied to catalog.db.before-repair first");
  command("reindex", "Build the search index anew; the server must not run", Command::Reindex);
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
  command("rotate-keys", "Make a new key for signing tokens; the server must not run", Command::RotateKeys)
      ->add_flag("--refuse-old", config.refuse_old,
                 "End all tokens so far, as after a theft; else they stay good until they expire");
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

/// The first line of a file, without the line's end. Nothing else is cut off: a password may begin or end with blanks.
Result<std::string> first_line(const std::string& path) {
  MD_LET(text, read_file(path));
  std::string line = text.substr(0, text.find('\n'));
  if (line.ends_with('\r')) line.pop_back();
  if (line.empty()) return invalid_argument(path + " has an empty first line");
  return line;
}

/// Looked at at every start: a password that would be refused must not leave a half-made directory behind.
Error read_admin_password(Config& config, const std::string& file) {
  if (!file.empty()) {
    if (!config.admin_password.empty())
      return invalid_argument("--admin-password and --admin-password-file are both given; keep one");
    const auto line = first_line(file);
    if (!line.ok()) return invalid_argument("--admin-password-file: " + std::string(line.error().message()));
    config.admin_password = *line;
  }
  if (config.admin_password.empty()) return {};
  const Error broken = Access::check_rule(config.admin_password);
  return broken.ok() ? Error() : invalid_argument("--admin-password: " + std::string(broken.message()));
}

/// An address, or a name that has one.
Error check_host(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* list = nullptr;
  const int failed = host.empty() ? EAI_NONAME : ::getaddrinfo(host.c_str(), nullptr, &hints, &list);
  if (failed != 0) return invalid_argument("--host: '" + host + "' is not an address: " + ::gai_strerror(failed));
  ::freeaddrinfo(list);
  return {};
}

Error at_option(const char* option, const Error& error) {
  return invalid_argument(std::string(option) + ": " + std::string(error.message()));
}

Error finish(Config& config, const Words& words) {
  const auto dialect = dialect_rule(words.dialect);
  if (!dialect.ok()) return at_option("--dialect", dialect.error());
  const auto level = log_level(words.log_level);
  if (!level.ok()) return at_option("--log-level", level.error());
  const auto url = normal_public_url(config.public_url);
  if (!url.ok()) return at_option("--public-url", url.error());
  if (words.sync != "full" && words.sync != "normal") {
    return invalid_argument("--sync: sync must be full or normal, not '" + words.sync + "'");
  }
  const auto at = config.admin_email.find('@');
  if (at == 0 || at == std::string::npos || at + 1 == config.admin_email.size()) {
    return invalid_argument("--admin-email: it must be like name@host, not '" + config.admin_email + "'");
  }
  if (config.transport.tls_certificate.empty() != config.transport.tls_key.empty()) {
    return invalid_argument("TLS needs both --tls-cert and --tls-key");
  }
  if (config.transport.tls_certificate.empty() && !config.transport.tls_client_ca.empty()) {
    return invalid_argument("--tls-client-ca needs --tls-cert and --tls-key");
  }
  const auto webhook_allow = Networks::parse(words.webhook_allow);
  if (!webhook_allow.ok()) return at_option("--webhook-allow", webhook_allow.error());
  config.webhook_allow = *webhook_allow;
  const auto quality_allow = Networks::parse(words.quality_allow);
  if (!quality_allow.ok()) return at_option("--quality-allow", quality_allow.error());
  config.quality_allow = *quality_allow;
  const auto ports = Ports::parse(words.outbound_ports);
  if (!ports.ok()) return at_option("--outbound-ports", ports.error());
  config.outbound_ports = *ports;
  if (config.data.empty()) return invalid_argument("--data: the directory has no name");
  if (config.command == Config::Command::Serve) {
    MD_OK(read_admin_password(config, words.admin_password_file));
    for (const std::string& host : config.hosts) MD_OK(check_host(host));
  }
  if (const Error wrong = config.rate_limits.apply(words.rate_limits); !wrong.ok())
    return at_option("--rate-limit", wrong);
  config.rate_limits.window = std::chrono::seconds(std::llround(words.rate_window_s));
  if (const Error wrong = check_origins(config.cors_origins); !wrong.ok()) return at_option("--cors-origin", wrong);
  const auto proxies = Networks::parse(words.proxies);
  if (!proxies.ok()) return at_option("--trusted-proxy", proxies.error());
  config.proxies = *proxies;
  config.dialect = *dialect;
  config.log_level = *level;
  config.public_url = *url;
  if (config.command == Config::Command::Serve && !words.oidc_config.empty()) {
    const std::string callback = url->empty() ? "" : url->substr(0, url->size() - 4) + std::string(kCallbackPath);
    auto oidc = read_oidc_settings(words.oidc_config, callback);
    if (!oidc.ok()) return at_option("--oidc-config", oidc.error());
    config.oidc = *std::move(oidc);
  }
  config.durable = words.sync == "full";
  config.request_timeout = std::chrono::milliseconds(std::llround(words.request_timeout_s * 1000));
  return {};
}

}  // namespace

namespace {

/// The value of an option by flag, before anything is parsed; nothing when it is not given.
std::optional<std::string> flag_value(int argc, const char* const* argv, const std::string& name) {
  const std::string flag = "--" + name;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == flag) return i + 1 < argc ? argv[i + 1] : "";
    if (word.starts_with(flag + "=")) return std::string(word.substr(flag.size() + 1));
  }
  return std::nullopt;
}

/// The value of an option by variable; an empty one is none.
std::optional<std::string> variable_value(const std::string& name) {
  std::string variable = "METADATA_";
  for (const char c : name) variable += c == '-' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  const char* value = std::getenv(variable.c_str());
  return value == nullptr || *value == '\0' ? std::nullopt : std::optional<std::string>(value);
}

std::optional<std::string> given_value(int argc, const char* const* argv, const std::string& name) {
  const auto flag = flag_value(argc, argv, name);
  return flag ? flag : variable_value(name);
}

/// CLI11 lets the file win over the environment; whoever starts a container expects it the other way round.
void let_variables_win(CLI::App& app, int argc, const char* const* argv) {
  for (CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      const auto value = variable_value(name);
      if (option->get_envname().empty() || !value || flag_value(argc, argv, name)) continue;
      option->clear();
      option->add_result(*value);
      option->run_callback();
    }
  }
}

std::string explained(std::string message, const CLI::App& app, int argc, const char* const* argv) {
  ConfigFault fault;
  fault.message = std::move(message);
  fault.file = given_value(argc, argv, "config").value_or("");
  const auto add = [&](const CLI::App& from) {
    for (const CLI::Option* option : from.get_options()) {
      for (const std::string& name : option->get_lnames()) {
        fault.known.push_back(name);
        if (given_value(argc, argv, name)) fault.given.push_back(name);
      }
    }
  };
  add(app);
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) add(*command);
  return fmt::format("metadata-server: {}\n", explain(fault));
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
    // A directory would be read as an empty file.
    if (const auto file = given_value(argc, argv, "config"); file && !file->empty()) {
      const auto text = read_file(*file);
      if (!text.ok()) throw CLI::FileError("--config: " + std::string(text.error().message()));
    }
    app.parse(argc, argv);
    let_variables_win(app, argc, argv);
  } catch (const CLI::Success&) {
    read.done = true;
    read.text = app.help();
    return read;
  } catch (const CLI::Error& error) {
    read.done = true;
    read.exit_code = kExitUsage;
    read.text = explained(error.what(), app, argc, argv);
    return read;
  }
  if (const Error wrong = finish(read.config, words); !wrong.ok()) {
    read.done = true;
    read.exit_code = kExitUsage;
    read.text = explained(std::string(wrong.message()), app, argc, argv);
  } else if (read.config.command == Config::Command::None) {
    read.done = true;
    read.exit_code = kExitUsage;
    read.text = app.help();
  }
  return read;
}

}  // namespace metadata::server
