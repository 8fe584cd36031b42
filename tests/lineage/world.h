#ifndef METADATA_TESTS_LINEAGE_WORLD_H
#define METADATA_TESTS_LINEAGE_WORLD_H

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "metadata/metadata.h"

namespace metadata::test {

/// Time that stands still until a test moves it.
class HandClock final : public Clock {
 public:
  std::int64_t now_ms() override { return now; }
  std::int64_t steady_ms() override { return 0; }
  std::int64_t now = 1'700'000'000'000;
};

// A dashboard that has charts, and a pipeline: types that the tests need, whether the library has its own or not.
inline const std::vector<std::string> kTypes = {
    R"({"type":"panel","collection":"panels","traits":["named","softDeleted"]})",
    R"({"type":"board","collection":"boards","traits":["named","softDeleted"],"fields":{"panels":{
        "type":"[EntityReference]","place":"relation","relation":{"kind":"shows","outgoing":true,"types":["panel"]}}}})",
    R"({"type":"flow","collection":"flows","traits":["named","softDeleted"]})"};

using Strings = std::vector<std::string>;

/// A catalog in memory with a schema to put tables into.
struct World {
  HandClock clock;
  std::unique_ptr<Catalog> catalog;

  World() {
    Options options;
    options.path = ":memory:";
    options.clock = &clock;
    options.extra_types = kTypes;
    auto opened = Catalog::open(options);
    REQUIRE_MESSAGE(opened.ok(), opened.error().text());
    catalog = *std::move(opened);
    must(catalog->put("databaseService", R"({"name":"svc","serviceType":"SQLite"})"));
    must(catalog->put("database", R"({"name":"db","service":"svc"})"));
    must(catalog->put("databaseSchema", R"({"name":"s","database":"svc.db"})"));
  }

  template <class T>
  static T must(Result<T> result) {
    REQUIRE_MESSAGE(result.ok(), result.error().text());
    return *std::move(result);
  }
  static void must(const Error& error) { REQUIRE_MESSAGE(error.ok(), error.text()); }

  Lineage& lineage() { return catalog->lineage(); }

  static EntityRef ref(const std::string& table) { return EntityRef::by_fqn("table", "svc.db.s." + table); }
  Entity table(const std::string& name, const Strings& columns = {"id", "name"}) {
    std::string body = R"({"name":")" + name + R"(","databaseSchema":"svc.db.s","columns":[)";
    for (const auto& column : columns) {
      body += (body.back() == '[' ? "" : ",") + (R"({"name":")" + column) + R"(","dataType":"INT"})";
    }
    return must(catalog->put("table", body + "]}")).entity;
  }
  void tables(const Strings& names) {
    for (const auto& name : names) table(name);
  }
  LineageWritten link(const std::string& from, const std::string& to, const std::string& details = "") {
    return must(lineage().put_edge(ref(from), ref(to), details));
  }
  /// "a>b" for each.
  void links(const Strings& pairs) {
    for (const auto& pair : pairs) link(pair.substr(0, pair.find('>')), pair.substr(pair.find('>') + 1));
  }
  void remove(const std::string& table, bool hard) {
    RemoveOptions options;
    options.hard = hard;
    options.recursive = true;
    must(catalog->remove(ref(table), options));
  }
  /// The same by id, for one that may be deleted already.
  void remove_id(const std::string& id, bool hard) {
    RemoveOptions options;
    options.hard = hard;
    options.recursive = true;
    must(catalog->remove(EntityRef::by_id("table", *EntityId::parse(id)), options));
  }
  LineageGraph walk(const std::string& table, int up, int down, LineageOptions options = {}) {
    options.upstream_depth = up;
    options.downstream_depth = down;
    options.budget = std::chrono::minutes(10);  // so that only what is counted cuts an answer
    return must(lineage().walk(ref(table), options));
  }
  std::string details(const std::string& from, const std::string& to) {
    return must(lineage().edge(ref(from), ref(to))).details;
  }
  void check_is_clean() {
    for (const auto& finding : must(catalog->check())) FAIL_CHECK(finding.rule << ": " << finding.text);
  }
};

/// "name@depth" of each node, sorted.
inline Strings nodes_of(const LineageGraph& graph) {
  Strings names;
  for (const auto& node : graph.nodes) names.push_back(node.name + "@" + std::to_string(node.depth));
  std::ranges::sort(names);
  return names;
}

/// "from>to" of each edge, in order.
inline Strings edges_of(const LineageGraph& graph, const std::vector<LineageEdge>& edges) {
  const auto name = [&](const EntityId& id) {
    if (id == graph.entity.id) return graph.entity.name;
    for (const auto& node : graph.nodes) {
      if (node.id == id) return node.name;
    }
    return std::string("?");
  };
  Strings pairs;
  for (const auto& edge : edges) pairs.push_back(name(edge.from) + ">" + name(edge.to));
  return pairs;
}

inline Strings sorted(Strings strings) {
  std::ranges::sort(strings);
  return strings;
}

/// The text of the value at a pointer of some JSON, or "-".
inline std::string at(const std::string& json, std::string_view pointer) {
  const auto value = World::must(Json::parse(json)).get(pointer);
  return value ? value->text() : "-";
}

}  // namespace metadata::test

#endif  // METADATA_TESTS_LINEAGE_WORLD_H
