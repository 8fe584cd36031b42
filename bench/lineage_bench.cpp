// lineage_bench DIR [--full | TABLES EDGES HUBS NEIGHBOURS] [--check]: walks over a generated graph, beside a recursive
// query of SQLite on the same file in the same run. Makes the graph when DIR does not hold one. --full is 2,000,000
// tables and 6,000,000 edges with twenty hubs of 100,000 neighbours; without it the graph is small, and its figures
// mean little.

#include <sys/stat.h>
#include <time.h>

#include <chrono>
#include <functional>

#include "lineage/fill.h"
#include "lineage/search.h"
#include "lineage_graph.h"

namespace metadata::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;
constexpr int kWalks = 500;
constexpr std::size_t kNodes = 1000;
constexpr int kDepth = 3;

double us_since(SteadyClock::time_point began) {
  return std::chrono::duration<double, std::micro>(SteadyClock::now() - began).count();
}

/// Processor time of this thread. What shares the cores with it does not count.
double cpu_us() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

/// Times in µs of something done again and again.
class Times {
 public:
  void time(const std::function<void()>& work) {
    const auto began = SteadyClock::now();
    const double cpu = cpu_us();
    work();
    cpu_.push_back(cpu_us() - cpu);
    wall_.push_back(us_since(began));
  }
  void print(const std::string& name, double entities = 0) {
    std::printf("| %s |", name.c_str());
    for (auto* times : {&wall_, &cpu_}) {
      std::sort(times->begin(), times->end());
      for (const double share : {0.5, 0.95}) std::printf(" %.0f |", at(*times, share));
    }
    entities > 0 ? std::printf(" %.0f |\n", entities / static_cast<double>(wall_.size())) : std::printf(" |\n");
    std::fflush(stdout);
  }
  static void head() {
    std::printf("| µs | p50 | p95 | CPU p50 | CPU p95 | entities |\n|---|---:|---:|---:|---:|---:|\n");
  }

 private:
  static double at(const std::vector<double>& times, double share) {
    return times[std::min(times.size() - 1, static_cast<std::size_t>(share * static_cast<double>(times.size())))];
  }
  std::vector<double> wall_, cpu_;
};

/// Counts what a long piece of work hands out.
void print_rate(const char* name, const std::function<std::size_t()>& work) {
  const auto began = SteadyClock::now();
  const double cpu_began = cpu_us();
  const auto count = static_cast<double>(work());
  const double cpu = cpu_us() - cpu_began, wall = us_since(began);
  std::printf("%s: %.0f in %.2f s (CPU %.2f s), %.0f a second (of CPU %.0f)\n", name, count, wall / 1e6, cpu / 1e6,
              count / wall * 1e6, count / cpu * 1e6);
}

/// Tables to begin at, the same in every contest.
std::vector<std::size_t> starts(const GraphSize& size) {
  Dice dice(11);
  std::vector<std::size_t> tables(kWalks);
  for (auto& table : tables) table = dice.below(size.tables);
  return tables;
}

EntityRef ref(std::size_t table) { return EntityRef::by_id("table", table_id(table)); }

/// One direction of a bare walk: how many entities it met.
std::size_t met(store::Reader& reader, store::Rid root, Flow flow, int depth, std::size_t most) {
  lineage::EntityGraph graph(reader);
  const Interrupt never;
  lineage::Search search(graph, flow, std::size_t{1} << 30, never);
  std::size_t count = 0;
  must(search
           .run(root, depth, nullptr,
                [&](const lineage::Hop& hop) {
                  count += hop.first ? 1 : 0;
                  return count < most;
                })
           .error());
  return count;
}

store::Rid rid_of(store::Reader& reader, std::size_t table) {
  const EntityId id = table_id(table);
  return must(reader.refs_by_id(std::span(&id, 1))).front().rid;
}

