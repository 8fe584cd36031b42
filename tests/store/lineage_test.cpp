#include <algorithm>

#include "fixture.h"

using namespace metadata;
using namespace metadata::store;
using namespace metadata::store::test;

namespace {

PutLineage edge(std::uint64_t from, std::uint64_t to, std::vector<LineageColumn> columns = {}) {
  return {id(from), id(to), "Manual", {}, "", "{}", std::move(columns)};
}

LineageColumn column(std::int32_t mapping, const std::string& from, const std::string& to) {
  return {0, mapping, 0, from, to, ""};
}

Rid rid(Store& store, std::uint64_t number) { return get(store, number).row.rid; }

std::vector<LineagePair> pairs(Store& store, std::vector<Rid> rids, Direction direction) {
  std::vector<LineagePair> found;
  const Error error = look(store)->lineage_pairs(rids, direction, [&](LineagePair pair) {
    found.push_back(pair);
    return true;
  });
  REQUIRE(error.ok());
  return found;
}

Seq seq_of(Store& store, std::uint64_t from, std::uint64_t to) {
  const LineagePair ends{rid(store, from), rid(store, to)};
  const auto rows = must(look(store)->lineage_rows(std::span(&ends, 1)));
  return rows.empty() ? 0 : rows.front().seq;
}

}  // namespace

TEST_CASE("edges come in the order of the entities asked for and of their other ends, and stop when told") {
  auto store = open(":memory:");
  commit(*store, tables_under_service({"a", "b", "c", "d", "e"}));  // ids 2 to 6
  commit(*store, set_of({edge(4, 6), edge(4, 2), edge(4, 5), edge(3, 6), edge(3, 2), edge(2, 3)}));
  const Rid a = rid(*store, 2), b = rid(*store, 3), c = rid(*store, 4), d = rid(*store, 5), e = rid(*store, 6);
  CHECK(pairs(*store, {c, b, a}, Direction::From) ==
        std::vector<LineagePair>{{c, a}, {c, d}, {c, e}, {b, a}, {b, e}, {a, b}});
  CHECK(pairs(*store, {a, e}, Direction::To) == std::vector<LineagePair>{{b, a}, {c, a}, {b, e}, {c, e}});
  std::size_t seen = 0;
  const std::vector<Rid> all{a, b, c};
  REQUIRE(look(*store)->lineage_pairs(all, Direction::From, [&](LineagePair) { return ++seen < 3; }).ok());
  CHECK(seen == 3);
  CHECK(must(look(*store)->all_lineage({b, e}, 2)) == std::vector<LineagePair>{{c, a}, {c, d}});
  const auto degrees = must(look(*store)->lineage_degrees(all, 2));
  REQUIRE(degrees.size() == 3);
  CHECK(degrees[2].outgoing == 2);
  CHECK(degrees[0].incoming == 2);
}

TEST_CASE("an edge is put over another, or refused when its state is not the expected one") {
  auto store = open(":memory:");
  commit(*store, tables_under_service({"a", "b"}));
  commit(*store, set_of({edge(2, 3, {column(0, ".x", ".y"), column(1, ".x", ".z")}), log_of(row(2, "s/a"))},
                        {LineageAt{id(2), id(3), 0}}));
  const Seq first = seq_of(*store, 2, 3);
  CHECK(first > 0);
  CHECK(refused(*store, set_of({edge(2, 3)}, {LineageAt{id(2), id(3), 0}})).code() == Code::Conflict);
  commit(*store,
         set_of({edge(2, 3, {column(0, ".q", ".y")}), log_of(row(2, "s/a"))}, {LineageAt{id(2), id(3), first}}));
  CHECK(seq_of(*store, 2, 3) > first);
  CHECK(refused(*store, set_of({DeleteLineage{id(2), id(3)}}, {LineageAt{id(2), id(3), first}})).code() ==
        Code::Conflict);
  CHECK(refused(*store, set_of({edge(2, 9)})).code() == Code::Conflict);
  commit(*store, set_of({DeleteLineage{id(2), id(3)}, DeleteLineage{id(2), id(3)}}));
  CHECK(seq_of(*store, 2, 3) == 0);
  CHECK(broken_rules(*store).empty());
}

