#include "world.h"

using namespace metadata;
using namespace metadata::test;

TEST_CASE("a walk goes as far as it is told, each way by itself") {
  World world;
  world.tables({"a", "b", "c", "d", "e"});
  world.links({"a>b", "b>c", "c>d", "d>e"});
  CHECK(nodes_of(world.walk("c", 1, 1)) == Strings{"b@-1", "d@1"});
  CHECK(nodes_of(world.walk("c", 2, 0)) == Strings{"a@-2", "b@-1"});
  CHECK(nodes_of(world.walk("c", 0, kAnyDepth)) == Strings{"d@1", "e@2"});
  const LineageGraph none = world.walk("c", 0, 0);
  CHECK(none.nodes.empty());
  CHECK(none.complete);
  CHECK(none.entity.fqn == "svc.db.s.c");
  LineageOptions wrong;
  wrong.upstream_depth = -1;
  CHECK(world.lineage().walk(World::ref("c"), wrong).error().code() == Code::InvalidArgument);
  CHECK(world.lineage().walk(World::ref("nobody")).error().code() == Code::NotFound);
}

TEST_CASE("cycles and diamonds end, and every edge is told once a direction") {
  World world;
  world.tables({"a", "b", "c", "d"});
  world.links({"a>b", "b>a", "a>c", "b>d", "c>d", "d>a"});
  const LineageGraph graph = world.walk("a", 9, 9);
  CHECK(sorted(edges_of(graph, graph.downstream)) == Strings{"a>b", "a>c", "b>a", "b>d", "c>d", "d>a"});
  CHECK(sorted(edges_of(graph, graph.upstream)) == Strings{"a>b", "a>c", "b>a", "b>d", "c>d", "d>a"});
  CHECK(graph.nodes.size() == 3);
  CHECK(graph.complete);
}

TEST_CASE("pages of a walk have together what one answer has, whatever their size") {
  World world;
  Strings names{"root"};
  for (int i = 0; i < 12; ++i) names.push_back("n" + std::to_string(i));
  world.tables(names);
  for (int i = 0; i < 12; ++i) {
    world.link("root", names[static_cast<std::size_t>(i) + 1]);
    const int other = (i * 5) % 12 == i ? (i + 1) % 12 : (i * 5) % 12;
    world.link(names[static_cast<std::size_t>(i) + 1], names[static_cast<std::size_t>(other) + 1]);
  }
  const LineageGraph whole = world.walk("n3", 3, 3);
  REQUIRE(whole.complete);
  for (std::size_t most : {1, 2, 3, 5}) {
    CAPTURE(most);
    LineageOptions options;
    options.max_nodes = most;
    options.max_edges = most + 1;
    Strings nodes;
    std::size_t up = 0, down = 0, pages = 0;
    do {
      const LineageGraph page = world.walk("n3", 3, 3, options);
      CHECK(page.nodes.size() <= most);
      CHECK(page.upstream.size() + page.downstream.size() <= most + 1);
      CHECK(page.complete == page.cursor.empty());
      for (const auto& node : page.nodes) nodes.push_back(node.name);
      up += page.upstream.size();
      down += page.downstream.size();
      options.cursor = page.cursor;
      REQUIRE(++pages < 200);
    } while (!options.cursor.empty());
    Strings expected;
    for (const auto& node : whole.nodes) expected.push_back(node.name);
    nodes = sorted(nodes);
    nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
    CHECK(nodes == sorted(expected));
    CHECK(up == whole.upstream.size());
    CHECK(down == whole.downstream.size());
  }
}

TEST_CASE("a cursor of another entity, or of nobody, is refused") {
  World world;
  world.tables({"a", "b", "c"});
  world.links({"a>b", "a>c"});
  LineageOptions options;
  options.max_nodes = 1;
  options.cursor = world.walk("a", 0, 1, options).cursor;
  REQUIRE_FALSE(options.cursor.empty());
  CHECK(world.lineage().walk(World::ref("b"), options).error().code() == Code::InvalidArgument);
  for (const char* text : {"x", "AAAA", "MSwy", "====", "LTE"}) {
    options.cursor = text;
    CHECK(world.lineage().walk(World::ref("a"), options).error().field() == "cursor");
  }
}

