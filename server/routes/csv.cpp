#include "metadata/csv.h"

#include <algorithm>
#include <utility>

#include "dialect/aliases.h"
#include "jobs/jobs.h"
#include "metadata/json.h"
#include "render/page.h"
#include "routes/input.h"
#include "routes/routes.h"

namespace metadata::server {
namespace {

constexpr char kJobs[] = "/api/v1/csv/jobs";
constexpr std::string_view kExport = "export", kImport = "import";

/// Whose file is asked for, and how.
struct Wanted {
  EntityRef scope;
  CsvOptions csv;
};

Result<Wanted> wanted(const Call& call) {
  Wanted found;
  MD_LET(recursive, call.query.flag("recursive", false));
  found.csv.recursive = recursive;
  if (!call.params.empty()) {
    MD_LET(scope, by_name(call));
    found.scope = std::move(scope);
    return found;
  }
  const std::string& group = call.type->csv_group;
  const std::string name(call.query.get(group).value_or(""));
  if (name.empty()) return invalid_argument("query param " + group + " is required: whose file it is", group);
  found.scope = EntityRef::by_fqn(group, canonical_fqn(group, name));
  return found;
}

/// The Python client reads the text by the charset that the answer names.
Response csv_text(std::string text) {
  Response response;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::move(text);
  return response;
}

std::string_view status_word(CsvResult::Status status) {
  switch (status) {
    case CsvResult::Status::Success:
      return "success";
    case CsvResult::Status::Partial:
      return "partialSuccess";
    case CsvResult::Status::Failure:
      return "failure";
    case CsvResult::Status::Aborted:
      break;
  }
  return "aborted";
}

std::string result_text(const CsvResult& result, BulkMode mode) {
  JsonWriter out;
  out.begin_object().key("dryRun").boolean(mode == BulkMode::Trial);
  out.key("status").string(status_word(result.status));
  if (!result.abort_reason.empty()) out.key("abortReason").string(result.abort_reason);
  out.key("numberOfRowsProcessed").integer(static_cast<std::int64_t>(result.processed));
  out.key("numberOfRowsPassed").integer(static_cast<std::int64_t>(result.passed));
  out.key("numberOfRowsFailed").integer(static_cast<std::int64_t>(result.failed));
  if (!result.rows.empty()) out.key("importResultsCsv").string(result.rows);
  return std::move(out.end_object()).text();
}

/// What an import uses up of the quota: as a bulk request of so many items.
unsigned requests_of(const Call& call, std::size_t rows) {
  const int share = call.server.config.bulk_items_a_request;
  if (share <= 0) return 1;
  return static_cast<unsigned>(1 + rows / static_cast<std::size_t>(share));
}

/// May the caller do this with the entity whose file it is? NotFound when that is not there, or was deleted.
Error check_scope(const Call& call, const Wanted& asked, const char* operation) {
  MD_LET(found, call.server.catalog.get(asked.scope, {call.who, {}, Include::Live, call.interrupt}));
  return call.server.catalog.check_allowed(call.who, {operation}, found.ref(), call.interrupt);
}

Reply export_now(const Call& call) {
  MD_LET(asked, wanted(call));
  MD_OK(check_scope(call, asked, "ViewAll"));
  MD_LET(text, call.server.catalog.csv().write(call.type->name, asked.scope,
                                               {call.who, {}, Include::Live, call.interrupt}, asked.csv));
  return csv_text(std::move(text));
}

/// What there is to an import, beside its text.
struct Import {
  Wanted asked;
  WriteOptions options;
  BulkMode mode = BulkMode::Write;
};

Result<Import> import_of(const Call& call) {
  MD_LET(asked, wanted(call));
  MD_LET(options, write_options(call));
  MD_LET(dry_run, call.query.flag("dryRun", false));
  return Import{std::move(asked), std::move(options), dry_run ? BulkMode::Trial : BulkMode::Write};
}

Reply import_now(const Call& call) {
  if (auto refused = refuse_other_than_text(call)) return *std::move(refused);
  MD_LET(import, import_of(call));
  MD_LET(result, call.server.catalog.csv().read(call.type->name, import.asked.scope, call.request.body, import.options,
                                                import.mode, import.asked.csv));
  Response response = render::json(result_text(result, import.mode));
  if (result.seq > 0) response.set("X-Metadata-Seq", std::to_string(result.seq));
  response.requests = requests_of(call, result.processed);
  return response;
}

std::string href_of(const Call& call, const std::string& id) { return address_of(call, std::string(kJobs) + "/" + id); }

/// Goes on with it after the answer: 202, with the id by which to ask for it.
Reply begin(const Call& call, std::string_view what, const Wanted& asked, std::size_t held, Jobs::Work work) {
  JsonWriter about;
  about.begin_object().key("operation").string(what).key("entityType").string(asked.scope.type);
  about.key("name").string(asked.scope.text()).end_object();
  Jobs::Order order;
  order.id = new_job_id();
  order.owner = call.who.name;
  order.about = std::move(about).text();
  order.held_bytes = held;
  order.work = std::move(work);
  MD_LET(job, call.server.csv_jobs.add(std::move(order)));
  JsonWriter out;
  out.begin_object().key("jobId").string(job.id);
  out.key("message").string(std::string(what) + " of " + asked.scope.type + " " + asked.scope.text() +
                            " has begun: see href");
  out.key("href").string(href_of(call, job.id)).end_object();
  Response response = render::json(std::move(out).text());
  response.status = 202;
  return response;
}

Reply export_later(const Call& call) {
  MD_LET(asked, wanted(call));
  MD_OK(check_scope(call, asked, "ViewAll"));
  Catalog& catalog = call.server.catalog;
  return begin(call, kExport, asked, 0,
               [&catalog, asked, who = call.who, type = call.type->name](
                   const std::atomic<bool>& cancelled, const Jobs::Progress& progress) -> Result<std::string> {
                 ReadOptions options;
                 options.as = who;
                 options.interrupt.gone = &cancelled;
                 CsvOptions csv = asked.csv;
                 csv.progress = progress;
                 return catalog.csv().write(type, asked.scope, options, csv);
               });
}

Reply import_later(const Call& call) {
  if (auto refused = refuse_other_than_text(call)) return *std::move(refused);
  MD_LET(import, import_of(call));
  Catalog& catalog = call.server.catalog;
  MD_OK(check_scope(call, import.asked, "EditAll"));
  import.options.interrupt = {};
  const std::string& body = call.request.body;
  const auto rows = static_cast<std::size_t>(std::count(body.begin(), body.end(), '\n'));
  Reply begun = begin(call, kImport, import.asked, body.size(),
                      [&catalog, import, text = body, type = call.type->name](
                          const std::atomic<bool>& cancelled, const Jobs::Progress& progress) -> Result<std::string> {
                        WriteOptions options = import.options;
                        options.interrupt.gone = &cancelled;
                        CsvOptions csv = import.asked.csv;
                        csv.progress = progress;
                        MD_LET(result, catalog.csv().read(type, import.asked.scope, text, options, import.mode, csv));
                        return result_text(result, import.mode);
                      });
  if (begun.ok()) begun->requests = requests_of(call, rows);
  return begun;
}

Result<Jobs::State> own_job(const Call& call) {
  const std::string& id = call.params.front();
  if (auto job = call.server.csv_jobs.find(id); job && is_own_job(call, job->owner)) return *std::move(job);
  return not_found("there is no CSV job " + id.substr(0, 100) + " (any more)");
}

bool is_export(const Json& about) { return about["operation"].as_string().value_or("") == kExport; }

Result<Response> shown(const Call& call, const Jobs::State& job) {
  MD_LET(about, Json::parse(job.about));
  JsonWriter out;
  out.begin_object().key("jobId").string(job.id);
  about.for_each_member([&](std::string_view name, const Json& value) { out.key(name).raw(value.text()); });
  out.key("status").string(job.status).key("rows").integer(static_cast<std::int64_t>(job.done));
  if (job.status == "done" && !is_export(about)) out.key("result").raw(*job.result);
  if (job.status == "done") out.key("resultHref").string(href_of(call, job.id) + "/result");
  if (!job.message.empty()) out.key("message").string(job.message);
  out.key("href").string(href_of(call, job.id)).end_object();
  return render::json(std::move(out).text());
}

Reply read_job(const Call& call) {
  MD_LET(job, own_job(call));
  return shown(call, job);
}

Reply cancel_job(const Call& call) {
  MD_LET(job, own_job(call));
  const auto cancelled = call.server.csv_jobs.cancel(job.id);
  return shown(call, cancelled ? *cancelled : job);
}

/// What the request would have been answered without `Async`.
Reply read_result(const Call& call) {
  MD_LET(job, own_job(call));
  if (job.status != "done")
    return not_found("job " + job.id + " has no result: it is " + job.status +
                     (job.message.empty() ? "" : ", " + job.message));
  MD_LET(about, Json::parse(job.about));
  return is_export(about) ? csv_text(*job.result) : render::json(*job.result);
}

void add_routes(const TypeInfo& type, const std::string& below, std::vector<Route>& rows) {
  const Need view = needs("ViewAll"), edit = needs("EditAll");
  rows.push_back({"GET", below + "/export", export_now, view, &type});
  rows.push_back({"GET", below + "/exportAsync", export_later, view, &type});
  rows.push_back({"PUT", below + "/import", import_now, edit, &type});
  rows.push_back({"PUT", below + "/importAsync", import_later, edit, &type});
}

}  // namespace

std::vector<Route> csv_routes(const Registry& registry) {
  const std::string root = "/api/v1/";
  const std::string job = std::string(kJobs) + "/{id}";
  std::vector<Route> rows{
      {"GET", job, read_job, needs("ViewBasic")},
      {"DELETE", job, cancel_job, needs("ViewBasic")},
      {"GET", job + "/result", read_result, needs("ViewBasic")},
  };
  for (const TypeInfo& type : registry.types()) {
    if (!type.csv) continue;
    add_routes(type, root + type.collection + "/name/{fqn...}", rows);
    // The Python client leaves the folder of services out.
    if (const auto slash = type.collection.rfind('/'); slash != std::string::npos)
      add_routes(type, root + type.collection.substr(slash + 1) + "/name/{fqn...}", rows);
    if (!type.csv_group.empty()) add_routes(type, root + type.collection, rows);
  }
  return rows;
}

}  // namespace metadata::server
