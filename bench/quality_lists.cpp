// What the lists over all test cases cost, each as the server answers it, in milliseconds of CPU a call: test cases
// with and without conditions on their newest result, results, incidents, suites. One thread, no transport.
//
//   quality_lists [CASES [RESULTS [STEP]]]   CASES (10000) test cases, ten a table, with RESULTS (10) results each in
//                                            memory; every fifth fails at last. STEP: only steps whose name holds it
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "metadata/metadata.h"
#include "metadata/quality.h"
#include "served.h"

namespace {

using bench::cpu_ns;
using bench::must;
using metadata::Catalog;
using metadata::EntityRef;

constexpr std::size_t kPerTable = 10;
constexpr std::size_t kTablesABatch = 50;
constexpr std::int64_t kLongEnoughNs = 400'000'000;
constexpr std::int64_t kBegan = 1'700'000'000'000, kDay = 86'400'000;

std::string table_of(std::size_t test) { return "bench.db.s.t" + std::to_string(test / kPerTable); }
std::string name_of(std::size_t test) { return "c" + std::to_string(test); }

void fill(Catalog& catalog, std::size_t cases) {
  must(catalog.put("user", R"({"name":"ann","email":"ann@example.org","isAdmin":true})"));
  must(catalog.put("databaseService", R"({"name":"bench","serviceType":"SQLite"})"));
  must(catalog.put("database", R"({"name":"db","service":"bench"})"));
  must(catalog.put("databaseSchema", R"({"name":"s","database":"bench.db"})"));
  must(catalog.put("testDefinition", R"({"name":"any","description":"d","testPlatforms":["Other"]})"));
  for (std::size_t at = 0; at < cases;) {
    metadata::Batch batch;
    for (std::size_t tables = 0; tables < kTablesABatch && at < cases; ++tables) {
      batch.put("table", R"({"name":"t)" + std::to_string(at / kPerTable) +
                             R"(","databaseSchema":"bench.db.s","columns":[{"name":"a","dataType":"INT"}]})");
      for (std::size_t i = 0; i < kPerTable && at < cases; ++i, ++at)
        batch.put("testCase", R"({"name":")" + name_of(at) + R"(","entityLink":"<#E::table::)" + table_of(at) +
                                  R"(>","testDefinition":"any"})");
    }
    must(catalog.write(batch));
  }
}

void add_results(Catalog& catalog, std::size_t cases, std::size_t results) {
  for (std::size_t i = 0; i < results; ++i) {
    for (std::size_t test = 0; test < cases; ++test) {
      const bool failed = i + 1 == results && test % 5 == 0;
      const auto at = kBegan + static_cast<std::int64_t>(i) * kDay + static_cast<std::int64_t>(test);
      must(catalog.quality().add_result(EntityRef::by_fqn("testCase", table_of(test) + "." + name_of(test)),
                                        R"({"timestamp":)" + std::to_string(at) + R"(,"testCaseStatus":")" +
                                            (failed ? "Failed" : "Success") +
                                            R"(","result":"Found 12 of 12 rows","passedRows":12,"failedRows":0})"));
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t cases = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 10'000;
  const std::size_t results = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 10;
  const std::string_view wanted = argc > 3 ? argv[3] : "";
  metadata::Options options;
  options.path = ":memory:";
  const auto catalog = must(Catalog::open(options));
  fill(*catalog, cases);
  add_results(*catalog, cases, results);
  const std::string token = bench::token_of_ann(*catalog);

  bench::Served served(*catalog, token);
  const auto request = [&](const std::string& target) { served.get("/dataQuality" + target); };
  const auto step = [&](const char* target) {
    if (std::string_view(target).find(wanted) == std::string_view::npos) return;
    request(target);
    const auto before = catalog->statements();
    const std::int64_t began = cpu_ns();
    std::int64_t ns = 0;
    int calls = 0;
    for (; ns < kLongEnoughNs; ns = cpu_ns() - began, ++calls) request(target);
    std::printf("%-105s %10.3f ms %8.1f statements\n", target, static_cast<double>(ns) / 1e6 / calls,
                static_cast<double>(catalog->statements() - before) / calls);
    std::fflush(stdout);
  };
  std::printf("%zu test cases, %zu results each\n", cases, results);
  step("/testCases/search/list?limit=15");
  step("/testCases/search/list?limit=15&offset=9000");
  step("/testCases/search/list?limit=15&testCaseStatus=Failed");
  step("/testCases/search/list?limit=15&q=c99");
  step("/testSuites/search/list?limit=15");
  step("/testSuites/search/list?limit=15&includeEmptyTestSuites=false");
  step("/testCases/testCaseResults/search/list?limit=15");
  step("/testCases/testCaseResults/search/list?limit=15&testCaseStatus=Failed");
  step("/testCases/testCaseResults/search/list?limit=15&latest=true");
  step("/testCases/testCaseIncidentStatus?limit=15");
  step("/testCases/testCaseIncidentStatus?limit=15&latest=true&testCaseResolutionStatusType=New");
  step("/testSuites/executionSummary");
  const std::string report = "/testSuites/dataQualityReport?index=";
  step((report + "testCase&aggregationQuery=bucketName=s:aggType=terms:field=testCaseResult.testCaseStatus").c_str());
  step((report + "testCaseResult&aggregationQuery=bucketName=d:aggType=date_histogram:field=timestamp").c_str());
  step((report + "table&aggregationQuery=bucketName=n:aggType=cardinality:field=fullyQualifiedName").c_str());
  return 0;
}
