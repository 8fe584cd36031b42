#ifndef METADATA_SERVER_CALL_H
#define METADATA_SERVER_CALL_H

#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "config.h"
#include "dialect/choose.h"
#include "http/request.h"
#include "http/router.h"
#include "http/url.h"
#include "jobs/jobs.h"
#include "log.h"
#include "metadata/catalog.h"
#include "quality/runs.h"
#include "render/entity.h"

namespace metadata::server {

class EventHub;
class Oidc;

/// What all handlers share. Lives as long as the server listens.
struct Context {
  Catalog& catalog;
  const Config& config;
  const render::References& references;
  const Router& router;
  Log& log;
  EventHub* hub = nullptr;  ///< who waits for events
  Oidc* oidc = nullptr;     ///< identity providers; null: there are none
  std::atomic<bool> stopping{false};
  /// The API's description: the same at all times, so made once, when somebody asks for it first.
  struct {
    std::mutex making;
    std::optional<std::string> text;  // guarded by making
  } description = {};
  /// What goes on after its answer.
  Jobs jobs{{}, [this](const Jobs::State& state) {
              const Error lost = note_run(catalog, state);
              if (!lost.ok()) log.write(LogLevel::Warning, "run " + state.id + " is not kept: " + lost.text());
            }};
  /// The same, of CSV files. One at a time: each may write a lot.
  Jobs csv_jobs{{1, 50, 1000, std::size_t{64} << 20, std::size_t{64} << 20}};
};

/// One request on its way through a handler: who asks for what, in whose words.
struct Call {
  Context& server;
  const Request& request;
  const Query& query;
  const std::vector<std::string>& params;  ///< of the route's pattern, decoded
  const TypeInfo* type = nullptr;          ///< the route's entity type, or null
  const SeriesInfo* series = nullptr;      ///< the route's series of that type, or null
  const FieldInfo* field = nullptr;        ///< the route's field of that type, or null
  Principal who;
  std::string token;  ///< the credential that was shown; empty on public routes
  Credential credential = Credential::Session;
  Dialect dialect = Dialect::Guide;
  std::string from;  ///< address of the client
  // Where a public route's handler says for the logs who it turned out to be, and whom it was about; never a secret.
  std::string* actor = nullptr;
  std::string* subject = nullptr;
  std::string base;          ///< "http://host:8585/api", or empty when it is not known
  Interrupt interrupt = {};  ///< when to stop working on it; goes into the options of every call of the library
};

}  // namespace metadata::server

#endif  // METADATA_SERVER_CALL_H
