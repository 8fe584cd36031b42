#include <cstdlib>
#include <map>
#include <queue>
#include <random>
#include <set>
#include <sstream>

#include "world.h"

// Random writes beside a naive graph: sets of names, walked over as a child would.
//
//   METADATA_RANDOM_SEEDS=7,8   METADATA_RANDOM_STEPS=100000
namespace metadata::test {
namespace {

std::string text_of_environment(const char* name, const std::string& otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : value;
}

struct Edge {
  std::string source;
  std::set<std::pair<std::string, std::string>> columns;
};

struct Table {
  std::string id;
  bool deleted = false;
  std::set<std::string> columns{"id"};
};

const Strings kColumns = {"id", "x", "y", "z"};
const Strings kSources = {"Manual", "ViewLineage", "QueryLineage"};

class Run {
 public:
  explicit Run(unsigned seed) : random_(seed) {}

  void all(int steps) {
    for (step_ = 0; step_ < steps; ++step_) {
      world_.clock.now += pick(3);
      one();
      compare(any_name());
      if (step_ % 100 == 99) {
        for (const auto& [name, table] : tables_) compare(name);
      }
    }
    world_.check_is_clean();
  }

 private:
  using Pair = std::pair<std::string, std::string>;

  int pick(int below) { return std::uniform_int_distribution<int>(0, below - 1)(random_); }
  template <class List>
  const auto& any_of(const List& list) {
    return list[static_cast<std::size_t>(pick(static_cast<int>(list.size())))];
  }
  std::string any_name() { return "t" + std::to_string(pick(12)); }
  std::string where() const { return "step " + std::to_string(step_) + ": " + last_; }
  bool live(const std::string& name) const { return tables_.contains(name) && !tables_.at(name).deleted; }

  void one() {
    switch (pick(12)) {
      case 0:
      case 1:
        return make(any_name());
      case 2:
        return remove(any_name(), false);
      case 3:
        return pick(3) == 0 ? remove(any_name(), true) : make(any_name());
      case 4:
        return restore(any_name());
      case 5:
        return unlink(any_name(), any_name());
      case 6:
        return pick(4) == 0 ? remove_by_source(any_name(), any_of(kSources)) : unlink(any_name(), any_name());
      case 7:
        return pick(10) == 0 ? mark_schema() : link(any_name(), any_name());
      default:
        return link(any_name(), any_name());
    }
  }

  void make(const std::string& name) {
    Strings columns{"id"};
    for (std::size_t i = 1; i < kColumns.size(); ++i) {
      if (pick(2) == 0) columns.push_back(kColumns[i]);
    }
    last_ = "make " + name;
    Table& table = tables_[name];
    table.id = world_.table(name, columns).id().text();
    table.deleted = false;
    table.columns = {columns.begin(), columns.end()};
    for (auto& edge : edges_) {
      const bool from = edge.first.first == name, to = edge.first.second == name;
      std::erase_if(edge.second.columns, [&](const auto& pair) {
        return (from && !table.columns.contains(pair.first)) || (to && !table.columns.contains(pair.second));
      });
    }
  }

  void remove(const std::string& name, bool hard) {
    last_ = (hard ? "remove " : "delete ") + name;
    if (!tables_.contains(name)) return;
    world_.remove_id(tables_[name].id, hard);
    tables_[name].deleted = true;
    if (!hard) return;
    tables_.erase(name);
    std::erase_if(edges_, [&](const auto& edge) { return edge.first.first == name || edge.first.second == name; });
  }

  void restore(const std::string& name) {
    last_ = "restore " + name;
    if (!tables_.contains(name)) return;
    World::must(world_.catalog->restore(EntityRef::by_id("table", *EntityId::parse(tables_[name].id))));
    tables_[name].deleted = false;
  }

  /// Deletes the schema softly with all in it, and brings it back.
  void mark_schema() {
    last_ = "delete and restore the schema";
    RemoveOptions options;
    options.recursive = true;
    const auto schema = World::must(world_.catalog->remove(EntityRef::by_fqn("databaseSchema", "svc.db.s"), options));
    World::must(world_.catalog->restore(schema.entity.ref()));
    for (auto& [name, table] : tables_) table.deleted = false;
  }

  void link(const std::string& from, const std::string& to) {
    Edge edge{any_of(kSources), {}};
    const std::string from_column = any_of(kColumns), to_column = any_of(kColumns);
    std::string details = R"({"source":")" + edge.source + "\"";
    const bool mapped = pick(2) == 0;
    if (mapped) {
      details += R"(,"columnsLineage":[{"fromColumns":[")" + from_column + R"("],"toColumn":")" + to_column + "\"}]";
      edge.columns.emplace(from_column, to_column);
    }
    last_ = "link " + from + " to " + to + " " + details;
    const auto result = world_.lineage().put_edge(World::ref(from), World::ref(to), details + "}");
    const bool fits =
        live(from) && live(to) && from != to &&
        (!mapped || (tables_[from].columns.contains(from_column) && tables_[to].columns.contains(to_column)));
    CHECK_MESSAGE(result.ok() == fits, where(), result.ok() ? "" : result.error().text());
    if (fits) edges_[{from, to}] = edge;
  }

