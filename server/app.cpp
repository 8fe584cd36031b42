#include "app.h"

#include <fmt/format.h>
#include <malloc.h>
#include <pthread.h>

#include <csignal>
#include <cstdio>
#include <optional>

#include "auth/oidc.h"
#include "call.h"
#include "dispatcher.h"
#include "events/hub.h"
#include "exit_codes.h"
#include "greeting.h"
#include "http/transport.h"
#include "routes/routes.h"
#include "seed/files.h"
#include "seed/seed.h"
#include "webhooks/poster.h"

namespace metadata::server {
namespace {

int fail(int exit_code, std::string_view message) {
  fmt::print(stderr, "metadata-server: {}\n", message);
  return exit_code;
}

int exit_code_of_listen(const Error& error) {
  switch (error.code()) {
    case Code::Unavailable:
      return kExitUnavailable;
    case Code::PermissionDenied:
      return kExitPermission;
    default:
      return kExitConfig;
  }
}

/// Holds back SIGTERM, SIGINT and SIGHUP, in this thread and in all that it starts, until wait().
class StopSignals {
 public:
  StopSignals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGTERM);
    sigaddset(&set_, SIGINT);
    sigaddset(&set_, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    // A client that goes away while it is written to must not end the process.
    std::signal(SIGPIPE, SIG_IGN);
    // A file that may not grow (RLIMIT_FSIZE) is a full disk, not the end.
    std::signal(SIGXFSZ, SIG_IGN);
  }
  /// The next of them.
  int wait() {
    int got = 0;
    while (sigwait(&set_, &got) != 0) {
    }
    return got;
  }
  /// A second signal ends the process at once.
  void release() { pthread_sigmask(SIG_UNBLOCK, &set_, nullptr); }

 private:
  sigset_t set_{};
};

/// Large blocks go back to the system when they are freed. glibc's own thresholds grow with the largest block that was
/// ever freed, after which every thread's heap keeps tens of MiB.
void give_large_blocks_back() {
  ::mallopt(M_MMAP_THRESHOLD, 1 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 4 << 20);
}

TransportOptions transport_options(const Config& config) {
  TransportOptions options = config.transport;
  options.hosts = config.hosts;
  options.port = config.port;
  options.max_body_bytes = config.max_body_bytes;
  options.may_block = [](std::string_view method, std::string_view target) {
    if (method != "GET" && method != "HEAD" && method != "OPTIONS") return true;
    // These ask an identity provider.
    return target.starts_with(kCallbackPath) || target.starts_with("/api/v1/auth/login/");
  };
  return options;
}

/// Where webhooks may be posted to: into the machine itself only while nobody else can reach this server.
AddressRules webhook_addresses(const Config& config) {
  return {config.webhook_allow, is_loopback_only(config.hosts), "--webhook-allow", config.outbound_ports};
}

/// What SIGHUP asks for. A certificate that cannot be used leaves the one that is in use.
void reload(Transport& transport, Log& log) {
  const Error failed = transport.reload();
  if (failed.ok()) {
    log.write(LogLevel::Info, "reloaded");
  } else {
    log.write(LogLevel::Error, fmt::format("not reloaded: {}", failed.message()));
  }
}

int listen(const Config& config, Catalog& catalog, Log& log, StopSignals& signals, const Seeded& seeded) {
  const auto router = make_router(catalog.registry());
  if (!router.ok()) return fail(kExitInternal, router.error().message());
  catalog.access().keep_audit_for(config.audit_days);
  const render::References references(catalog.registry());
  EventHub hub(catalog);
  std::optional<Oidc> oidc;
  if (!config.oidc.providers.empty())
    oidc.emplace(config.oidc, config.outbound_ports, is_loopback_only(config.hosts), catalog, log);
  Context context{catalog, config, references, *router, log, &hub, oidc ? &*oidc : nullptr};
  Dispatcher dispatcher(context, *router);
  const auto transport = make_transport(transport_options(config));
  const Error failed =
      transport->start([&](const Request& request) { return dispatcher.handle(request); },
                       [&](int status, const std::string& what) { return dispatcher.refuse(status, what); });
  if (!failed.ok()) {
    // The password is set by now: it must not be lost because the port was taken.
    if (!seeded.generated_password.empty()) greet_password(config, seeded.generated_password);
    return fail(exit_code_of_listen(failed), failed.message());
  }
  greet(config, *transport, seeded.generated_password);
  while (signals.wait() == SIGHUP) reload(*transport, log);
  signals.release();
  log.write(LogLevel::Info, "stopping");
  context.stopping = true;
  hub.stop();
  transport->stop();
  context.jobs.stop();
  context.csv_jobs.stop();
  log.write(LogLevel::Info, fmt::format("stopped; {} requests were answered, {} of them with 500",
                                        dispatcher.answered(), dispatcher.faults()));
  return kExitOk;
}

}  // namespace

