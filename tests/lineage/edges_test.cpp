#include "people.h"
#include "world.h"

using namespace metadata;
using namespace metadata::test;

namespace {

std::string edge_body(const Entity& from, const Entity& to, const std::string& more = "") {
  return R"({"edge":{"fromEntity":{"id":")" + from.id().text() + R"(","type":"table"},"toEntity":{"id":")" +
         to.id().text() + R"(","type":"TABLE"})" + more + "}}";
}

Patch patch_of(const std::string& text) { return World::must(Patch::parse(text)); }

}  // namespace

TEST_CASE("an edge keeps its details, and the same again changes nothing") {
  World world;
  const Entity a = world.table("a"), b = world.table("b");
  const std::string body = edge_body(a, b, R"(,"description":"d","lineageDetails":{"sqlQuery":"select 1",
      "source":"ViewLineage","columnsLineage":[{"fromColumns":["svc.db.s.a.id"],"toColumn":"svc.db.s.b.id"}]})");
  const LineageWritten first = World::must(world.lineage().put_edge(body));
  CHECK(first.created);
  CHECK(first.seq > 0);
  world.clock.now += 5;
  const LineageWritten again = World::must(world.lineage().put_edge(body));
  CHECK_FALSE(again.changed);
  CHECK(again.seq == 0);
  CHECK(again.edge.details == first.edge.details);
  CHECK(world.details("a", "b") == first.edge.details);
  CHECK(at(first.edge.details, "/sqlQuery") == R"("select 1")");
  CHECK(at(first.edge.details, "/source") == R"("ViewLineage")");
  CHECK(at(first.edge.details, "/createdBy") == R"("admin")");
  CHECK(at(first.edge.details, "/columnsLineage") ==
        R"([{"fromColumns":["svc.db.s.a.id"],"toColumn":"svc.db.s.b.id"}])");
  CHECK(World::must(world.lineage().edge(a.ref(), b.ref())).description == "d");
}

TEST_CASE("a second PUT replaces the details, and keeps who made the edge and when") {
  World world;
  world.tables({"a", "b"});
  world.link("a", "b", R"({"sqlQuery":"x","columnsLineage":[{"fromColumns":["id"],"toColumn":"id"}]})");
  world.clock.now += 7;
  WriteOptions other;
  other.as.name = "bob";
  World::must(world.lineage().put_edge(World::ref("a"), World::ref("b"), R"({"source":"DbtLineage"})", other));
  const std::string details = world.details("a", "b");
  CHECK(at(details, "/sqlQuery") == "-");
  CHECK(at(details, "/columnsLineage") == "[]");
  CHECK(at(details, "/createdBy") == R"("admin")");
  CHECK(at(details, "/createdAt") == "1700000000000");
  CHECK(at(details, "/updatedBy") == R"("bob")");
  CHECK(at(details, "/updatedAt") == "1700000000007");
}

TEST_CASE("what cannot be an edge is refused with the field at fault") {
  World world;
  const Entity a = world.table("a"), b = world.table("b");
  const auto refused = [&](const std::string& body, Code code, std::string_view word) {
    const auto result = world.lineage().put_edge(body);
    REQUIRE_FALSE(result.ok());
    CHECK(result.error().code() == code);
    CHECK_MESSAGE(result.error().message().find(word) != std::string_view::npos, result.error().text());
  };
  refused("{", Code::InvalidArgument, "JSON");
  refused("[]", Code::InvalidArgument, "object");
  refused(R"({"fromEntity":{},"toEntity":{}})", Code::InvalidArgument, "edge");
  refused(R"({"edge":{}})", Code::InvalidArgument, "fromEntity");
  refused(R"({"edge":{"fromEntity":{"id":"x","type":"table"}}})", Code::InvalidArgument, "UUID");
  refused(edge_body(a, a), Code::InvalidArgument, "itself");
  refused(edge_body(a, b, R"(,"weight":1)"), Code::InvalidArgument, "weight");
  refused(edge_body(a, b, R"(,"lineageDetails":{"sql":"x"})"), Code::InvalidArgument, "sql");
  refused(edge_body(a, b, R"(,"lineageDetails":{"source":"Guess"})"), Code::InvalidArgument, "Guess");
  refused(edge_body(a, b, R"(,"lineageDetails":{"sqlQuery":1})"), Code::InvalidArgument, "sqlQuery");
  refused(edge_body(a, b, R"(,"lineageDetails":{"columnsLineage":{}})"), Code::InvalidArgument, "columnsLineage");
  refused(edge_body(a, b, R"(,"lineageDetails":{"columnsLineage":[{"fromColumns":["id"]}]})"), Code::InvalidArgument,
          "toColumn");
  refused(edge_body(a, b, R"(,"lineageDetails":{"columnsLineage":[{"fromColumns":["no"],"toColumn":"id"}]})"),
          Code::InvalidArgument, "Invalid column name");
  const std::string nowhere = "00000000-0000-4000-8000-000000000000";
  refused(edge_body(a, b, R"(,"lineageDetails":{"pipeline":{"id":")" + nowhere + R"(","type":"flow"}})"),
          Code::NotFound, nowhere);
  world.remove("b", false);
  refused(edge_body(a, b), Code::NotFound, b.id().text());
  refused(R"({"edge":{"fromEntity":{"id":")" + nowhere + R"(","type":"table"},"toEntity":{"id":")" + nowhere +
              R"(","type":"nothing"}}})",
          Code::NotFound, nowhere);
  CHECK(world.walk("a", 1, 1).nodes.empty());
}