/// The table that the most depends on, of some that were tried.
std::size_t widest(store::Reader& reader, const GraphSize& size) {
  std::size_t best = 0, most = 0;
  for (const std::size_t table : {std::size_t{0}, std::size_t{1}, std::size_t{2}, hub(size, 0)}) {
    const std::size_t count = met(reader, rid_of(reader, table), Flow::Downstream, kAnyDepth, 10'000);
    if (count > most) best = table, most = count;
  }
  return best;
}

std::size_t bare_walks(const std::string& path, const GraphSize& size) {
  Options options;
  options.path = path;
  auto store = must(store::Store::open(options));
  Times walks;
  double nodes = 0;
  for (const std::size_t table : starts(size)) {
    auto reader = must(store->snapshot());
    const store::Rid root = rid_of(*reader, table);
    walks.time([&] {
      const auto up = met(*reader, root, Flow::Upstream, kDepth, kNodes / 2);
      nodes += static_cast<double>(up + met(*reader, root, Flow::Downstream, kDepth, kNodes - up));
    });
  }
  walks.print("walk of the indexes alone", nodes);
  auto reader = must(store->snapshot());
  const std::size_t root = widest(*reader, size);
  std::printf("\n");
  print_rate("impact to any depth, keys alone",
             [&] { return met(*reader, rid_of(*reader, root), Flow::Downstream, kAnyDepth, std::size_t{1} << 30); });
  return root;
}

void recursive_queries(const std::string& path, const GraphSize& size) {
  Sql sql(path + "/catalog.db");
  sql.run("PRAGMA cache_size=-8192");
  const auto query = [](const char* self, const char* other) {
    return std::string("WITH RECURSIVE w(rid, d) AS (VALUES (?1, 0) UNION SELECT l.") + other +
           ", d + 1 FROM w CROSS JOIN lineage l ON l." + self + " = w.rid WHERE d < 3)" +
           " SELECT DISTINCT rid FROM w LIMIT ?2";
  };
  sqlite3_stmt* up = sql.prepare(query("to_rid", "from_rid").c_str());
  sqlite3_stmt* down = sql.prepare(query("from_rid", "to_rid").c_str());
  sqlite3_stmt* rid = sql.prepare("SELECT rid FROM entity WHERE id = ?");
  Times walks;
  double nodes = 0;
  for (const std::size_t table : starts(size)) {
    const EntityId id = table_id(table);
    sqlite3_bind_blob(rid, 1, id.bytes.data(), 16, SQLITE_TRANSIENT);
    sqlite3_step(rid);
    const std::int64_t root = sqlite3_column_int64(rid, 0);
    sqlite3_reset(rid);
    walks.time([&] {
      std::size_t left = kNodes;
      for (sqlite3_stmt* one : {up, down}) {
        sqlite3_bind_int64(one, 1, root);
        sqlite3_bind_int64(one, 2, static_cast<std::int64_t>(one == up ? kNodes / 2 : left));
        while (sqlite3_step(one) == SQLITE_ROW) {
          ++nodes;
          --left;
        }
        sqlite3_reset(one);
      }
    });
  }
  for (sqlite3_stmt* one : {up, down, rid}) sqlite3_finalize(one);
  walks.print("recursive query of SQLite, keys alone", nodes);
}

void catalog_walks(Catalog& catalog, const GraphSize& size) {
  for (const bool details : {false, true}) {
    Times walks;
    double nodes = 0;
    LineageOptions options;
    options.upstream_depth = options.downstream_depth = kDepth;
    options.max_nodes = kNodes;
    options.details = details;
    for (const std::size_t table : starts(size))
      walks.time([&] { nodes += static_cast<double>(must(catalog.lineage().walk(ref(table), options)).nodes.size()); });
    walks.print(details ? "with references and details of edges" : "with references", nodes);
  }
}

/// What the client does for each edge: writes it and reads what is next to its beginning. From each of the tables in
/// turn.
void pairs_at(Catalog& catalog, const GraphSize& size, const std::vector<std::size_t>& tables, const char* name,
              std::size_t most) {
  Times puts, gets;
  LineageOptions options;
  options.max_nodes = most;
  Dice dice(13);
  for (int i = 0; i < 200; ++i) {
    const std::size_t from = tables[static_cast<std::size_t>(i) % tables.size()];
    const std::size_t other = dice.below(size.tables - 1);
    const auto to = ref(other == from ? other + 1 : other);
    puts.time([&] {
      must(catalog.lineage()
               .put_edge(ref(from), to, R"({"sqlQuery":"select )" + std::to_string(i) + " " + name + "\"}")
               .error());
    });
    gets.time([&] { must(catalog.lineage().walk(ref(from), options).error()); });
  }
  puts.print(std::string("PUT of an edge, ") + name);
  gets.print(std::string("GET of depth 1 after it, ") + name);
}

