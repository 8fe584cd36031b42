#include "world.h"

using namespace metadata;
using namespace metadata::test;

namespace {

std::string mapping(const std::string& from, const std::string& to) {
  return R"({"columnsLineage":[{"fromColumns":[")" + from + R"("],"toColumn":")" + to + R"("}]})";
}

}  // namespace

TEST_CASE("a column is named by its FQN or by a shorter name that ends with it") {
  World world;
  world.tables({"a", "b"});
  const auto resolved = [&](const std::string& said) {
    const auto written = world.lineage().put_edge(World::ref("a"), World::ref("b"), mapping(said, "id"));
    return written.ok() ? at(written->edge.details, "/columnsLineage/0/fromColumns/0") : std::string("refused");
  };
  for (const char* said : {"svc.db.s.a.id", "id", "source.id", "ID", "SVC.DB.S.A.ID", "s.other.id"})
    CHECK(resolved(said) == R"("svc.db.s.a.id")");
  for (const char* said : {"svc.db.s.b.id", "no", "source.no", "svc.db.s.a", "", "a..id", "\\\"id", "x.svc.db.s.a.id"})
    CHECK_MESSAGE(resolved(said) == "refused", said);
}

TEST_CASE("nested columns and names with dots are found, and quoted where they must be") {
  World world;
  World::must(world.catalog->put("table", R"({"name":"n","databaseSchema":"svc.db.s","columns":[
      {"name":"address","dataType":"STRUCT","children":[{"name":"city","dataType":"TEXT"}]},
      {"name":"city","dataType":"TEXT"},{"name":"a.b","dataType":"INT"}]})"));
  world.tables({"t"});
  const auto resolved = [&](const std::string& said) {
    const auto written = world.lineage().put_edge(World::ref("n"), World::ref("t"), mapping(said, "id"));
    return written.ok() ? at(written->edge.details, "/columnsLineage/0/fromColumns/0") : std::string("refused");
  };
  CHECK(resolved("x.address.city") == R"("svc.db.s.n.address.city")");
  CHECK(resolved("x.city") == R"("svc.db.s.n.city")");
  CHECK(resolved(R"(x.\"a.b\")") == R"("svc.db.s.n.\"a.b\"")");
  CHECK(resolved("x.a.b") == "refused");
}

TEST_CASE("the parts of a board are its panels; what has no parts takes no columns") {
  World world;
  world.tables({"t"});
  const Entity panel = World::must(world.catalog->put("panel", R"({"name":"p"})")).entity;
  const std::string panels = R"("panels":[{"id":")" + panel.id().text() + R"(","type":"panel"}])";
  const Entity board = World::must(world.catalog->put("board", R"({"name":"b",)" + panels + "}")).entity;
  const Entity flow = World::must(world.catalog->put("flow", R"({"name":"f"})")).entity;
  const auto written = World::must(world.lineage().put_edge(World::ref("t"), board.ref(), mapping("id", "p")));
  CHECK(at(written.edge.details, "/columnsLineage/0/toColumn") == R"("p")");
  CHECK(world.lineage().put_edge(World::ref("t"), board.ref(), mapping("id", "q")).error().code() ==
        Code::InvalidArgument);
  CHECK(world.lineage().put_edge(World::ref("t"), flow.ref(), mapping("id", "p")).error().code() ==
        Code::InvalidArgument);
}

TEST_CASE("I5: a column that is removed from its table leaves all mappings in the same write") {
  World world;
  world.tables({"a", "b", "c"});
  world.link("a", "b", R"({"sqlQuery":"q","columnsLineage":[{"fromColumns":["id","name"],"toColumn":"id"},
                          {"fromColumns":["name"],"toColumn":"name","function":"upper"}]})");
  world.link("b", "c", R"({"columnsLineage":[{"fromColumns":["name"],"toColumn":"name"}]})");
  world.table("a", {"id"});
  CHECK(at(world.details("a", "b"), "/columnsLineage") ==
        R"([{"fromColumns":["svc.db.s.a.id"],"toColumn":"svc.db.s.b.id"}])");
  CHECK(at(world.details("a", "b"), "/sqlQuery") == R"("q")");
  // Renamed is removed, from both sides of the table.
  world.table("b", {"id", "title"});
  CHECK(at(world.details("b", "c"), "/columnsLineage") == "[]");
  CHECK(at(world.details("a", "b"), "/columnsLineage/0/toColumn") == R"("svc.db.s.b.id")");
  world.check_is_clean();
}

TEST_CASE("a walk along a column meets only what it comes from and goes to") {
  World world;
  world.tables({"a", "b", "c", "d"});
  world.link("a", "b", R"({"columnsLineage":[{"fromColumns":["id"],"toColumn":"name"}]})");
  world.link("b", "c", R"({"columnsLineage":[{"fromColumns":["name"],"toColumn":"id"},
                                             {"fromColumns":["id"],"toColumn":"name"}]})");
  world.link("b", "d", R"({"columnsLineage":[{"fromColumns":["id"],"toColumn":"id"}]})");
  world.link("c", "d");
  LineageOptions options;
  options.column = "id";
  const LineageGraph down = world.walk("a", 3, 3, options);
  CHECK(nodes_of(down) == Strings{"b@1", "c@2"});
  CHECK(edges_of(down, down.downstream) == Strings{"a>b", "b>c"});
  CHECK(down.complete);
  options.column = "svc.db.s.c.id";
  CHECK(nodes_of(world.walk("c", 3, 3, options)) == Strings{"a@-2", "b@-1"});
  options.column = "nothing";
  CHECK(world.lineage().walk(World::ref("c"), options).error().field() == "column");
  ImpactOptions impact;
  impact.column = "id";
  const auto page = World::must(world.lineage().impact_page(World::ref("a"), impact, 10));
  REQUIRE(page.nodes.size() == 2);
  CHECK(page.nodes[0].name == "b");
  CHECK(page.nodes[1].name == "c");
}