  void unlink(const std::string& from, const std::string& to) {
    last_ = "unlink " + from + " from " + to;
    if (!tables_.contains(from) || !tables_.contains(to)) return;
    const auto result = world_.lineage().remove_edge(id_ref(from), id_ref(to));
    CHECK_MESSAGE(result.ok() == edges_.contains({from, to}), where());
    edges_.erase({from, to});
  }

  void remove_by_source(const std::string& to, const std::string& source) {
    last_ = "remove " + source + " into " + to;
    if (!tables_.contains(to)) return;
    const auto removed = World::must(world_.lineage().remove_by_source(id_ref(to), source));
    const auto count = std::erase_if(
        edges_, [&](const auto& edge) { return edge.first.second == to && edge.second.source == source; });
    CHECK_MESSAGE(removed == count, where());
  }

  EntityRef id_ref(const std::string& name) const {
    return EntityRef::by_id("table", *EntityId::parse(tables_.at(name).id));
  }

  // ---- what a walk should say

  std::set<std::string> reached(const std::string& root, bool down, int depth, bool deleted, Strings& edges) const {
    std::set<std::string> seen{root};
    std::vector<std::string> level{root};
    for (int away = 1; away <= depth; ++away) {
      std::vector<std::string> next;
      for (const auto& name : level) {
        for (const auto& [ends, edge] : edges_) {
          const auto& tail = down ? ends.first : ends.second;
          const auto& head = down ? ends.second : ends.first;
          if (tail != name || (!deleted && tables_.at(head).deleted)) continue;
          edges.push_back(ends.first + ">" + ends.second);
          if (seen.insert(head).second) next.push_back(head);
        }
      }
      level = next;
    }
    seen.erase(root);
    return seen;
  }

  void compare(const std::string& root) {
    if (!live(root)) {
      CHECK_MESSAGE(world_.lineage().walk(World::ref(root)).error().code() == Code::NotFound, where());
      return;
    }
    LineageOptions options;
    options.upstream_depth = pick(4);
    options.downstream_depth = pick(4);
    options.deleted = pick(3) > 0;
    Strings up, down;
    auto nodes = reached(root, false, options.upstream_depth, options.deleted, up);
    nodes.merge(reached(root, true, options.downstream_depth, options.deleted, down));
    const auto graph = World::must(world_.lineage().walk(World::ref(root), options));
    std::set<std::string> found;
    for (const auto& node : graph.nodes) {
      CHECK_MESSAGE(found.insert(node.name).second, where());
      CHECK_MESSAGE(node.deleted == tables_[node.name].deleted, where(), " ", node.name);
      CHECK_MESSAGE(node.id.text() == tables_[node.name].id, where(), " ", node.name);
    }
    CHECK_MESSAGE(found == nodes, where(), " root ", root);
    CHECK_MESSAGE(sorted(edges_of(graph, graph.upstream)) == sorted(up), where(), " root ", root);
    CHECK_MESSAGE(sorted(edges_of(graph, graph.downstream)) == sorted(down), where(), " root ", root);
    for (const auto& edge : graph.downstream) {
      if (edge.from.text() != tables_[root].id) continue;
      compare_details(root, edge);
    }
  }

  void compare_details(const std::string& from, const LineageEdge& edge) {
    for (const auto& one : edges_) {
      const Pair& ends = one.first;
      const Edge& expected = one.second;
      if (ends.first != from || tables_[ends.second].id != edge.to.text()) continue;
      CHECK_MESSAGE(at(edge.details, "/source") == "\"" + expected.source + "\"", where());
      const Json columns = World::must(Json::parse(edge.details))["columnsLineage"];
      std::set<std::pair<std::string, std::string>> found;
      for (std::size_t i = 0; i < columns.size(); ++i) {
        const auto name_of = [](const Json& fqn) {
          const std::string text(*fqn.as_string());
          return text.substr(text.rfind('.') + 1);
        };
        found.emplace(name_of(columns.at(i)["fromColumns"].at(0)), name_of(columns.at(i)["toColumn"]));
      }
      CHECK_MESSAGE(found == expected.columns, where(), " ", ends.first, ">", ends.second);
    }
  }

  std::mt19937 random_;
  World world_;
  int step_ = 0;
  std::string last_;
  std::map<std::string, Table> tables_;
  std::map<Pair, Edge> edges_;
};

}  // namespace

TEST_CASE("I5: after random writes, deletes and restores, walks say what a naive graph says") {
  const int steps = std::atoi(text_of_environment("METADATA_RANDOM_STEPS", "1500").c_str());
  std::istringstream seeds(text_of_environment("METADATA_RANDOM_SEEDS", "1,2,3"));
  for (std::string seed; std::getline(seeds, seed, ',');) {
    MESSAGE("seed ", seed, ", ", steps, " steps");
    CAPTURE(seed);
    Run(static_cast<unsigned>(std::strtoul(seed.c_str(), nullptr, 10))).all(steps);
  }
}

}  // namespace metadata::test