/// What a GET at a hub is made of: each part by itself, in the order in which an answer needs them. Each looks at what
/// the one before it found.
void parts_at(const std::string& path, std::size_t table) {
  Options options;
  options.path = path;
  auto store = must(store::Store::open(options));
  Times edges, cold, warm, rows, columns;
  for (int i = 0; i < 100; ++i) {
    auto reader = must(store->snapshot());
    const store::Rid root = rid_of(*reader, table);
    std::vector<store::LineagePair> pairs;
    const auto take = [&](store::LineagePair pair) {
      pairs.push_back(pair);
      return pairs.size() % (kNodes / 2) != 0;
    };
    edges.time([&] {
      for (const auto direction : {store::Direction::To, store::Direction::From})
        must(reader->lineage_pairs(std::span(&root, 1), direction, take));
    });
    lineage::References references;
    std::vector<store::Rid> ends;
    for (const auto& pair : pairs) ends.insert(ends.end(), {pair.from, pair.to});
    (i == 0 ? cold : warm).time([&] { must(lineage::fetch_references(*reader, ends, references)); });
    std::vector<store::Rid> found;
    rows.time([&] {
      for (const auto& row : must(reader->lineage_rows(pairs))) found.push_back(row.edge);
    });
    columns.time([&] { must(reader->lineage_columns(found).error()); });
  }
  edges.print("of these: ends of edges");
  cold.print("of these: references, never read before");
  warm.print("of these: references");
  rows.print("of these: rows of edges");
  columns.print("of these: columns of edges");
}

void impact(Catalog& catalog, std::size_t root) {
  print_rate("impact to any depth, with references", [&] {
    std::size_t count = 0;
    must(catalog.lineage().impact(ref(root), {}, [&](std::span<const LineageNode> nodes) {
      count += nodes.size();
      return true;
    }));
    return count;
  });
  std::printf("\n");
}

int run(const std::string& path, const GraphSize& size, bool check) {
  struct stat status {};
  if (::stat((path + "/catalog.db").c_str(), &status) != 0) {
    const auto began = SteadyClock::now();
    const std::size_t edges = load(path, size);
    std::fprintf(stderr, "%zu tables and %zu edges made in %.0f s\n", size.tables, edges, us_since(began) / 1e6);
  }
  const auto edges = static_cast<std::size_t>(Sql(path + "/catalog.db").number("SELECT count(*) FROM lineage"));
  std::printf("%zu tables, %zu edges, %zu hubs of %zu; depth %d both ways, at most %zu entities\n\n", size.tables,
              edges, size.hubs, size.neighbours, kDepth, kNodes);
  Times::head();
  recursive_queries(path, size);
  const std::size_t root = bare_walks(path, size);
  auto catalog = open_catalog(path);
  impact(*catalog, root);
  Times::head();
  catalog_walks(*catalog, size);
  pairs_at(*catalog, size, starts(size), "a table", kNodes);
  pairs_at(*catalog, size, {hub(size, 0)}, "a hub", kNodes);
  catalog.reset();
  parts_at(path, hub(size, 0));
  catalog = open_catalog(path);
  pairs_at(*catalog, size, {hub(size, 0)}, "a hub, 100 entities wanted", 100);
  if (!check) return 0;
  const auto findings = must(catalog->check());
  std::printf("\ncheck: %zu findings\n", findings.size());
  for (const auto& finding : findings) std::printf("%s: %s\n", finding.rule.c_str(), finding.text.c_str());
  return findings.empty() ? 0 : 1;
}

}  // namespace
}  // namespace metadata::bench

int main(int argc, char** argv) {
  using namespace metadata::bench;
  std::vector<std::size_t> numbers;
  GraphSize size;
  bool check = false;
  for (int i = 2; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--full") {
      size = {2'000'000, 6'000'000, 20, 100'000};
    } else if (word == "--check") {
      check = true;
    } else {
      numbers.push_back(std::strtoull(argv[i], nullptr, 10));
    }
  }
  if (numbers.size() == 4) size = {numbers[0], numbers[1], numbers[2], numbers[3]};
  if (argc < 2 || (!numbers.empty() && numbers.size() != 4) || size.tables < 100) {
    std::fprintf(stderr, "usage: lineage_bench DIR [--full | TABLES EDGES HUBS NEIGHBOURS] [--check]\n");
    return 2;
  }
  return run(argv[1], size, check);
}
