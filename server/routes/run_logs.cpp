#include <algorithm>
#include <string>
#include <utility>

#include "auth/login.h"
#include "http/gzip.h"
#include "metadata/json.h"
#include "render/page.h"
#include "routes/input.h"
#include "routes/routes.h"

namespace metadata::server {
namespace {

constexpr std::string_view kPipelines = "services/ingestionPipelines";
constexpr std::size_t kMostUnpacked = std::size_t{8} << 20;

/// The pipeline and the run of a path: clients do not encode the FQN, and a name may hold a slash.
struct Run {
  EntityRef pipeline;
  std::string id;
};

Result<Run> run_of(const Call& call) {
  const std::string& path = call.params.front();
  const auto slash = path.rfind('/');
  if (slash == std::string::npos || slash == 0)
    return invalid_argument("the path ends with the pipeline's fully qualified name and the id of a run");
  return Run{EntityRef::by_fqn(call.type->name, path.substr(0, slash)), path.substr(slash + 1)};
}

Reply say(const Run& run, std::int64_t bytes) {
  JsonWriter out;
  out.begin_object().key("sessionId").string(run.id).key("bytes").integer(bytes);
  return render::json(std::move(out.end_object()).text());
}

/// The text of a batch of lines, as it stands there or packed by gzip and base64.
Result<std::string> text_of(const Json& body) {
  const Json logs = body["logs"];
  if (logs.is_null()) return std::string();  // a stream begins
  if (!logs.is_string()) return invalid_argument("logs: must be a text", "logs");
  std::string text(*logs.as_string());
  if (!body["compressed"].as_bool().value_or(false)) return text;
  const auto packed = decode_base64(text);
  auto unpacked = packed ? gunzip(*packed, kMostUnpacked) : std::nullopt;
  if (!unpacked) return invalid_argument("logs: not gzip in base64, or more than 8 MiB", "logs");
  JsonWriter quoted;
  quoted.string(*unpacked);
  JsonLimits limits;
  limits.max_bytes = limits.max_string_bytes = 8 * kMostUnpacked;
  if (!Json::parse(quoted.text(), limits).ok()) return invalid_argument("logs: not UTF-8", "logs");
  return *std::move(unpacked);
}

Reply append(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  MD_LET(run, run_of(call));
  MD_LET(body, body_object(call));
  MD_LET(text, text_of(body));
  if (!text.empty() && text.back() != '\n') text += '\n';
  MD_LET(options, write_options(call));
  MD_LET(bytes, call.server.catalog.append_log(run.pipeline, run.id, text, options));
  return say(run, bytes);
}

/// Nothing is kept open between requests; the run need only be one that there may be.
Reply close(const Call& call) {
  MD_LET(run, run_of(call));
  MD_LET(options, write_options(call));
  MD_LET(bytes, call.server.catalog.append_log(run.pipeline, run.id, {}, options));
  return say(run, bytes);
}

/// Lines from `offset` on, at most `limit`.
Reply read(const Call& call) {
  MD_LET(run, run_of(call));
  MD_LET(offset, call.query.number("offset", 0));
  MD_LET(limit, call.query.number("limit", 1000));
  if (offset < 0 || limit < 0) return invalid_argument("query params offset and limit must not be negative");
  MD_LET(text, call.server.catalog.read_log(run.pipeline, run.id, {call.who, {}, Include::Live, call.interrupt}));
  std::int64_t line = 0;
  std::size_t begin = 0, end = 0;
  for (std::size_t at = 0; at < text.size(); ++line) {
    if (line == offset) begin = end = at;
    at = std::min(text.find('\n', at), text.size() - 1) + 1;
    if (line >= offset && line - offset < limit) end = at;
  }
  JsonWriter out;
  out.begin_object().key("logs").string(std::string_view(text).substr(begin, end - begin));
  out.key("compressed").boolean(false).key("total").integer(line);
  return render::json(std::move(out.end_object()).text());
}

Reply trigger(const Call&) {
  return unimplemented(
      "this server runs no ingestion pipelines: run this one with the client (metadata ingest), which tells its "
      "status");
}

}  // namespace

std::vector<Route> run_log_routes(const Registry& registry) {
  const TypeInfo* type = registry.find_collection(kPipelines);
  if (type == nullptr) return {};
  const std::string path = "/api/v1/" + std::string(kPipelines);
  const Need edit = needs("EditIngestionPipelineStatus");
  return {
      {"GET", path + "/logs/{run...}", read, needs("ViewAll"), type},
      {"POST", path + "/logs/{run...}", append, edit, type},
      {"POST", path + "/logs/{run...}/close", close, edit, type},
      {"POST", path + "/trigger/{id}", trigger, needs("Trigger"), type},
  };
}

}  // namespace metadata::server
