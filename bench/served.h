#ifndef METADATA_BENCH_SERVED_H
#define METADATA_BENCH_SERVED_H

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <utility>

#include "call.h"
#include "dispatcher.h"
#include "metadata/metadata.h"
#include "routes/routes.h"

/// For benchmarks of one thread: what the server does for a request, without a transport.
namespace bench {

/// A benchmark has nobody to hand an error to.
template <class T>
T must(metadata::Result<T> result) {
  if (result.ok()) return *std::move(result);
  std::fprintf(stderr, "%s\n", result.error().text().c_str());
  std::exit(1);
}

/// Of this thread alone, so that neighbours on the machine count less.
inline std::int64_t cpu_ns() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

/// Logs the user "ann" in, who is in the catalog, and gives her a password for it.
inline std::string token_of_ann(metadata::Catalog& catalog) {
  if (const auto failed = catalog.access().set_password("ann", "correct horse 7"); !failed.ok()) {
    std::fprintf(stderr, "%s\n", failed.text().c_str());
    std::exit(1);
  }
  return must(catalog.access().login("ann", "correct horse 7")).access_token;
}

/// The server's handling of GETs over a catalog, which must outlive it.
class Served {
 public:
  Served(metadata::Catalog& catalog, std::string token)
      : config_(unlimited()),
        log_(metadata::LogLevel::Error, false),
        router_(must(metadata::server::make_router(catalog.registry()))),
        references_(catalog.registry()),
        context_{catalog, config_, references_, router_, log_},
        dispatcher_(context_, router_),
        token_(std::move(token)) {}

  /// `path` is what follows /api/v1. An answer other than 200 ends the program.
  void get(const std::string& path) {
    metadata::server::Request asked;
    asked.method = "GET";
    asked.target = "/api/v1" + path;
    asked.peer = "127.0.0.1";
    asked.headers.add("Host", "localhost:8585");
    asked.headers.add("User-Agent", "wrk");
    asked.headers.add("Authorization", "Bearer " + token_);
    const auto answer = dispatcher_.handle(asked);
    if (answer.status == 200) return;
    std::fprintf(stderr, "GET %s is refused: %d %s\n", path.c_str(), answer.status, answer.body.c_str());
    std::exit(1);
  }

 private:
  /// A benchmark asks more in a second than a person may in an hour.
  static metadata::server::Config unlimited() {
    metadata::server::Config config;
    if (!config.rate_limits.apply({"off"}).ok()) std::exit(1);
    return config;
  }

  const metadata::server::Config config_;
  metadata::server::Log log_;
  const metadata::server::Router router_;
  const metadata::server::render::References references_;
  metadata::server::Context context_;
  metadata::server::Dispatcher dispatcher_;
  const std::string token_;
};

}  // namespace bench

#endif  // METADATA_BENCH_SERVED_H