TEST_CASE("soft-deleted neighbours are listed, unless they are not wanted; hard-deleted ones are gone") {
  World world;
  world.tables({"a", "b", "c"});
  world.links({"a>b", "b>c"});
  world.remove("b", false);
  const LineageGraph graph = world.walk("a", 0, 2);
  CHECK(nodes_of(graph) == Strings{"b@1", "c@2"});
  CHECK(graph.nodes[0].deleted);
  LineageOptions live;
  live.deleted = false;
  CHECK(world.walk("a", 0, 2, live).nodes.empty());
  CHECK(world.lineage().walk(World::ref("b")).error().code() == Code::NotFound);
  World::must(world.catalog->restore(EntityRef::by_id("table", graph.nodes[0].id)));
  CHECK(nodes_of(world.walk("b", 1, 1)) == Strings{"a@-1", "c@1"});
  world.remove("b", true);
  CHECK(world.walk("a", 0, 2).nodes.empty());
  CHECK(world.walk("c", 2, 0).nodes.empty());
  world.check_is_clean();
}

TEST_CASE("only entities of the wanted types are shown and passed through") {
  World world;
  world.tables({"a", "b"});
  const Entity board = World::must(world.catalog->put("board", R"({"name":"x"})")).entity;
  world.link("a", "b");
  World::must(world.lineage().put_edge(World::ref("a"), board.ref(), ""));
  World::must(world.lineage().put_edge(board.ref(), World::ref("b"), ""));
  LineageOptions options;
  options.types = {"BOARD"};
  CHECK(nodes_of(world.walk("a", 1, 3, options)) == Strings{"x@1"});
  options.types = {"table"};
  CHECK(nodes_of(world.walk("a", 1, 3, options)) == Strings{"b@1"});
  options.types = {"nothing"};
  CHECK(world.lineage().walk(World::ref("a"), options).error().code() == Code::InvalidArgument);
}

TEST_CASE("what runs edges has their sources upstream and their targets downstream") {
  World world;
  world.tables({"a", "b", "c"});
  const Entity flow = World::must(world.catalog->put("flow", R"({"name":"f"})")).entity;
  const std::string through = R"({"pipeline":{"id":")" + flow.id().text() + R"(","type":"flow"},"sqlQuery":"q"})";
  world.link("a", "b", through);
  world.link("c", "b", through);
  const LineageGraph graph = World::must(world.lineage().walk(flow.ref()));
  CHECK(nodes_of(graph) == Strings{"a@-1", "b@1", "c@-1"});
  CHECK(sorted(edges_of(graph, graph.upstream)) == Strings{"a>f", "c>f"});
  CHECK(edges_of(graph, graph.downstream) == Strings{"f>b"});
  CHECK(at(graph.downstream[0].details, "/sqlQuery") == R"("q")");
  RemoveOptions hard;
  hard.hard = true;
  World::must(world.catalog->remove(flow.ref(), hard));
  CHECK(at(world.details("a", "b"), "/pipeline") == "-");
  world.check_is_clean();
}

TEST_CASE("a shortest path is found either way round a longer one") {
  World world;
  world.tables({"a", "b", "c", "d", "e", "z"});
  world.links({"a>b", "b>c", "c>d", "a>e", "e>d", "d>a"});
  const auto path = [&](const std::string& from, const std::string& to, const LineageOptions& options = {}) {
    const auto found = world.lineage().path(World::ref(from), World::ref(to), options);
    return found.ok() ? edges_of(*found, found->downstream) : Strings{std::string(code_name(found.error().code()))};
  };
  CHECK(path("a", "d") == Strings{"a>e", "e>d"});
  CHECK(path("b", "e") == Strings{"b>c", "c>d", "d>a", "a>e"});
  CHECK(path("a", "a").empty());
  CHECK(path("a", "z") == Strings{"NotFound"});
  world.remove("e", false);
  LineageOptions live;
  live.deleted = false;
  CHECK(path("a", "d") == Strings{"a>e", "e>d"});
  CHECK(path("a", "d", live) == Strings{"a>b", "b>c", "c>d"});
}

TEST_CASE("I5: an edge shows its ends by their present names") {
  World world;
  const Entity one = World::must(world.catalog->put("classification", R"({"name":"C","description":"d"})")).entity;
  const Entity tag =
      World::must(world.catalog->put("tag", R"({"name":"t","classification":"C","description":"d"})")).entity;
  world.tables({"a"});
  World::must(world.lineage().put_edge(World::ref("a"), tag.ref(), ""));
  const auto patch = World::must(Patch::parse(R"([{"op":"replace","path":"/name","value":"N"}])"));
  World::must(world.catalog->patch(one.ref(), patch));
  const LineageGraph graph = world.walk("a", 0, 1);
  REQUIRE(graph.nodes.size() == 1);
  CHECK(graph.nodes[0].fqn == "N.t");
}