/// The audit log lists changes from the log of changes: these stay as long as its own records.
EventRetention event_retention(const Config& config) {
  constexpr double kDayMs = 86'400'000;
  EventRetention retention;
  retention.age = std::chrono::milliseconds(static_cast<std::int64_t>(config.event_days * kDayMs));
  retention.count = config.event_count;
  retention.keep =
      config.audit_days == 0 ? std::chrono::milliseconds::max() : std::chrono::hours(24) * config.audit_days;
  return retention;
}

Options catalog_options(const Config& config, Log& log) {
  Options options;
  options.path = config.data;
  options.sync = config.durable ? Options::Sync::Full : Options::Sync::Normal;
  options.read_connections = config.read_connections;
  options.read_only = config.read_only;
  options.deliveries = config.deliveries;
  options.event_retention = event_retention(config);
  options.session_window = config.session_window;
  options.limits.bulk.max_bytes = config.max_body_bytes;
  options.limits.series_age = std::chrono::milliseconds(static_cast<std::int64_t>(config.series_days * 86'400'000));
  options.rotate_refresh_tokens = config.rotate_refresh_tokens;
  options.log = &log;
  return options;
}

Result<std::unique_ptr<Catalog>> open_catalog(const Config& config, Log& log, Poster* poster) {
  MD_OK(check_directory(config.data, config.read_only ? Use::Read : Use::Write));
  Options options = catalog_options(config, log);
  options.poster = poster;
  return Catalog::open(options);
}

int exit_code_of_open(const Error& error) {
  switch (error.code()) {
    case Code::PermissionDenied:
      return kExitPermission;
    case Code::Unavailable:
      // At the path it is somebody else who has the directory; else it is the disk.
      return error.field() == "path" ? kExitInUse : kExitDisk;
    case Code::NotFound:
      return kExitNoInput;
    case Code::Corrupt:
      return kExitData;
    case Code::InvalidArgument:
      return kExitUsage;
    default:
      return kExitInternal;
  }
}

int serve(const Config& config) {
  give_large_blocks_back();
  StopSignals signals;
  // What is wrong with the configuration is said before data is touched.
  if (const Error bad = check_certificates(transport_options(config)); !bad.ok()) {
    return fail(kExitUsage, bad.message());
  }
  Log log(config.log_level, config.access_log);
  WebhookPoster poster(webhook_addresses(config));
  const auto catalog = open_catalog(config, log, &poster);
  if (!catalog.ok()) return fail(exit_code_of_open(catalog.error()), catalog.error().message());
  for (const std::string& said : widely_open_secrets(config.data)) log.write(LogLevel::Warning, said);
  const auto seeded = config.read_only ? Result<Seeded>(Seeded{}) : seed(**catalog, config);
  if (!seeded.ok()) return fail(exit_code_of_open(seeded.error()), "start-up data: " + seeded.error().text());
  return listen(config, **catalog, log, signals, *seeded);
}

}  // namespace metadata::server
