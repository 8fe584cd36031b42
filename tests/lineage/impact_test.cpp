#include "world.h"

using namespace metadata;
using namespace metadata::test;

TEST_CASE("impact is everything downstream, nearest first, in one stream or by pages") {
  World world;
  Strings names;
  for (int i = 0; i < 20; ++i) names.push_back("t" + std::to_string(i));
  world.tables(names);
  for (int i = 1; i < 20; ++i)
    world.link(names[static_cast<std::size_t>((i - 1) / 2)], names[static_cast<std::size_t>(i)]);
  world.link("t19", "t0");
  Strings streamed;
  int depth = 0;
  World::must(world.lineage().impact(World::ref("t0"), {}, [&](std::span<const LineageNode> nodes) {
    for (const auto& node : nodes) {
      CHECK(node.depth >= depth);
      depth = node.depth;
      streamed.push_back(node.name);
    }
    return true;
  }));
  CHECK(streamed.size() == 19);
  CHECK(depth == 4);
  for (std::size_t limit : {1, 4, 19, 100}) {
    ImpactOptions options;
    Strings paged;
    do {
      const ImpactPage page = World::must(world.lineage().impact_page(World::ref("t0"), options, limit));
      CHECK(page.nodes.size() <= limit);
      for (const auto& node : page.nodes) paged.push_back(node.name);
      options.cursor = page.after;
      REQUIRE(paged.size() <= 19);
    } while (!options.cursor.empty());
    CHECK(paged == streamed);
  }
  ImpactOptions few;
  few.max_visited = 5;
  CHECK(world.lineage().impact_page(World::ref("t0"), few, 100).error().code() == Code::TooLarge);
  ImpactOptions up;
  up.flow = Flow::Upstream;
  up.depth = 2;
  CHECK(World::must(world.lineage().impact_page(World::ref("t9"), up, 10)).nodes.back().depth == -2);
}

TEST_CASE("impact is counted by type, depth, owner and tier") {
  World world;
  world.tables({"a", "b", "c"});
  const Entity user = World::must(world.catalog->put("user", R"({"name":"ann","email":"ann@x.org"})")).entity;
  World::must(world.catalog->put("classification", R"({"name":"Tier","description":"d"})"));
  World::must(world.catalog->put("tag", R"({"name":"Tier1","classification":"Tier","description":"d"})"));
  const auto patch = World::must(Patch::parse(
      R"([{"op":"add","path":"/owners","value":[{"id":")" + user.id().text() +
      R"(","type":"user"}]},{"op":"add","path":"/tags","value":[{"tagFQN":"Tier.Tier1","source":"Classification","labelType":"Manual","state":"Confirmed"}]}])"));
  World::must(world.catalog->patch(World::ref("b"), patch));
  const Entity board = World::must(world.catalog->put("board", R"({"name":"x"})")).entity;
  world.links({"a>b", "b>c"});
  World::must(world.lineage().put_edge(World::ref("b"), board.ref(), ""));
  const ImpactCounts counts = World::must(world.lineage().impact_counts(World::ref("a"), {}));
  CHECK(counts.total == 3);
  CHECK(counts.by_type == ImpactCounts::Group{{"table", 2}, {"board", 1}});
  CHECK(counts.by_depth == ImpactCounts::Group{{"1", 1}, {"2", 2}});
  CHECK(counts.by_owner == ImpactCounts::Group{{"", 2}, {"ann", 1}});
  CHECK(counts.by_tier == ImpactCounts::Group{{"", 2}, {"Tier.Tier1", 1}});
}

TEST_CASE("services are joined by the edges between what they contain") {
  World world;
  world.tables({"a", "b", "c"});
  World::must(world.catalog->put("databaseService", R"({"name":"other","serviceType":"SQLite"})"));
  World::must(world.catalog->put("database", R"({"name":"db","service":"other"})"));
  World::must(world.catalog->put("databaseSchema", R"({"name":"s","database":"other.db"})"));
  World::must(world.catalog->put("table", R"({"name":"x","databaseSchema":"other.db.s","columns":[]})"));
  const auto x = EntityRef::by_fqn("table", "other.db.s.x");
  world.link("a", "b");
  World::must(world.lineage().put_edge(World::ref("a"), x, ""));
  World::must(world.lineage().put_edge(World::ref("b"), x, ""));
  const PlatformLineage platform = World::must(world.lineage().platform(std::chrono::minutes(10)));
  REQUIRE(platform.edges.size() == 1);
  CHECK(platform.edges[0].assets == 2);
  CHECK(platform.services.size() == 2);
  CHECK(platform.complete);
}

TEST_CASE("CSV has a line an edge or a pair of columns, quoted where it must be") {
  World world;
  world.tables({"a", "b, c", "d"});
  world.link("a", "b, c");
  world.link("b, c", "d", R"({"columnsLineage":[{"fromColumns":["id","name"],"toColumn":"id"}]})");
  LineageOptions options;
  options.downstream_depth = 2;
  const auto csv = World::must(world.lineage().export_csv(World::ref("a"), options));
  CHECK(csv.complete);
  CHECK(csv.text.starts_with("fromEntityFQN,"));
  CHECK(csv.text.find("svc.db.s.a,table,svc,\"svc.db.s.b, c\",table,svc,,,,Manual\r\n") != std::string::npos);
  CHECK(csv.text.find("\"svc.db.s.b, c.name\",svc.db.s.d.id,,Manual\r\n") != std::string::npos);
  CHECK(std::ranges::count(csv.text, '\n') == 4);
}

TEST_CASE("degrees are counted to a bound") {
  World world;
  world.tables({"a", "b", "c"});
  world.links({"a>b", "c>b", "b>a"});
  const EntityId b = World::must(world.catalog->get(World::ref("b"))).id();
  auto degrees = World::must(world.lineage().degrees(std::span(&b, 1)));
  REQUIRE(degrees.size() == 1);
  CHECK(degrees[0].upstream == 2);
  CHECK(degrees[0].downstream == 1);
  CHECK(World::must(world.lineage().degrees(std::span(&b, 1), 1))[0].upstream == 1);
}
