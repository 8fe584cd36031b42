#include "metadata/quality.h"
#include "quality/runners.h"
#include "render/page.h"
#include "routes/input.h"
#include "routes/routes.h"

namespace metadata::server {
namespace {

constexpr std::size_t kMaxOfSuite = 1000;

Result<ExecuteOptions> execute_options(const Call& call) {
  MD_LET(writing, write_options(call));
  MD_LET(rows, call.query.number("failedRowsSample", 0));
  MD_LET(async, call.query.flag("async", false));
  if (rows < 0 || rows > 50) return invalid_argument("query param failedRowsSample must be from 0 to 50");
  if (async)
    return unimplemented(
        "tests are run while the caller waits; async=true, which would answer with a job, is not there yet");
  ExecuteOptions options;
  static_cast<WriteOptions&>(options) = std::move(writing);
  options.sample_rows = static_cast<std::size_t>(rows);
  return options;
}

Result<Json> run(const Call& call, const EntityRef& test_case, const ExecuteOptions& options) {
  Catalog& catalog = call.server.catalog;
  MD_LET(target, catalog.quality().target(test_case, call.interrupt));
  MD_OK(Quality::can_run(target.definition));
  MD_LET(runner, open_runner(catalog, call.server.config, target, call.interrupt));
  return catalog.quality().execute(test_case, *runner, options);
}

Reply execute(const Call& call) {
  MD_LET(test_case, by_id(call));
  MD_LET(options, execute_options(call));
  MD_LET(result, run(call, test_case, options));
  return render::json(result.text());
}

/// Each test of the suite, one after the other. What cannot be run is told beside the results and stops nothing.
Reply execute_suite(const Call& call) {
  MD_LET(suite, by_id(call));
  MD_LET(options, execute_options(call));
  MD_LET(entity, call.server.catalog.get(suite, {call.who, "tests", Include::Live, call.interrupt}));
  MD_LET(whole, Json::parse(entity.text()));
  const Json tests = whole["tests"];
  if (tests.size() > kMaxOfSuite)
    return too_large("a suite of more than " + std::to_string(kMaxOfSuite) + " tests cannot be run at once");
  JsonWriter out;
  out.begin_object().key("data").begin_array();
  std::size_t ran = 0;
  for (std::size_t i = 0; i < tests.size(); ++i) {
    const auto id = EntityId::parse(tests.at(i)["id"].as_string().value_or(""));
    if (!id) continue;
    const auto result = run(call, EntityRef::by_id("testCase", *id), options);
    if (!result.ok() && (result.error().code() == Code::Interrupted || result.error().code() == Code::PermissionDenied))
      return result.error();
    out.begin_object().key("testCase").raw(tests.at(i).text());
    if (result.ok()) {
      out.key("result").raw(result->text());
      ++ran;
    } else {
      out.key("error").string(result.error().message());
    }
    out.end_object();
  }
  out.end_array().key("executed").integer(static_cast<std::int64_t>(ran));
  out.key("total").integer(static_cast<std::int64_t>(tests.size())).end_object();
  return render::json(std::move(out).text());
}

}  // namespace

std::vector<Route> execute_routes(const Registry& registry) {
  const TypeInfo* test_case = registry.find("testCase");
  const TypeInfo* suite = registry.find("testSuite");
  const Need edit = needs("EditTests");
  return {
      {"POST", "/api/v1/" + test_case->collection + "/{id}/execute", execute, edit, test_case},
      {"POST", "/api/v1/" + suite->collection + "/{id}/execute", execute_suite, edit, suite},
  };
}

}  // namespace metadata::server
