#include <cstdint>
#include <limits>

#include "render/page.h"
#include "routes/input.h"
#include "routes/routes.h"

namespace metadata::server {
namespace {

constexpr std::string_view kSeries = "pipelineStatus";
constexpr std::size_t kMaxRuns = 1000;

/// The runs between two moments, newest first.
Reply list_runs(const Call& call) {
  MD_LET(target, by_name(call));
  MD_LET(from, call.query.number("startTs", 0));
  MD_LET(to, call.query.number("endTs", std::numeric_limits<std::int64_t>::max()));
  MD_LET(runs, call.server.catalog.values(target, kSeries, from, to, kMaxRuns, call.interrupt));
  return render::values(runs);
}

Reply put_run(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  MD_LET(target, by_name(call));
  MD_LET(options, write_options(call));
  MD_LET(run, call.server.catalog.put_value(target, kSeries, call.request.body, options));
  return render::json(run.text());
}

/// One run by its id. A run that is not known is no failure (204): clients ask before they write the first time.
Reply read_run(const Call& call) {
  MD_LET(target, by_name(call));
  auto run = call.server.catalog.value(target, kSeries, call.params.back(), call.interrupt);
  if (run.ok()) return render::json(run->text());
  if (run.error().code() != Code::NotFound) return run.error();
  MD_LET(pipeline, call.server.catalog.get(target, {call.who, {}, Include::All, call.interrupt}));
  return render::nothing();
}

}  // namespace

std::vector<Route> pipeline_routes(const Registry& registry) {
  const TypeInfo* type = registry.find("ingestionPipeline");
  if (type == nullptr) return {};
  const std::string path = "/api/v1/" + type->collection + "/{fqn}/pipelineStatus";
  return {
      {"GET", path, list_runs, needs("ViewBasic"), type},
      {"PUT", path, put_run, needs("EditIngestionPipelineStatus"), type},
      {"GET", path + "/{runId}", read_run, needs("ViewBasic"), type},
  };
}

}  // namespace metadata::server