TEST_CASE("column mappings are found from either side, and go with their columns") {
  auto store = open(":memory:");
  commit(*store, tables_under_service({"a", "b", "c"}));
  commit(*store,
         set_of({edge(2, 3, {column(0, ".x", ".y"), column(1, ".w", ".y")}), edge(3, 4, {column(0, ".y", ".z")})}));
  const std::vector<ColumnOf> asked{{rid(*store, 2), ".x"}, {rid(*store, 3), ".y"}};
  std::vector<std::string> found;
  const auto visit = [&](std::size_t at, Rid, std::string_view name) {
    found.push_back(std::to_string(at) + std::string(name));
    return true;
  };
  REQUIRE(look(*store)->lineage_column_pairs(asked, Direction::From, visit).ok());
  CHECK(found == std::vector<std::string>{"0.y", "1.z"});
  found.clear();
  REQUIRE(look(*store)->lineage_column_pairs(asked, Direction::To, visit).ok());
  CHECK(found == std::vector<std::string>{"1.w", "1.x"});
  const Seq before = seq_of(*store, 2, 3);
  commit(*store, set_of({log_of(row(3, "s/b"))}));
  commit(*store, set_of({DropLineageColumns{id(2), {".x", ".none"}}}));
  CHECK(seq_of(*store, 2, 3) > before);
  commit(*store, set_of({DropLineageColumns{id(3), {".y"}}}));
  const std::vector<LineagePair> ends{{rid(*store, 2), rid(*store, 3)}, {rid(*store, 3), rid(*store, 4)}};
  for (const auto& one : must(look(*store)->lineage_rows(ends)))
    CHECK(must(look(*store)->lineage_columns(std::span(&one.edge, 1))).empty());
  CHECK(broken_rules(*store).empty());
}

TEST_CASE("a removed entity takes its edges at once, and what is left of them is reaped") {
  auto store = open(":memory:");
  std::vector<std::string> keys{"hub"};
  for (int i = 0; i < 1200; ++i) keys.push_back("t" + std::to_string(i));
  commit(*store, tables_under_service(keys));
  WriteSet edges;
  for (std::uint64_t i = 0; i < 1200; ++i) edges.operations.emplace_back(edge(2, i + 3, {column(0, ".x", ".y")}));
  PutLineage through = edge(3, 4);
  through.pipeline = id(2);
  edges.operations.emplace_back(through);
  commit(*store, edges);
  const Rid end = rid(*store, 3);
  commit(*store, set_of({DeleteEntity{id(2)}}));
  CHECK(pairs(*store, {end}, Direction::To).empty());
  CHECK(must(look(*store)->all_lineage({}, 10)).size() == 1);
  const LineagePair run{rid(*store, 3), rid(*store, 4)};
  CHECK(must(look(*store)->lineage_rows(std::span(&run, 1))).front().pipeline == 0);
  CHECK(broken_rules(*store).empty());
}

TEST_CASE("I3: check finds edges without ends, columns without edges, and details that are no JSON") {
  const auto broken_by = [](const std::string& sql) {
    Folder folder;
    {
      auto store = open(folder);
      commit(*store, tables_under_service({"a", "b"}));
      commit(*store, set_of({edge(2, 3, {column(0, ".x", ".y")})}));
    }
    damage(folder.file(), sql);
    return broken_rules(*open(folder));
  };
  CHECK(broken_by("SELECT 1").empty());
  const auto has = [](const std::vector<std::string>& rules, const char* rule) {
    return std::ranges::find(rules, rule) != rules.end();
  };
  CHECK(has(broken_by("UPDATE lineage SET to_rid = 999"), "lineage-without-row"));
  CHECK(has(broken_by("UPDATE lineage SET pipeline_rid = 999"), "lineage-without-pipeline"));
  CHECK(has(broken_by("UPDATE lineage_column SET to_rid = 1"), "lineage-column-differs"));
  CHECK(has(broken_by("DELETE FROM lineage"), "lineage-column-differs"));
  CHECK(has(broken_by("UPDATE lineage SET body = '{'"), "bad-json"));
}
