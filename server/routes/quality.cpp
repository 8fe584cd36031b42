#include <algorithm>

#include "dialect/aliases.h"
#include "metadata/ids.h"
#include "metadata/patch.h"
#include "metadata/quality.h"
#include "render/entity.h"
#include "render/page.h"
#include "routes/input.h"
#include "routes/routes.h"

namespace metadata::server {
namespace {

constexpr char kResults[] = "testCaseResult";
constexpr long long kMaxValues = 1000;
constexpr long long kMaxOffset = 10'000;
constexpr std::size_t kMaxCreates = 1000;

Quality& quality(const Call& call) { return call.server.catalog.quality(); }

Response created(const Json& value) {
  Response response = render::json(value.text());
  response.status = 201;
  return response;
}

/// `data` and offset paging.
Response page_of(const std::vector<std::string>& texts, std::size_t total, long long limit, long long offset) {
  std::string body = "{\"data\":[";
  for (const std::string& text : texts) body.append(body.back() == '[' ? "" : ",").append(text);
  body += "],\"paging\":{\"offset\":" + std::to_string(offset) + ",\"limit\":" + std::to_string(limit) +
          ",\"total\":" + std::to_string(total) + "}}";
  return render::json(std::move(body));
}

struct Window {
  long long limit = 10, offset = 0;
};
Result<Window> window_of(const Call& call) {
  Window window;
  MD_LET(limit, call.query.number("limit", 10));
  MD_LET(offset, call.query.number("offset", 0));
  if (limit < 0 || offset < 0) return invalid_argument("query params limit and offset must not be negative");
  if (offset > kMaxOffset)
    return invalid_argument("query param offset must be at most " + std::to_string(kMaxOffset) +
                            "; narrow the list, or page by cursor without /search");
  window.limit = std::min(limit, kMaxValues);
  window.offset = offset;
  return window;
}

// ---- results -------------------------------------------------------------------------------------------------------

/// The test case, and the value after the last slash of the path.
struct OneResult {
  EntityRef test_case;
  std::string timestamp;
};
Result<OneResult> one_result(const Call& call) {
  const std::string& path = call.params.back();
  const auto slash = path.rfind('/');
  const std::string stamp = slash == std::string::npos ? std::string() : path.substr(slash + 1);
  const bool number =
      !stamp.empty() && std::all_of(stamp.begin(), stamp.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!number) return invalid_argument("the path must end in the timestamp of a result: .../{test case}/{timestamp}");
  return OneResult{EntityRef::by_fqn("testCase", canonical_fqn("testCase", path.substr(0, slash))), stamp};
}

Reply add_result(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  MD_LET(target, by_name(call));
  MD_LET(options, write_options(call));
  MD_LET(value, quality(call).add_result(target, call.request.body, options));
  return created(value);
}

Reply list_results(const Call& call) {
  MD_LET(target, by_name(call));
  MD_LET(when, moments_of(call));
  MD_OK(call.server.catalog.check_allowed(call.who, {"ViewBasic"}, target, call.interrupt));
  MD_LET(values, call.server.catalog.values(target, kResults, when.from, when.to, kMaxValues, call.interrupt));
  return render::values(values);
}

Reply patch_result(const Call& call) {
  if (auto refused = refuse_media_type(call, true)) return *std::move(refused);
  MD_LET(one, one_result(call));
  MD_LET(patch, Patch::parse(call.request.body));
  MD_LET(options, write_options(call));
  MD_LET(value, quality(call).patch_result(one.test_case, one.timestamp, patch, options));
  return render::json(value.text());
}

Reply remove_result(const Call& call) {
  MD_LET(one, one_result(call));
  MD_LET(options, write_options(call));
  MD_OK(call.server.catalog.check_allowed(call.who, {"EditTests"}, one.test_case, call.interrupt));
  MD_LET(value, call.server.catalog.value(one.test_case, kResults, one.timestamp, call.interrupt));
  MD_OK(call.server.catalog.remove_value(one.test_case, kResults, one.timestamp, options));
  return render::json(value.text());
}

/// What a search for test cases is for, without the stars that clients put around it and quotes, which an FQN may have
/// around its parts.
std::string words_of(const Call& call) {
  std::string words = call.query.text("q");
  while (words.starts_with('*')) words.erase(0, 1);
  while (words.ends_with('*')) words.pop_back();
  std::erase(words, '"');
  return words;
}

Result<ListOptions> list_options(const Call& call, const Window& window) {
  ListOptions options;
  options.as = call.who;
  MD_LET(include, include_of(call));
  options.include = include;
  options.limit = window.limit;
  options.interrupt = call.interrupt;
  options.filters = canonical_filters(call.type->name, call.type->filters, call.query);
  return options;
}

/// Which test cases a list over them, or over their results, is about.
Error read_filter(const Call& call, const Window& window, TestCaseFilter& filter) {
  MD_LET(options, list_options(call, window));
  filter.list = std::move(options);
  if (const std::string service = call.query.text("serviceName"); !service.empty()) {
    MD_LET(quoted, fqn::quote(service));
    filter.list.filters.push_back({"service", quoted});
  }
  filter.offset = static_cast<std::size_t>(window.offset);
  filter.words = words_of(call);
  const std::string type = call.query.text("testCaseType");
  if (type == "table") filter.about = TestCaseFilter::About::Table;
  if (type == "column") filter.about = TestCaseFilter::About::Column;
  if (!type.empty() && type != "all" && filter.about == TestCaseFilter::About::Any)
    return invalid_argument("testCaseType must be table, column or all, not '" + type.substr(0, 100) + "'");
  filter.dimension = call.query.text("dataQualityDimension");
  filter.platform = call.query.text("testPlatforms");
  filter.created_by = call.query.text("createdBy");
  filter.tags = list_of(call, "tags");
  if (const std::string tier = call.query.text("tier"); !tier.empty()) filter.tags.push_back(tier);
  return {};
}

/// A moment in a query parameter; nothing when it is not there.
Result<std::optional<std::int64_t>> moment_of(const Call& call, const char* name) {
  if (call.query.text(name).empty()) return std::optional<std::int64_t>();
  MD_LET(at, call.query.number(name, 0));
  return std::optional<std::int64_t>(at);
}

Response page_of(const ValuePage& page, const Window& window) {
  std::vector<std::string> texts;
  for (const Json& value : page.values) texts.push_back(value.text());
  return page_of(texts, static_cast<std::size_t>(page.total), window.limit, window.offset);
}

Response page_of(const Call& call, const Page& page, const Window& window, bool owner) {
  std::vector<std::string> texts;
  for (const Entity& entity : page.entities)
    texts.push_back(render::entity_text(entity, *call.type, call.server.references, {call.base, owner}));
  return page_of(texts, static_cast<std::size_t>(page.total), window.limit, window.offset);
}

/// Which results are meant, newest first.
Error read_results(const Call& call, const Window& window, ResultQuery& query) {
  MD_OK(read_filter(call, window, query));
  MD_LET(when, moments_of(call, "startTimestamp", "endTimestamp"));
  query.from_ms = when.from;
  query.to_ms = when.to;
  query.status = call.query.text("testCaseStatus");
  query.test_case = canonical_fqn("testCase", call.query.text("testCaseFQN"));
  return {};
}

Reply list_all_results(const Call& call) {
  MD_LET(window, window_of(call));
  ResultQuery query;
  MD_OK(read_results(call, window, query));
  MD_LET(latest, call.query.flag("latest", false));
  query.latest = latest;
  MD_LET(page, quality(call).results(query));
  return page_of(page, window);
}

/// The newest result of one test case, or of those that fit.
Reply latest_result(const Call& call) {
  ResultQuery query;
  MD_OK(read_results(call, {1, 0}, query));
  if (!query.test_case.empty()) {
    // One that is not there is told of, as by every route that names it.
    const EntityRef target = EntityRef::by_fqn("testCase", query.test_case);
    MD_OK(call.server.catalog.check_allowed(call.who, {"ViewBasic"}, target, call.interrupt));
    MD_OK(call.server.catalog.values(target, kResults, 0, kEver, 1, call.interrupt).error());
  }
  MD_LET(page, quality(call).results(query));
  return page.values.empty() ? Reply(render::nothing()) : Reply(render::json(page.values.front().text()));
}

// ---- test cases ----------------------------------------------------------------------------------------------------

Result<TestCaseQuery::Order> order_of(const Call& call) {
  using Order = TestCaseQuery::Order;
  const std::string field = call.query.text("sortField"), type = call.query.text("sortType");
  if (!type.empty() && type != "asc" && type != "desc")
    return invalid_argument("sortType must be asc or desc, not '" + type.substr(0, 100) + "'");
  if (field == "testCaseResult.timestamp") return type == "asc" ? Order::Oldest : Order::Newest;
  if (field.empty() || field == "fullyQualifiedName" || field == "fullyQualifiedName.keyword")
    return type == "desc" && !field.empty() ? Order::FqnDown : Order::Fqn;
  return invalid_argument("sortField must be testCaseResult.timestamp or fullyQualifiedName, not '" +
                          field.substr(0, 100) + "'");
}

Reply search_test_cases(const Call& call) {
  MD_LET(window, window_of(call));
  TestCaseQuery query;
  MD_OK(read_filter(call, window, query));
  const Fields fields = fields_of(call);
  query.list.fields = fields.names.empty() ? "testCaseResult" : fields.names + ",testCaseResult";
  query.status = call.query.text("testCaseStatus");
  MD_LET(from, moment_of(call, "startTimestamp"));
  MD_LET(to, moment_of(call, "endTimestamp"));
  query.from_ms = from;
  query.to_ms = to;
  MD_LET(order, order_of(call));
  query.order = order;
  MD_LET(page, quality(call).test_cases(query));
  return page_of(call, page, window, fields.owner);
}

/// Each of the list as a POST would make it; all or none.
Reply create_many(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  MD_LET(options, write_options(call));
  MD_LET(bodies, Json::parse(call.request.body));
  if (!bodies.is_array()) return invalid_argument("the body must be a list of test cases");
  if (bodies.size() > kMaxCreates)
    return too_large("at most " + std::to_string(kMaxCreates) + " test cases can be made at once");
  Batch batch;
  for (std::size_t i = 0; i < bodies.size(); ++i) batch.create("testCase", bodies.at(i).text());
  MD_LET(written, call.server.catalog.write(batch, options));
  std::string text = "[";
  for (const Written& one : written) {
    text.append(text.size() > 1 ? "," : "");
    text += render::entity_text(one.entity, *call.type, call.server.references, {call.base, false});
  }
  Response response = render::json(text + "]");
  response.status = 201;
  return response;
}

/// A member of a test case set to this JSON text; the answer is the test case.
Result<Entity> set_member(const Call& call, const std::string& member, const std::string& json) {
  MD_LET(target, by_id(call));
  MD_LET(patch, Patch::parse("[{\"op\":\"add\",\"path\":\"/" + member + "\",\"value\":" + json + "}]"));
  MD_LET(options, write_options(call));
  MD_LET(written, call.server.catalog.patch(target, patch, options));
  return call.server.catalog.get(target, {call.who, member, Include::Live, call.interrupt});
}

Reply put_failed_rows(const Call& call) {
  MD_LET(body, body_object(call));
  MD_LET(entity, set_member(call, "failedRowsSample", body.text()));
  return render::entity(call, entity);
}

Reply read_failed_rows(const Call& call) {
  MD_LET(target, by_id(call));
  MD_LET(entity, call.server.catalog.get(target, {call.who, "failedRowsSample", Include::Live, call.interrupt}));
  MD_LET(whole, Json::parse(entity.text()));
  if (!whole.contains("failedRowsSample")) return not_found("there is no sample of failed rows for " + entity.fqn());
  return render::json(whole["failedRowsSample"].text());
}

Reply remove_failed_rows(const Call& call) {
  MD_LET(target, by_id(call));
  MD_LET(patch, Patch::parse(R"([{"op":"remove","path":"/failedRowsSample"}])"));
  MD_LET(options, write_options(call));
  MD_LET(written, call.server.catalog.patch(target, patch, options));
  return render::entity(call, written.entity);
}

/// The body is the SQL itself, whatever its Content-Type says: so the client sends it.
Reply put_inspection_query(const Call& call) {
  JsonWriter text;
  text.string(call.request.body);
  MD_LET(entity, set_member(call, "inspectionQuery", text.text()));
  return render::entity(call, entity);
}

// ---- suites --------------------------------------------------------------------------------------------------------

Result<Entity> suite_of(const Call& call, const EntityRef& target) {
  return call.server.catalog.get(target, {call.who, {}, Include::All, call.interrupt});
}

Result<bool> is_basic(const Entity& suite) {
  MD_LET(whole, Json::parse(suite.text()));
  return whole["basic"].as_bool().value_or(false);
}

Error needs_table(const Call& call) {
  MD_LET(body, body_object(call));
  for (const char* name : {"basicEntityReference", "executableEntityReference"}) {
    if (!body[name].is_null()) return {};
  }
  return invalid_argument("Cannot create a basic test suite without the BasicEntityReference field informed.");
}

template <auto write>
Reply write_basic(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  MD_OK(needs_table(call));
  MD_LET(options, write_options(call));
  MD_LET(written, (call.server.catalog.*write)("testSuite", call.request.body, options));
  return render::written(call, written);
}

Reply remove_basic(const Call& call) {
  MD_LET(target, by_id(call));
  MD_LET(suite, suite_of(call, target));
  MD_LET(basic, is_basic(suite));
  if (!basic)
    return invalid_argument("Test suite is not basic. Cannot delete a logical test suite using this endpoint.");
  MD_LET(hard, call.query.flag("hardDelete", false));
  MD_LET(recursive, call.query.flag("recursive", false));
  MD_LET(revision, if_match(call, target));
  MD_LET(written, call.server.catalog.remove(target, {call.who, hard, recursive, revision, call.interrupt}));
  return render::removed(call, written);
}

Reply add_tests(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  MD_LET(body, body_object(call));
  MD_LET(suite_text, required_text(body, "testSuiteId"));
  MD_LET(suite, id_of(suite_text, "testSuiteId"));
  const Json ids = body["testCaseIds"];
  if (!ids.is_array()) return invalid_argument("testCaseIds field is required", "testCaseIds");
  std::vector<EntityId> test_cases;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    MD_LET(id, id_of(std::string(ids.at(i).as_string().value_or("")), "testCaseIds"));
    test_cases.push_back(id);
  }
  MD_LET(options, write_options(call));
  const EntityRef target = EntityRef::by_id("testSuite", suite);
  MD_OK(quality(call).add_tests(target, test_cases, options));
  MD_LET(entity, call.server.catalog.get(target, {call.who, {}, Include::Live, call.interrupt}));
  return render::json(render::entity_text(entity, *call.type, call.server.references, {call.base, false}));
}

Reply remove_test(const Call& call) {
  MD_LET(suite, id_of(call.params[0], "testSuiteId"));
  MD_LET(test_case, id_of(call.params[1], "testCaseId"));
  MD_LET(options, write_options(call));
  MD_OK(quality(call).remove_test(EntityRef::by_id("testSuite", suite), test_case, options));
  const EntityRef target = EntityRef::by_id("testCase", test_case);
  MD_LET(entity, call.server.catalog.get(target, {call.who, {}, Include::Live, call.interrupt}));
  return render::json(render::entity_text(entity, *call.server.references.type("testCase"), call.server.references,
                                          {call.base, false}));
}

Reply execution_summary(const Call& call) {
  std::optional<EntityRef> suite;
  if (const std::string text = call.query.text("testSuiteId"); !text.empty()) {
    MD_LET(id, id_of(text, "testSuiteId"));
    suite = EntityRef::by_id("testSuite", id);
  }
  MD_LET(summary, quality(call).summary(suite, call.interrupt, call.who));
  return render::json(summary.text());
}

Reply search_suites(const Call& call) {
  MD_LET(window, window_of(call));
  const Fields fields = fields_of(call);
  SuiteQuery query;
  MD_LET(options, list_options(call, window));
  query.list = std::move(options);
  query.list.fields = fields.names.empty() ? "tests" : fields.names + ",tests";
  query.words = words_of(call);
  query.with_empty = call.query.text("includeEmptyTestSuites") != "false";
  query.offset = static_cast<std::size_t>(window.offset);
  MD_LET(page, quality(call).suites(query));
  return page_of(call, page, window, fields.owner);
}

// ---- incidents -----------------------------------------------------------------------------------------------------

Reply set_incident(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  MD_LET(options, write_options(call));
  MD_LET(state, quality(call).set_incident(call.request.body, options));
  return created(state);
}

Reply list_incidents(const Call& call) {
  MD_LET(window, window_of(call));
  IncidentQuery query;
  MD_LET(when, moments_of(call));
  MD_LET(latest, call.query.flag("latest", false));
  query.from_ms = when.from;
  query.to_ms = when.to;
  query.latest = latest;
  query.test_case = canonical_fqn("testCase", call.query.text("testCaseFQN"));
  query.origin = call.query.text("originEntityFQN");
  query.status = call.query.text("testCaseResolutionStatusType");
  query.assignee = call.query.text("assignee");
  query.limit = static_cast<std::size_t>(window.limit);
  query.offset = static_cast<std::size_t>(window.offset);
  query.as = call.who;
  query.interrupt = call.interrupt;
  MD_LET(page, quality(call).incidents(query));
  return page_of(page, window);
}

Reply read_incident(const Call& call) {
  MD_LET(id, id_of(call.params.back(), "stateId"));
  MD_LET(states, quality(call).incident(id, call.interrupt, call.who));
  return render::values(states);
}

Reply read_incident_state(const Call& call) {
  MD_LET(id, id_of(call.params.back(), "id"));
  MD_LET(state, quality(call).incident_state(id, call.interrupt, call.who));
  return render::json(state.text());
}

Reply patch_incident_state(const Call& call) {
  if (auto refused = refuse_media_type(call, true)) return *std::move(refused);
  MD_LET(id, id_of(call.params.back(), "id"));
  MD_LET(patch, Patch::parse(call.request.body));
  MD_LET(options, write_options(call));
  MD_LET(state, quality(call).patch_incident(id, patch, options));
  return render::json(state.text());
}

Reply report(const Call& call) {
  ReportQuery query;
  query.aggregation = call.query.text("aggregationQuery");
  query.query = call.query.text("q");
  query.index = call.query.text("index");
  query.domain = call.query.text("domain");
  query.as = call.who;
  query.interrupt = call.interrupt;
  MD_LET(report, quality(call).report(query));
  return render::json(report.text());
}

}  // namespace

