#include "view/test_summary.h"

#include <array>
#include <set>

#include "json/skip.h"
#include "json/splice.h"
#include "model/fqn.h"

namespace metadata::view {
namespace {

constexpr char kTests[] = "tests";
constexpr char kResults[] = "testCaseResult";
constexpr char kIncidents[] = "testCaseIncidentStatus";

struct Counts {
  std::array<std::int64_t, 4> of{};
  std::int64_t total = 0;
};
constexpr std::pair<std::string_view, const char*> kStatuses[] = {
    {"\"Success\"", "success"}, {"\"Failed\"", "failed"}, {"\"Aborted\"", "aborted"}, {"\"Queued\"", "queued"}};

void count(std::string_view result, Counts& counts) {
  const auto status = json::member_text(result, "testCaseStatus");
  for (std::size_t i = 0; i < std::size(kStatuses); ++i) {
    if (status != kStatuses[i].first) continue;
    ++counts.of[i];
    ++counts.total;
  }
}

void add_counts(const Counts& counts, json::ObjectText& text) {
  for (std::size_t i = 0; i < std::size(kStatuses); ++i) text.add_int(kStatuses[i].second, counts.of[i]);
  text.add_int("total", counts.total);
}

struct Test {
  store::RefRow ref;
  std::string result;  ///< the newest one; empty: none
};

/// The tests of each suite, with their newest results.
Result<std::map<store::Rid, std::vector<Test>>> tests_of(const Task& task) {
  std::map<store::Rid, std::vector<Test>> tests;
  std::vector<store::Rid> suites;
  for (const auto& entity : task.entities) suites.push_back(entity.row.rid);
  MD_LET(edges, task.reader.relations(suites, store::Direction::From, std::vector<std::string>{kTests}));
  MD_OK(task.leave_seen(edges));
  std::set<store::Rid> ends;
  for (const auto& edge : edges) ends.insert(edge.other.rid);
  const std::vector<store::Rid> rids(ends.begin(), ends.end());
  MD_LET(newest, task.reader.latest_series(rids, kResults));
  std::map<store::Rid, std::string> results;
  for (auto& [rid, row] : newest) results[rid] = std::move(row.body);
  for (auto& edge : edges) {
    if (edge.other.deleted) continue;
    const auto found = results.find(edge.other.rid);
    tests[edge.self].push_back({std::move(edge.other), found == results.end() ? std::string() : found->second});
  }
  return tests;
}

/// The link to the column that the test is about, or nothing for a test of the table.
std::string column_link(std::string_view test_key, std::string_view table_key) {
  const std::string_view column = model::parent_key(test_key);
  if (column.size() <= table_key.size()) return {};
  return "<#E::table::" + model::fqn_of_key(table_key) +
         "::columns::" + model::fqn_of_key(column.substr(table_key.size() + 1)) + ">";
}

}  // namespace

std::string summary_text(const ResultsByKey& results, std::string_view below) {
  Counts all;
  std::map<std::string, Counts> by_column;
  for (const auto& [key, result] : results) {
    if (result.empty()) continue;
    count(result, all);
    const std::string link = below.empty() ? std::string() : column_link(key, below);
    if (!link.empty()) count(result, by_column[link]);
  }
  json::ObjectText text;
  add_counts(all, text);
  std::string columns = "[";
  for (const auto& [link, counts] : by_column) {
    json::ObjectText column;
    add_counts(counts, column);
    column.add_string("entityLink", link);
    columns.append(columns.size() > 1 ? "," : "").append(column.take());
  }
  text.add_raw("columnTestSummary", columns + "]");
  return text.take();
}

Error test_summary(const Task& task) {
  MD_LET(tests, tests_of(task));
  for (const auto& entity : task.entities) {
    ResultsByKey results;
    for (auto& test : tests[entity.row.rid]) results.emplace_back(test.ref.fqn_key, std::move(test.result));
    task.put(entity.row, summary_text(results, model::parent_key(entity.row.fqn_key)));
  }
  return {};
}

Error test_results(const Task& task) {
  MD_LET(tests, tests_of(task));
  for (const auto& entity : task.entities) {
    std::string list = "[";
    for (const Test& test : tests[entity.row.rid]) {
      const auto status = json::member_text(test.result, "testCaseStatus");
      const auto at = json::member_text(test.result, "timestamp");
      if (!status || !at) continue;
      json::ObjectText row;
      row.add_string("testCaseName", model::fqn_of_key(test.ref.fqn_key));
      row.add_raw("status", *status).add_raw("timestamp", *at);
      list.append(list.size() > 1 ? "," : "").append(row.take());
    }
    task.put(entity.row, list + "]");
  }
  return {};
}

Error test_suites(const Task& task) {
  const std::vector<store::Rid> rids = task.rids();
  MD_LET(edges, task.reader.relations(rids, store::Direction::To, std::vector<std::string>{kTests}));
  MD_OK(task.leave_seen(edges));
  std::map<store::Rid, std::string> lists;
  for (const auto& edge : edges) {
    if (edge.other.deleted) continue;
    json::ObjectText suite;
    suite.add_string("id", edge.other.id.text()).add_string("name", edge.other.name);
    if (!edge.other.display_name.empty()) suite.add_string("displayName", edge.other.display_name);
    suite.add_string("fullyQualifiedName", model::fqn_of_key(edge.other.fqn_key));
    suite.add_bool("basic", !model::parent_key(edge.other.fqn_key).empty());
    std::string& list = lists[edge.self];
    list.append(list.empty() ? "[" : ",").append(suite.take());
  }
  for (const auto& entity : task.entities) {
    const std::string& list = lists[entity.row.rid];
    task.put(entity.row, list.empty() ? "[]" : list + "]");
  }
  return {};
}

Error open_incident(const Task& task) {
  const std::vector<store::Rid> rids = task.rids();
  MD_LET(newest, task.reader.latest_series(rids, kIncidents));
  for (const auto& [rid, row] : newest) {
    const auto state = json::member_text(row.body, "stateId");
    if (!state || json::member_text(row.body, "testCaseResolutionStatusType") == "\"Resolved\"") continue;
    task.around.computed[{rid, task.field.name}] = *state;
  }
  return {};
}

}  // namespace metadata::view
