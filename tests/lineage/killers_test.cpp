#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>

#include "store/store.h"
#include "world.h"

// Graphs that are made to stall a walk. They are written past the catalog, by the store's own operations, because that
// is quick; times are printed, and what is bounded is what was counted.
namespace metadata::test {
namespace {

using Edges = std::vector<std::pair<int, int>>;

EntityId id_of(int number) {
  EntityId id;
  id.bytes[6] = 0x40;
  id.bytes[8] = 0x80;
  for (std::size_t i = 0; i < 4; ++i) id.bytes[15 - i] = static_cast<std::uint8_t>(number >> (8 * i));
  return id;
}

EntityRef flow(int number) { return EntityRef::by_id("flow", id_of(number)); }

/// A catalog with so many flows and these edges between them.
class Graph {
 public:
  Graph(int nodes, const Edges& edges) {
    std::string name = (std::filesystem::temp_directory_path() / "lineage-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
    Options options;
    options.path = path_;
    options.sync = Options::Sync::Normal;
    options.extra_types = kTypes;
    {
      auto store = World::must(store::Store::open(options));
      store::WriteSet set;
      const auto commit = [&](std::size_t at_least) {
        if (set.operations.size() < at_least) return;
        World::must(store->commit(set));
        set = {};
      };
      for (int i = 0; i < nodes; ++i) {
        store::EntityRow row;
        row.id = id_of(i);
        row.type = row.tree = "flow";
        row.name = row.fqn_key = "f" + std::to_string(i);
        set.operations.emplace_back(store::InsertEntity{row, {}, {}});
        commit(5000);
      }
      for (const auto& [from, to] : edges) {
        set.operations.emplace_back(store::PutLineage{id_of(from), id_of(to), "Manual", {}, "", "{}", {}});
        commit(5000);
      }
      commit(1);
    }
    options.background = false;  // the index has statements of its own
    catalog_ = World::must(Catalog::open(options));
  }
  ~Graph() {
    catalog_.reset();
    std::error_code ignored;  // what cannot be removed fails no test
    std::filesystem::remove_all(path_, ignored);
  }
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  Catalog& catalog() { return *catalog_; }

  /// A walk of an answer's size, with what it took.
  LineageGraph walk(const char* name, int root, int up, int down, std::uint64_t most_statements) {
    LineageOptions options;
    options.upstream_depth = up;
    options.downstream_depth = down;
    options.budget = std::chrono::minutes(10);  // so that only what is counted cuts an answer
    const auto statements = catalog_->statements();
    const auto began = std::chrono::steady_clock::now();
    auto graph = World::must(catalog_->lineage().walk(flow(root), options));
    const auto took = std::chrono::steady_clock::now() - began;
    const auto ran = catalog_->statements() - statements;
    MESSAGE(std::string(name), ": ", std::chrono::duration_cast<std::chrono::microseconds>(took).count(), " us, ", ran,
            " statements, ", graph.nodes.size(), " nodes, ", graph.upstream.size() + graph.downstream.size(), " edges");
    CHECK(ran <= most_statements);
    CHECK(graph.nodes.size() <= options.max_nodes);
    CHECK(graph.upstream.size() + graph.downstream.size() <= options.max_edges);
    CHECK(graph.complete == graph.cursor.empty());
    return graph;
  }

 private:
  std::string path_;
  std::unique_ptr<Catalog> catalog_;
};

// Statements of an answer of 1,000 nodes and 5,000 edges at most: some for references, three for 64 edges' details.
constexpr std::uint64_t kWholeAnswer = 400;

}  // namespace

TEST_CASE("L10: a star of 100,000 is cut and says so, from its middle and from a ray") {
  constexpr int kRays = 100'000;
  Edges edges;
  for (int i = 1; i <= kRays; ++i) edges.emplace_back(i % 2 == 0 ? i : 0, i % 2 == 0 ? 0 : i);
  Graph star(kRays + 1, edges);
  const LineageGraph middle = star.walk("star, middle", 0, 3, 3, kWholeAnswer);
  CHECK_FALSE(middle.complete);
  CHECK(middle.nodes.size() == 1000);
  const LineageGraph ray = star.walk("star, ray", 2, 3, 3, kWholeAnswer);
  CHECK_FALSE(ray.complete);
  const LineageGraph near = star.walk("star, ray at depth 1", 2, 1, 1, 30);
  CHECK(near.complete);
  CHECK(near.nodes.size() == 1);
  // The rest is there, page by page.
  std::size_t met = 0;
  ImpactOptions impact;
  World::must(star.catalog().lineage().impact(flow(0), impact, [&](std::span<const LineageNode> nodes) {
    met += nodes.size();
    return true;
  }));
  CHECK(met == kRays / 2);
  // An edge of the hub is written and read back without looking at the others.
  const auto statements = star.catalog().statements();
  World::must(star.catalog().lineage().put_edge(flow(0), flow(2), R"({"sqlQuery":"x"})"));
  World::must(star.catalog().lineage().edge(flow(0), flow(2)));
  CHECK(star.catalog().statements() - statements < 40);
}

TEST_CASE("L10: a chain of 20,000 is walked to its end without recursion") {
  constexpr int kLinks = 20'000;
  Edges edges;
  for (int i = 1; i < kLinks; ++i) edges.emplace_back(i - 1, i);
  Graph chain(kLinks, edges);
  CHECK(chain.walk("chain, depth 3", kLinks / 2, 3, 3, 60).nodes.size() == 6);
  const LineageGraph deep = chain.walk("chain, any depth", 0, kAnyDepth, kAnyDepth, 2 * 1000 + kWholeAnswer);
  CHECK(deep.nodes.size() == 1000);
  LineageOptions options;
  options.details = false;
  const auto path = World::must(chain.catalog().lineage().path(flow(0), flow(kLinks - 1), options));
  CHECK(path.nodes.size() == kLinks - 1);
}

TEST_CASE("L10: a clique of 300, cycles all over, ends at the bound of edges") {
  Edges edges;
  for (int i = 0; i < 300; ++i) {
    for (int j = 0; j < 300; ++j) {
      if (i != j) edges.emplace_back(i, j);
    }
  }
  Graph clique(300, edges);
  const LineageGraph graph = clique.walk("clique", 7, 3, 3, kWholeAnswer);
  CHECK_FALSE(graph.complete);
  CHECK(graph.nodes.size() == 299);
  const auto counts = World::must(clique.catalog().lineage().impact_counts(flow(7), {}));
  CHECK(counts.total == 299);
}

TEST_CASE("L10: a ladder of diamonds with 2^30 paths is one look at each of its rungs") {
  Edges edges;
  for (int rung = 0; rung < 30; ++rung) {
    const int top = rung * 3;
    for (const int side : {top + 1, top + 2}) {
      edges.emplace_back(top, side);
      edges.emplace_back(side, top + 3);
    }
  }
  Graph ladder(91, edges);
  const LineageGraph down = ladder.walk("ladder, down", 0, 0, kAnyDepth, 400);
  CHECK(down.complete);
  CHECK(down.nodes.size() == 90);
  CHECK(down.downstream.size() == 120);
  CHECK(ladder.walk("ladder, both ways", 45, kAnyDepth, kAnyDepth, 400).complete);
  CHECK(World::must(ladder.catalog().lineage().path(flow(0), flow(90))).nodes.size() == 60);
}

TEST_CASE("L10: a cycle of 1,000 comes round once") {
  Edges edges;
  for (int i = 0; i < 1000; ++i) edges.emplace_back(i, (i + 1) % 1000);
  Graph cycle(1000, edges);
  const LineageGraph graph = cycle.walk("cycle", 0, 0, kAnyDepth, 1000 * 2 + kWholeAnswer);
  CHECK(graph.complete);
  CHECK(graph.nodes.size() == 999);
  CHECK(graph.downstream.size() == 1000);
}

TEST_CASE("an entity that is not there, or has no edges, costs a few statements") {
  Graph graph(2, {});
  graph.walk("no edges", 0, 3, 3, 10);
  const auto statements = graph.catalog().statements();
  CHECK(graph.catalog().lineage().walk(flow(9)).error().code() == Code::NotFound);
  CHECK(graph.catalog().statements() - statements <= 4);
}

}  // namespace metadata::test
