#include "jobs/jobs.h"
#include "metadata/quality.h"
#include "quality/runners.h"
#include "render/error.h"
#include "render/page.h"
#include "routes/input.h"
#include "routes/routes.h"

namespace metadata::server {
namespace {

constexpr std::size_t kMaxOfSuite = 1000;
constexpr char kJobs[] = "/api/v1/dataQuality/executions";

struct Wanted {
  ExecuteOptions options;
  bool async = false;
};
Result<Wanted> wanted(const Call& call) {
  Wanted found;
  MD_LET(writing, write_options(call));
  MD_LET(rows, call.query.number("failedRowsSample", 0));
  MD_LET(async, call.query.flag("async", false));
  if (rows < 0 || rows > 50) return invalid_argument("query param failedRowsSample must be from 0 to 50");
  static_cast<WriteOptions&>(found.options) = std::move(writing);
  found.options.sample_rows = static_cast<std::size_t>(rows);
  found.async = async;
  return found;
}

Result<Json> run(Context& server, const EntityRef& test_case, const ExecuteOptions& options) {
  Quality& quality = server.catalog.quality();
  MD_LET(target, quality.target(test_case, options.interrupt));
  MD_OK(Quality::can_run(target.definition));
  MD_LET(runner, open_runner(server.catalog, server.config, target, options.interrupt));
  return quality.execute(test_case, *runner, options);
}

/// A statement had its own time-out, while whoever waits for the test goes on waiting.
bool is_of_the_statement(const Error& error, const Interrupt& interrupt) {
  const bool gone = interrupt.gone != nullptr && interrupt.gone->load();
  return error.code() == Code::Interrupted && !gone && std::chrono::steady_clock::now() < interrupt.deadline;
}

/// Each test, one after the other. What cannot be run is told beside the results and stops nothing.
Result<std::string> run_all(Context& server, const std::vector<Json>& tests, const ExecuteOptions& options,
                            const Jobs::Progress& progress) {
  JsonWriter out;
  out.begin_object().key("data").begin_array();
  std::size_t ran = 0;
  for (std::size_t i = 0; i < tests.size(); ++i) {
    const auto id = EntityId::parse(tests[i]["id"].as_string().value_or(""));
    if (!id) continue;
    const auto result = run(server, EntityRef::by_id("testCase", *id), options);
    if (!result.ok() && result.error().code() == Code::Interrupted &&
        !is_of_the_statement(result.error(), options.interrupt))
      return result.error();
    out.begin_object().key("testCase").raw(tests[i].text());
    if (result.ok()) {
      out.key("result").raw(result->text());
      ++ran;
    } else {
      out.key("error").string(result.error().message());
    }
    out.end_object();
    progress(i + 1);
  }
  out.end_array().key("executed").integer(static_cast<std::int64_t>(ran));
  out.key("total").integer(static_cast<std::int64_t>(tests.size())).end_object();
  return std::move(out).text();
}

Response shown(const Call& call, const Jobs::State& job, int status) {
  JsonWriter out;
  out.begin_object().key("id").string(job.id).key("status").string(job.status);
  out.key("done").integer(static_cast<std::int64_t>(job.done));
  out.key("total").integer(static_cast<std::int64_t>(job.total));
  if (job.result_bytes() > 0) out.key("result").raw(*job.result);
  if (!job.message.empty()) out.key("message").string(job.message);
  out.key("href").string(address_of(call, std::string(kJobs) + "/" + job.id)).end_object();
  Response response = render::json(std::move(out).text());
  response.status = status;
  return response;
}

/// Goes on with it after the answer: 202, with where to ask for it.
Reply later(const Call& call, ExecuteOptions options, std::size_t total,
            std::function<Result<std::string>(Context&, const ExecuteOptions&, const Jobs::Progress&)> work) {
  Context& server = call.server;
  options.interrupt = {};
  Jobs::Order order;
  order.id = new_job_id();
  order.owner = call.who.name;
  order.total = total;
  order.work = [&server, options, work = std::move(work)](const std::atomic<bool>& cancelled,
                                                          const Jobs::Progress& progress) {
    ExecuteOptions own = options;
    own.interrupt.gone = &cancelled;
    return work(server, own, progress);
  };
  MD_LET(job, server.jobs.add(std::move(order)));
  return shown(call, job, 202);
}

Reply execute(const Call& call) {
  MD_LET(test_case, by_id(call));
  MD_LET(how, wanted(call));
  MD_OK(call.server.catalog.check_allowed(call.who, {"EditTests"}, test_case, call.interrupt));
  // What cannot be run is told at once.
  MD_LET(target, call.server.catalog.quality().target(test_case, call.interrupt));
  MD_OK(Quality::can_run(target.definition));
  if (how.async) {
    return later(
        call, how.options, 1,
        [test_case](Context& server, const ExecuteOptions& options, const Jobs::Progress&) -> Result<std::string> {
          MD_LET(result, run(server, test_case, options));
          return result.text();
        });
  }
  const auto result = run(call.server, test_case, how.options);
  if (result.ok()) return render::json(result->text());
  if (is_of_the_statement(result.error(), how.options.interrupt)) return render::error(result.error());
  return result.error();
}

Reply execute_suite(const Call& call) {
  MD_LET(suite, by_id(call));
  MD_LET(how, wanted(call));
  // Each test is asked about as well, when its turn comes.
  MD_OK(call.server.catalog.check_allowed(call.who, {"EditTests"}, suite, call.interrupt));
  MD_LET(entity, call.server.catalog.get(suite, {call.who, "tests", Include::Live, call.interrupt}));
  MD_LET(whole, Json::parse(entity.text()));
  const Json list = whole["tests"];
  if (list.size() > kMaxOfSuite)
    return too_large("a suite of more than " + std::to_string(kMaxOfSuite) + " tests cannot be run at once");
  std::vector<Json> tests;
  for (std::size_t i = 0; i < list.size(); ++i) tests.push_back(list.at(i));
  if (how.async) {
    return later(call, how.options, tests.size(),
                 [tests](Context& server, const ExecuteOptions& options, const Jobs::Progress& progress) {
                   return run_all(server, tests, options, progress);
                 });
  }
  MD_LET(text, run_all(call.server, tests, how.options, [](std::size_t) {}));
  return render::json(std::move(text));
}

Result<Jobs::State> own_job(const Call& call, std::optional<Jobs::State> job) {
  if (!job) {
    MD_LET(earlier, find_run(call.server.catalog, call.params.back(), call.interrupt));
    job = std::move(earlier);
  }
  if (job && is_own_job(call, job->owner)) return *job;
  return not_found("there is no execution " + call.params.back().substr(0, 100) + " (any more)");
}

Reply read_job(const Call& call) {
  MD_LET(job, own_job(call, call.server.jobs.find(call.params.back())));
  return shown(call, job, 200);
}

Reply cancel_job(const Call& call) {
  MD_LET(job, own_job(call, call.server.jobs.find(call.params.back())));
  const auto cancelled = call.server.jobs.cancel(job.id);
  return shown(call, cancelled ? *cancelled : job, 200);
}

}  // namespace

std::vector<Route> execute_routes(const Registry& registry) {
  const TypeInfo* test_case = registry.find("testCase");
  const TypeInfo* suite = registry.find("testSuite");
  const Need edit = needs("EditTests");
  const std::string job = std::string(kJobs) + "/{id}";
  return {
      {"POST", "/api/v1/" + test_case->collection + "/{id}/execute", execute, edit, test_case},
      {"POST", "/api/v1/" + suite->collection + "/{id}/execute", execute_suite, edit, suite},
      {"GET", job, read_job, needs("ViewBasic")},
      {"DELETE", job, cancel_job, edit},
  };
}

}  // namespace metadata::server
