#include <algorithm>
#include <functional>
#include <limits>

#include "dialect/aliases.h"
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
constexpr long long kEver = std::numeric_limits<long long>::max();

Quality& quality(const Call& call) { return call.server.catalog.quality(); }

Response created(const Json& value) {
  Response response = render::json(value.text());
  response.status = 201;
  return response;
}

Result<EntityId> id_of(const std::string& text, const char* name) {
  if (const auto id = EntityId::parse(text)) return *id;
  return invalid_argument(std::string(name) + ": '" + text.substr(0, 100) + "' is not a UUID", name);
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
  MD_LET(from, call.query.number("startTs", 0));
  MD_LET(to, call.query.number("endTs", kEver));
  MD_OK(call.server.catalog.check_allowed(call.who, {"ViewBasic"}, target, call.interrupt));
  MD_LET(values, call.server.catalog.values(target, kResults, from, to, kMaxValues, call.interrupt));
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

/// All test cases that the query's filters admit, in pages, until `visit` has had enough.
Error each_test_case(const Call& call, const std::string& fields,
                     const std::function<Result<bool>(const Entity&)>& visit) {
  ListOptions options;
  options.as = call.who;
  options.fields = fields;
  MD_LET(include, include_of(call));
  options.include = include;
  options.limit = kMaxValues;
  options.interrupt = call.interrupt;
  options.filters = canonical_filters(call.type->name, call.type->filters, call.query);
  while (true) {
    MD_LET(page, call.server.catalog.list("testCase", options));
    for (const Entity& entity : page.entities) {
      MD_LET(more, visit(entity));
      if (!more) return {};
    }
    if (page.after.empty()) return {};
    options.after = page.after;
  }
}

/// A field that shows the newest result, told apart by status and time.
bool fits(const Json& entity, const Query& query) {
  const Json result = entity["testCaseResult"];
  const std::string wanted = query.text("testCaseStatus");
  if (!wanted.empty() && result["testCaseStatus"].as_string().value_or("") != wanted) return false;
  const auto at = result["timestamp"].as_int();
  const auto from = query.number("startTimestamp", 0), to = query.number("endTimestamp", kEver);
  if (!query.text("startTimestamp").empty() || !query.text("endTimestamp").empty())
    return at && from.ok() && to.ok() && *at >= *from && *at <= *to;
  const std::string type = query.text("testCaseType");
  const bool column = entity["entityLink"].as_string().value_or("").find("::columns::") != std::string_view::npos;
  return type.empty() || type == "all" || (type == "column") == column;
}

/// Results over all test cases that fit, newest first; `latest`: only the newest of each.
Reply search_results(const Call& call, bool latest) {
  MD_LET(window, window_of(call));
  MD_LET(from, call.query.number("startTimestamp", 0));
  MD_LET(to, call.query.number("endTimestamp", kEver));
  const std::string status = call.query.text("testCaseStatus"), fqn = call.query.text("testCaseFQN");
  std::vector<std::pair<std::int64_t, std::string>> found;
  MD_OK(each_test_case(call, "testCaseResult", [&](const Entity& entity) -> Result<bool> {
    if (!fqn.empty() && entity.fqn() != fqn) return true;
    const auto take = [&](const Json& value) {
      const std::int64_t at = value["timestamp"].as_int().value_or(0);
      if (at < from || at > to) return;
      if (!status.empty() && value["testCaseStatus"].as_string().value_or("") != status) return;
      found.emplace_back(at, value.text());
    };
    if (latest) {
      MD_LET(whole, Json::parse(entity.text()));
      if (whole.contains("testCaseResult")) take(whole["testCaseResult"]);
    } else {
      const EntityRef target = EntityRef::by_id("testCase", entity.id());
      MD_LET(values, call.server.catalog.values(target, kResults, from, to, kMaxValues, call.interrupt));
      for (const Json& value : values) take(value);
    }
    return found.size() < static_cast<std::size_t>(kMaxOffset + kMaxValues);
  }));
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<std::string> texts;
  for (std::size_t i = static_cast<std::size_t>(window.offset); i < found.size(); ++i) {
    if (texts.size() == static_cast<std::size_t>(window.limit)) break;
    texts.push_back(std::move(found[i].second));
  }
  return page_of(texts, found.size(), window.limit, window.offset);
}
Reply list_all_results(const Call& call) { return search_results(call, false); }

/// The newest result of one test case, or of those that fit.
Reply latest_result(const Call& call) {
  if (call.query.text("testCaseFQN").empty()) return search_results(call, true);
  const EntityRef target = EntityRef::by_fqn("testCase", canonical_fqn("testCase", call.query.text("testCaseFQN")));
  MD_OK(call.server.catalog.check_allowed(call.who, {"ViewBasic"}, target, call.interrupt));
  MD_LET(values, call.server.catalog.values(target, kResults, 0, kEver, 1, call.interrupt));
  return values.empty() ? Reply(render::nothing()) : Reply(render::json(values.front().text()));
}

// ---- test cases ----------------------------------------------------------------------------------------------------

Reply search_test_cases(const Call& call) {
  MD_LET(window, window_of(call));
  const Fields fields = fields_of(call);
  const std::string words = call.query.text("q");
  std::vector<std::string> texts;
  std::size_t total = 0;
  MD_OK(each_test_case(
      call, fields.names.empty() ? "testCaseResult" : fields.names + ",testCaseResult",
      [&](const Entity& entity) -> Result<bool> {
        MD_LET(whole, Json::parse(entity.text()));
        if (!fits(whole, call.query)) return true;
        if (!words.empty() && words != "*" && entity.fqn().find(words) == std::string::npos) return true;
        const auto at = static_cast<long long>(total++);
        if (at >= window.offset && at < window.offset + window.limit)
          texts.push_back(render::entity_text(entity, *call.type, call.server.references, {call.base, fields.owner}));
        return true;
      }));
  return page_of(texts, total, window.limit, window.offset);
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
  const std::string words = call.query.text("q");
  const bool with_empty = call.query.text("includeEmptyTestSuites") != "false";
  ListOptions options;
  options.as = call.who;
  options.fields = fields.names.empty() ? "tests" : fields.names + ",tests";
  MD_LET(include, include_of(call));
  options.include = include;
  options.limit = kMaxValues;
  options.interrupt = call.interrupt;
  options.filters = canonical_filters(call.type->name, call.type->filters, call.query);
  std::vector<std::string> texts;
  std::size_t total = 0;
  do {
    MD_LET(page, call.server.catalog.list("testSuite", options));
    for (const Entity& entity : page.entities) {
      if (!words.empty() && words != "*" && entity.fqn().find(words) == std::string::npos) continue;
      if (!with_empty) {
        MD_LET(whole, Json::parse(entity.text()));
        if (whole["tests"].size() == 0) continue;
      }
      const auto at = static_cast<long long>(total++);
      if (at >= window.offset && at < window.offset + window.limit)
        texts.push_back(render::entity_text(entity, *call.type, call.server.references, {call.base, fields.owner}));
    }
    options.after = page.after;
  } while (!options.after.empty());
  return page_of(texts, total, window.limit, window.offset);
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
  MD_LET(from, call.query.number("startTs", 0));
  MD_LET(to, call.query.number("endTs", kEver));
  MD_LET(latest, call.query.flag("latest", false));
  query.from_ms = from;
  query.to_ms = to;
  query.latest = latest;
  query.test_case = canonical_fqn("testCase", call.query.text("testCaseFQN"));
  query.status = call.query.text("testCaseResolutionStatusType");
  query.assignee = call.query.text("assignee");
  query.limit = static_cast<std::size_t>(window.limit);
  query.offset = static_cast<std::size_t>(window.offset);
  query.as = call.who;
  query.interrupt = call.interrupt;
  MD_LET(page, quality(call).incidents(query));
  std::vector<std::string> texts;
  for (const Json& state : page.states) texts.push_back(state.text());
  return page_of(texts, page.total, window.limit, window.offset);
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

Reply no_report(const Call&) {
  return unimplemented(
      "dataQualityReport is not built: .../testSuites/executionSummary and .../testCaseResults/search/list have the "
      "numbers");
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
      {"GET", suites + "/dataQualityReport", no_report, view, suite},
      {"GET", suites + "/search/list", search_suites, view, suite},
  };
}

}  // namespace metadata::server
