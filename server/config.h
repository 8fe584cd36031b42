#ifndef METADATA_SERVER_CONFIG_H
#define METADATA_SERVER_CONFIG_H

#include <chrono>
#include <string>
#include <vector>

#include "auth/oidc_settings.h"
#include "dialect/choose.h"
#include "guard/addresses.h"
#include "guard/ports.h"
#include "guard/rate_limit.h"
#include "http/transport.h"
#include "metadata/error.h"
#include "metadata/host.h"
#include "metadata/options.h"

namespace metadata::server {

/// What the process is to do: as flags, the environment (METADATA_…) and a TOML file say, in that order of
/// precedence.
struct Config {
  enum class Command { None, Serve, Token, Passwd, Check, Reindex, Backup, Verify, Restore, RotateKeys, Version };
  Command command = Command::None;

  std::string data = "./data";
  std::vector<std::string> hosts;  ///< empty: loopback
  int port = 8585;
  std::string public_url;  ///< "https://catalog.example.com/api"; empty: by the Host header
  DialectRule dialect = DialectRule::Auto;
  std::string admin_email = "admin@open-metadata.org";
  std::string admin_password;  ///< of the first start, as given or as a file says; empty: generated
  LogLevel log_level = LogLevel::Info;
  bool access_log = false;
  std::size_t max_body_bytes = std::size_t{16} << 20;
  std::size_t read_connections = 4;
  std::chrono::milliseconds request_timeout{30'000};  ///< a request that takes longer is answered 503
  std::vector<std::string> quality_directories;       ///< SQLite files that tests may read lie below one of these
  std::chrono::milliseconds quality_timeout{20'000};  ///< for one statement of a test
  Networks quality_allow;                             ///< addresses at which tests may ask databases besides
  RateLimits rate_limits;
  int bulk_items_a_request = 100;  ///< items of a bulk request that use up one request of the quota; 0: all of them one
  std::chrono::seconds session_window{0};  ///< patches of one author within it are one version; 0: each is one
  int audit_days = 90;  ///< how long the audit log keeps records; 0: for ever
  bool rotate_refresh_tokens = false;
  bool self_signup = false;               ///< may strangers make themselves users?
  std::vector<std::string> cors_origins;  ///< of pages that may read answers: "https://ui.example.com"
  Networks proxies;                       ///< whose X-Forwarded-For and X-Forwarded-Proto are believed
  TransportOptions transport;             ///< but for hosts, port and max_body_bytes, which stand above
  Networks webhook_allow;                 ///< addresses that webhooks may be posted to besides
  Ports outbound_ports;                   ///< at which others may be reached by this server
  DeliveryOptions deliveries;
  OidcSettings oidc;            ///< identity providers; without any there are none
  double event_days = 90;       ///< how long change events are told; 0: for ever
  std::size_t event_count = 0;  ///< so many of the newest are kept; 0: any number
  double series_days = 0;       ///< how long values over time are kept; 0: for ever
  bool durable = true;          ///< a write that was answered survives a power cut
  bool read_only = false;       ///< an existing directory is served and nothing in it is written

  std::string subject;  ///< of `token` (a bot) and `passwd` (a user)
  bool generate = false;
  std::string file;           ///< of `backup`, `verify` and `restore`
  bool force = false;         ///< `backup` may replace the file
  bool without_keys = false;  ///< `backup` leaves them out
  std::string keys;           ///< of `restore`: where they are, for such a backup
  bool repair = false;        ///< of `check`: mend what follows from the rest
  bool refuse_old = false;    ///< of `rotate-keys`: the tokens so far end

  /// The admin's user name: what stands before the @.
  std::string admin_name() const { return admin_email.substr(0, admin_email.find('@')); }
};

/// What reading the command line came to: a Config, or text to print and an exit code.
struct ConfigRead {
  Config config;
  bool done = false;  ///< nothing more to do: print `text`, exit with `exit_code`
  int exit_code = 0;
  std::string text;
};

ConfigRead read_config(int argc, const char* const* argv);

}  // namespace metadata::server

#endif  // METADATA_SERVER_CONFIG_H