std::vector<Route> quality_routes(const Registry& registry) {
  const TypeInfo* test_case = registry.find("testCase");
  const TypeInfo* suite = registry.find("testSuite");
  const std::string cases = "/api/v1/" + test_case->collection;
  const std::string suites = "/api/v1/" + suite->collection;
  const Need view = needs("ViewBasic"), edit = needs("EditTests");
  const std::string results = cases + "/testCaseResults", incidents = cases + "/testCaseIncidentStatus";
  return {
      {"GET", results + "/search/list", list_all_results, view, test_case},
      {"GET", results + "/search/latest", latest_result, view, test_case},
      {"GET", results + "/{fqn...}", list_results, view, test_case},
      {"POST", results + "/{fqn...}", add_result, edit, test_case},
      {"PUT", results + "/{fqn...}", add_result, edit, test_case},  // as older clients send it
      {"PATCH", results + "/{result...}", patch_result, edit, test_case},
      {"DELETE", results + "/{result...}", remove_result, edit, test_case},
      {"GET", cases + "/search/list", search_test_cases, view, test_case},
      {"POST", cases + "/createMany", create_many, needs("Create"), test_case},
      {"PUT", cases + "/{id}/failedRowsSample", put_failed_rows, edit, test_case},
      {"GET", cases + "/{id}/failedRowsSample", read_failed_rows, view, test_case},
      {"DELETE", cases + "/{id}/failedRowsSample", remove_failed_rows, edit, test_case},
      {"PUT", cases + "/{id}/inspectionQuery", put_inspection_query, edit, test_case},
      {"PUT", cases + "/logicalTestCases", add_tests, edit, suite},
      {"DELETE", cases + "/logicalTestCases/{suite}/{id}", remove_test, edit, suite},
      {"POST", incidents, set_incident, edit, test_case},
      {"GET", incidents, list_incidents, view, test_case},
      {"GET", incidents + "/stateId/{stateId}", read_incident, view, test_case},
      {"GET", incidents + "/{id}", read_incident_state, view, test_case},
      {"PATCH", incidents + "/{id}", patch_incident_state, edit, test_case},
      {"POST", suites + "/executable", write_basic<&Catalog::create>, needs("Create"), suite},
      {"PUT", suites + "/executable", write_basic<&Catalog::put>, needs("EditAll"), suite},
      {"DELETE", suites + "/executable/{id}", remove_basic, needs("Delete"), suite},
      {"POST", suites + "/basic", write_basic<&Catalog::create>, needs("Create"), suite},
      {"PUT", suites + "/basic", write_basic<&Catalog::put>, needs("EditAll"), suite},
      {"DELETE", suites + "/basic/{id}", remove_basic, needs("Delete"), suite},
      {"GET", suites + "/executionSummary", execution_summary, view, suite},
      {"GET", suites + "/dataQualityReport", report, view, suite},
      {"GET", suites + "/search/list", search_suites, view, suite},
  };
}

}  // namespace metadata::server
