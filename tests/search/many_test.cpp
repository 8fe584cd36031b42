// What is other than with a few: more matches than are counted, and orders that are walked instead of sorted.
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "metadata/metadata.h"

using namespace metadata;

namespace {

constexpr int kTables = 2600;
constexpr int kPiece = 1000;  // of one batch
constexpr std::int64_t kExact = 500;

std::string table_body(int number) {
  const std::string service = number < kTables / 2 ? "first" : "second";
  std::string name = std::to_string(number);
  name = "t" + std::string(4 - name.size(), '0') + name;
  return R"({"name": ")" + name + R"(", "databaseSchema": ")" + service + R"(.db.s", "columns": []})";
}

void write(Catalog& catalog, const Batch& batch) {
  const WriteOptions options;
  const auto written = catalog.write(batch, options);
  INFO(std::string(written.ok() ? "" : written.error().text()));
  REQUIRE(written.ok());
}

/// Tables of one service were all made before those of the other. A user and a service have one name.
std::unique_ptr<Catalog> make_many() {
  Options options;
  options.path = ":memory:";
  options.search.exact_matches = kExact;
  options.search.wait = options.search.deadline = std::chrono::minutes(10);  // a machine may stand still for seconds
  auto catalog = Catalog::open(options);
  REQUIRE(catalog.ok());
  Batch parents;
  parents.put("user", R"({"name": "second", "email": "second@example.com"})");
  for (const std::string service : {"first", "second"}) {
    parents.put("databaseService", R"({"name": ")" + service + R"(", "serviceType": "SQLite"})")
        .put("database", R"({"name": "db", "service": ")" + service + R"("})")
        .put("databaseSchema", R"({"name": "s", "database": ")" + service + R"(.db"})");
  }
  write(**catalog, parents);
  for (int begin = 0; begin < kTables; begin += kPiece) {
    Batch tables;
    for (int number = begin; number < std::min(kTables, begin + kPiece); ++number)
      tables.put("table", table_body(number));
    write(**catalog, tables);
  }
  return *std::move(catalog);
}

Catalog& catalog() {
  static const std::unique_ptr<Catalog> made = make_many();
  return *made;
}

SearchHits found(const SearchQuery& query) {
  const auto hits = catalog().search().query(query);
  INFO(std::string(hits.ok() ? "" : hits.error().text()));
  REQUIRE(hits.ok());
  return *hits;
}

/// The sort values of all hits, page by page.
std::vector<std::string> walk(SearchQuery query) {
  std::vector<std::string> all;
  for (int pages = 0; pages < 100; ++pages) {
    const SearchHits page = found(query);
    if (page.hits.empty()) return all;
    for (const SearchHit& hit : page.hits) {
      std::string values;
      for (const std::string& value : hit.sort) values += (values.empty() ? "" : ",") + value;
      all.push_back(values);
    }
    query.search_after = all.back();
  }
  FAIL("the pages have no end");
  return all;
}

SearchQuery by_fqn(std::vector<std::string> indexes, bool descending) {
  SearchQuery query;
  query.indexes = std::move(indexes);
  query.sort_field = "fullyQualifiedName";
  query.descending = descending;
  query.size = 400;
  query.source = false;
  return query;
}

}  // namespace

TEST_CASE("more matches than are sorted at once come in the order of their FQNs all the same") {
  std::vector<std::string> wanted;
  for (int number = 0; number < kTables; ++number) {
    std::string name = std::to_string(number);
    name = "t" + std::string(4 - name.size(), '0') + name;
    wanted.push_back((number < kTables / 2 ? "first.db.s." : "second.db.s.") + name);
  }
  CHECK(walk(by_fqn({"table"}, false)) == wanted);
  std::reverse(wanted.begin(), wanted.end());
  CHECK(walk(by_fqn({"table"}, true)) == wanted);
}

TEST_CASE("entities of two types with one FQN both have their place between the pages") {
  for (const bool descending : {false, true}) {
    SearchQuery query = by_fqn({"all", "user"}, descending);
    for (const std::size_t size : {1, 400}) {
      query.size = size;
      if (size == 1) query.search_after = descending ? "second.db,database" : "first.db.s.t1299,table";
      if (size == 1) {
        std::vector<std::string> next;
        for (int i = 0; i < 2; ++i) {
          next.push_back(found(query).hits.front().sort[1]);
          query.search_after = "second," + next.back();
        }
        CHECK(std::set<std::string>(next.begin(), next.end()) == std::set<std::string>{"databaseService", "user"});
      } else {
        query.search_after.clear();
        const auto all = walk(query);
        CHECK(std::set<std::string>(all.begin(), all.end()).size() == all.size());
        CHECK(std::count(all.begin(), all.end(), "second,user") == 1);
        CHECK(std::count(all.begin(), all.end(), "second,databaseService") == 1);
      }
    }
  }
}

TEST_CASE("beyond what is counted a total says that it is a lower bound") {
  SearchQuery query;
  query.indexes = {"table"};
  query.filters = {{"service", "first"}};
  const SearchHits hits = found(query);
  CHECK(hits.total >= kExact);
  CHECK(hits.total <= kTables / 2);
  CHECK((hits.total_exact == (hits.total == kTables / 2)));
}

TEST_CASE("facets of many matches are about right for the oldest and the newest, and say that they are estimated") {
  SearchQuery query;
  query.indexes = {"table"};
  query.size = 0;
  query.facets = {"service.name", "entityType"};
  const SearchHits hits = found(query);
  REQUIRE(hits.facets.size() == 2);
  const Facet& services = hits.facets[0];
  CHECK_FALSE(services.exact);
  REQUIRE(services.counts.size() == 2);
  for (const FacetCount& count : services.counts) {
    CAPTURE(count.value);
    CHECK(count.count > kTables / 2 * 8 / 10);
    CHECK(count.count < kTables / 2 * 12 / 10);
  }
  // What the index knows without looking is exact however many there are.
  const Facet& types = hits.facets[1];
  CHECK(types.exact);
  REQUIRE(types.counts.size() == 1);
  CHECK(types.counts[0].count == kTables);
}

TEST_CASE("facets of few matches are exact beside many others") {
  SearchQuery query;
  query.indexes = {"table"};
  query.query_filter = R"({"query":{"wildcard":{"name":"t129?"}}})";
  query.facets = {"service.name"};
  const SearchHits hits = found(query);
  CHECK(hits.total == 10);
  CHECK(hits.total_exact);
  CHECK(hits.facets[0].exact);
  REQUIRE(hits.facets[0].counts.size() == 1);
  CHECK(hits.facets[0].counts[0].count == 10);
}
