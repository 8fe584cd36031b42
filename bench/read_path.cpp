// What a read costs without a transport, in nanoseconds of CPU a call: authenticate, get by FQN (a few tables again and
// again, and uniformly random ones), list, and the server's whole handling of such a GET between two transports. One
// thread, one row a step, so that a profiler's run over it shows one path.
//
//   read_path [TABLES [DIRECTORY [STEP]]]   fills DIRECTORY (":memory:") with TABLES (10000) tables of 2 KB when it is
//                                           empty; STEP runs only the steps whose name holds that text
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>
#include <string>
#include <string_view>

#include "metadata/metadata.h"
#include "served.h"

namespace {

using bench::cpu_ns;
using bench::must;
using metadata::Catalog;
using metadata::EntityRef;

constexpr std::size_t kPerSchema = 1000;
constexpr std::size_t kBatch = 500;
constexpr std::int64_t kLongEnoughNs = 400'000'000;

std::string schema_of(std::size_t table) { return "s" + std::to_string(table / kPerSchema); }
std::string fqn_of(std::size_t table) { return "bench.db." + schema_of(table) + ".t" + std::to_string(table); }

/// A create body whose stored document is about 2 KB.
std::string table_body(std::size_t table) {
  std::string columns;
  for (int i = 0; i < 16; ++i) {
    const std::string n = std::to_string(i);
    columns += std::string(i == 0 ? "" : ",") + R"({"name":"column_)" + n +
               R"(","dataType":"VARCHAR","dataLength":255,"description":"The column number )" + n + "\"}";
  }
  return R"({"name":"t)" + std::to_string(table) + R"(","databaseSchema":"bench.db.)" + schema_of(table) +
         R"(","description":"A table of the benchmark","owners":[{"type":"user","fullyQualifiedName":"ann"}],)" +
         R"("tags":[{"tagFQN":"Class.red","source":"Classification","labelType":"Manual","state":"Confirmed"}],)" +
         R"("columns":[)" + columns + "]}";
}

void fill(Catalog& catalog, std::size_t tables) {
  must(catalog.put("user", R"({"name":"ann","email":"ann@example.org","isAdmin":true})"));
  must(catalog.put("classification", R"({"name":"Class","description":"c"})"));
  must(catalog.put("tag", R"({"name":"red","classification":"Class","description":"c"})"));
  must(catalog.put("databaseService", R"({"name":"bench","serviceType":"SQLite"})"));
  must(catalog.put("database", R"({"name":"db","service":"bench"})"));
  for (std::size_t at = 0; at < tables; at += kBatch) {
    if (at % kPerSchema == 0)
      must(catalog.put("databaseSchema", R"({"name":")" + schema_of(at) + R"(","database":"bench.db"})"));
    metadata::Batch batch;
    for (std::size_t i = at; i < std::min(at + kBatch, tables); ++i) batch.put("table", table_body(i));
    must(catalog.write(batch));
  }
}

/// Calls `work` until it has run long enough.
void step(const char* name, std::string_view wanted, const Catalog& catalog, const std::function<void()>& work) {
  if (std::string_view(name).find(wanted) == std::string_view::npos) return;
  work();
  const auto before = catalog.statements();
  const std::int64_t began = cpu_ns();
  std::size_t calls = 0;
  std::int64_t ns = 0;
  while (ns < kLongEnoughNs) {
    for (int i = 0; i < 50; ++i) work();
    calls += 50;
    ns = cpu_ns() - began;
  }
  std::printf("%-40s %10.0f ns %8.2f statements\n", name, static_cast<double>(ns) / static_cast<double>(calls),
              static_cast<double>(catalog.statements() - before) / static_cast<double>(calls));
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t tables = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 10'000;
  const std::string_view wanted = argc > 3 ? argv[3] : "";
  metadata::Options options;
  options.path = argc > 2 ? argv[2] : ":memory:";
  options.sync = metadata::Options::Sync::Normal;
  const auto catalog = must(Catalog::open(options));
  if (!catalog->get(EntityRef::by_fqn("user", "ann")).ok()) fill(*catalog, tables);
  const std::string token = bench::token_of_ann(*catalog);

  std::mt19937 random(1);
  std::uniform_int_distribution<std::size_t> any(0, tables - 1);
  std::size_t turn = 0;
  const auto hot = [&] { return fqn_of(turn++ % 8); };
  const auto get = [&](const std::string& fqn, const char* fields) {
    must(catalog->get(EntityRef::by_fqn("table", fqn), {.fields = fields}));
  };
  step("authenticate", wanted, *catalog, [&] { must(catalog->access().authenticate(token)); });
  step("get, 8 tables", wanted, *catalog, [&] { get(hot(), ""); });
  step("get, 8 tables, owners,tags", wanted, *catalog, [&] { get(hot(), "owners,tags"); });
  step("get, 8 tables, *", wanted, *catalog, [&] { get(hot(), "*"); });
  step("get, random table", wanted, *catalog, [&] { get(fqn_of(any(random)), ""); });
  step("get, random table, owners,tags", wanted, *catalog, [&] { get(fqn_of(any(random)), "owners,tags"); });
  step("list of 10", wanted, *catalog, [&] {
    must(catalog->list("table", {.limit = 10, .filters = {{"databaseSchema", "bench.db.s0"}}}));
  });
  step("list of 10, owners,tags", wanted, *catalog, [&] {
    must(
        catalog->list("table", {.fields = "owners,tags", .limit = 10, .filters = {{"databaseSchema", "bench.db.s0"}}}));
  });
  bench::Served served(*catalog, token);
  const auto request = [&](const std::string& target) { served.get("/tables" + target); };
  step("handle GET, 8 tables", wanted, *catalog, [&] { request("/name/" + hot()); });
  step("handle GET, 8 tables, owners,tags", wanted, *catalog,
       [&] { request("/name/" + hot() + "?fields=owners,tags"); });
  step("handle GET, random table", wanted, *catalog, [&] { request("/name/" + fqn_of(any(random))); });
  step("handle list of 10", wanted, *catalog, [&] { request("?databaseSchema=bench.db.s0&limit=10"); });
  step("put without effect", wanted, *catalog, [&] { must(catalog->put("table", table_body(turn++ % 8))); });
  return 0;
}