TEST_CASE("a patch is rooted at the details and may point into absent lists") {
  World world;
  world.tables({"a", "b"});
  world.link("a", "b", R"({"sqlQuery":"x"})");
  const auto patched = [&](const std::string& text) {
    return World::must(world.lineage().patch_edge(World::ref("a"), World::ref("b"), patch_of(text))).edge.details;
  };
  CHECK(at(patched(R"([{"op":"add","path":"/columnsLineage/0","value":{"fromColumns":["id"],"toColumn":"name"}}])"),
           "/columnsLineage/0/toColumn") == R"("svc.db.s.b.name")");
  CHECK(at(patched(R"([{"op":"add","path":"/columnsLineage/0/fromColumns/1","value":"a.name"}])"),
           "/columnsLineage/0/fromColumns") == R"(["svc.db.s.a.id","svc.db.s.a.name"])");
  const Entity flow = World::must(world.catalog->put("flow", R"({"name":"f"})")).entity;
  const std::string with = patched(R"([{"op":"add","path":"/pipeline","value":{"id":")" + flow.id().text() +
                                   R"(","type":"flow"}},{"op":"remove","path":"/sqlQuery"}])");
  CHECK(at(with, "/pipeline/name") == R"("f")");
  CHECK(at(with, "/sqlQuery") == "-");
  CHECK(at(patched(R"([{"op":"remove","path":"/pipeline"}])"), "/pipeline") == "-");
  const Seq last = World::must(world.catalog->changes(0, 1000)).back().seq;
  const auto nothing = world.lineage().patch_edge(World::ref("a"), World::ref("b"),
                                                  patch_of(R"([{"op":"replace","path":"/createdBy","value":"me"}])"));
  CHECK_FALSE(World::must(nothing).changed);
  CHECK(World::must(world.catalog->changes(last, 10)).empty());
  CHECK(world.lineage().patch_edge(World::ref("b"), World::ref("a"), patch_of("[]")).error().code() == Code::NotFound);
  const auto bad = world.lineage().patch_edge(World::ref("a"), World::ref("b"),
                                              patch_of(R"([{"op":"add","path":"/source","value":"Bad"}])"));
  CHECK(bad.error().code() == Code::InvalidArgument);
}

TEST_CASE("edges go by their ends and by their source, through pipelines too") {
  World world;
  world.tables({"a", "b", "c", "d"});
  const Entity flow = World::must(world.catalog->put("flow", R"({"name":"f"})")).entity;
  const std::string through = R"(,"pipeline":{"id":")" + flow.id().text() + R"(","type":"flow"}})";
  world.link("a", "d", R"({"source":"ViewLineage"})");
  world.link("b", "d", R"({"source":"QueryLineage"})");
  world.link("c", "d", R"({"source":"ViewLineage"})");
  world.link("a", "b", R"({"source":"PipelineLineage")" + through);
  world.link("b", "c", R"({"source":"QueryLineage")" + through);
  CHECK(World::must(world.lineage().remove_by_source(World::ref("d"), "ViewLineage")) == 2);
  CHECK(nodes_of(world.walk("d", 1, 0)) == Strings{"b@-1"});
  CHECK(World::must(world.lineage().remove_by_source(flow.ref(), "PipelineLineage")) == 1);
  CHECK(world.lineage().edge(World::ref("a"), World::ref("b")).error().code() == Code::NotFound);
  CHECK(world.lineage().remove_by_source(flow.ref(), "Whatever").error().code() == Code::InvalidArgument);
  World::must(world.lineage().remove_edge(World::ref("b"), World::ref("c")));
  const auto twice = world.lineage().remove_edge(World::ref("b"), World::ref("c"));
  CHECK(twice.error().code() == Code::NotFound);
  CHECK(twice.error().message() == "Lineage edge not found");
  world.check_is_clean();
}

TEST_CASE("the log names both ends, the source and the actor of every change of an edge") {
  World world;
  world.tables({"a", "b"});
  const Seq before = World::must(world.catalog->changes(0, 1000)).back().seq;
  WriteOptions bob;
  bob.as.name = "bob";
  World::must(world.lineage().put_edge(World::ref("a"), World::ref("b"), R"({"source":"DbtLineage"})", bob));
  World::must(world.lineage().remove_edge(World::ref("a"), World::ref("b"), bob));
  const auto events = World::must(world.catalog->changes(before, 10));
  REQUIRE(events.size() == 2);
  CHECK(events[0].kind == ChangeEvent::Kind::LineagePut);
  CHECK(events[1].kind == ChangeEvent::Kind::LineageRemoved);
  for (const auto& event : events) {
    CHECK(event.actor == "bob");
    CHECK(event.entity_fqn == "svc.db.s.a");
    CHECK(at(event.change, "/fromEntity/fullyQualifiedName") == R"("svc.db.s.a")");
    CHECK(at(event.change, "/toEntity/fullyQualifiedName") == R"("svc.db.s.b")");
    CHECK(at(event.change, "/source") == R"("DbtLineage")");
  }
}

TEST_CASE("only who may edit lineage writes edges") {
  World world;
  world.tables({"a", "b"});
  WriteOptions user;
  user.as = acting(*world.catalog, "ann",
                   R"([{"name":"view","effect":"allow","resources":["All"],"operations":["ViewAll","EditTags"]}])");
  const auto denied = world.lineage().put_edge(World::ref("a"), World::ref("b"), "", user);
  CHECK(denied.error().code() == Code::PermissionDenied);
  CHECK(denied.error().message().find("EditLineage") != std::string_view::npos);
  world.link("a", "b");
  CHECK(world.lineage().remove_edge(World::ref("a"), World::ref("b"), user).error().code() == Code::PermissionDenied);
  CHECK(world.lineage().remove_by_source(World::ref("b"), "Manual", user).error().code() == Code::PermissionDenied);
  user.as = bot(*world.catalog);
  CHECK(world.lineage().remove_edge(World::ref("a"), World::ref("b"), user).ok());
}
