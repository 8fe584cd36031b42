#include <set>

#include "world.h"

namespace metadata::test {

TEST_CASE("a container with something below is not removed unless asked to") {
  World world;
  world.table("orders");
  const auto refused = world.catalog->remove(EntityRef::by_fqn("databaseSchema", "svc.db.main"));
  CHECK(refused.error().code() == Code::InvalidArgument);
  CHECK(refused.error().message() == "databaseSchema is not empty");
}

TEST_CASE("a soft delete hides a subtree, and a restore brings it back") {
  World world;
  world.table("orders");
  const Written removed =
      world.must(world.catalog->remove(EntityRef::by_fqn("databaseService", "svc"), {.recursive = true}));
  CHECK(removed.change == Written::Change::SoftDeleted);
  CHECK(at(removed.entity, "/deleted") == "true");
  CHECK(world.catalog->get(EntityRef::by_fqn("table", "svc.db.main.orders")).error().code() == Code::NotFound);
  const Entity hidden = world.get("table", "svc.db.main.orders", "", Include::Deleted);
  CHECK(hidden.version().text() == "0.2");
  CHECK(at(hidden, "/changeDescription/fieldsUpdated/0/name") == R"("deleted")");
  CHECK(world.must(world.catalog->list("table")).total == 0);

  const Written restored = world.must(world.catalog->restore(removed.entity.ref()));
  CHECK(restored.change == Written::Change::Restored);
  CHECK(world.get("table", "svc.db.main.orders").version().text() == "0.3");
  CHECK(world.must(world.catalog->list("table")).total == 1);
  CHECK(world.must(world.catalog->check()).empty());
}

TEST_CASE("below a deleted container nothing is restored") {
  World world;
  const Entity table = world.table("orders").entity;
  world.must(world.catalog->remove(EntityRef::by_fqn("databaseSchema", "svc.db.main"), {.recursive = true}));
  CHECK(world.catalog->restore(table.ref()).error().code() == Code::InvalidArgument);
}

TEST_CASE("a PUT revives a soft-deleted entity under its old identity") {
  World world;
  const Entity table = world.table("orders").entity;
  world.must(world.catalog->remove(table.ref()));
  const Written back = world.table("orders");
  CHECK(back.change == Written::Change::Restored);
  CHECK(back.entity.id() == table.id());
  CHECK(at(back.entity, "/deleted") == "false");
  const Written removed = world.must(world.catalog->remove(table.ref()));
  const Written changed = world.table("orders", R"(,"description":"new")");
  CHECK(changed.entity.version() > removed.entity.version());
  CHECK(at(changed.entity, "/description") == R"("new")");
  CHECK(world.must(world.catalog->check()).empty());
}

TEST_CASE("a hard delete leaves nothing and frees the name") {
  World world;
  const Entity table = world.table("orders").entity;
  world.must(world.catalog->remove(EntityRef::by_fqn("databaseService", "svc"), {.hard = true, .recursive = true}));
  CHECK(world.catalog->get(table.ref(), {.include = Include::All}).error().code() == Code::NotFound);
  CHECK(world.must(world.catalog->list("table", {.include = Include::All})).total == 0);
  CHECK(world.must(world.catalog->put("databaseService", R"({"name":"svc","serviceType":"SQLite"})")).created());
  CHECK(world.must(world.catalog->check()).empty());
}

TEST_CASE("removing a service leaves a classification of the same name alone") {
  World world;
  world.must(world.catalog->put("classification", R"({"name":"svc","description":"d"})"));
  world.must(world.catalog->put("tag", R"({"name":"db","classification":"svc","description":"d"})"));
  world.must(world.catalog->remove(EntityRef::by_fqn("databaseService", "svc"), {.hard = true, .recursive = true}));
  CHECK(world.get("tag", "svc.db").name() == "db");
}

TEST_CASE("versions can be read after the owners, tags and column tags that they named were removed for good") {
  World world;
  const auto label = [](const std::string& tag) {
    return R"({"tagFQN":"Kind.)" + tag + R"(","source":"Classification","labelType":"Manual","state":"Confirmed"})";
  };
  world.must(world.catalog->put("classification", R"({"name":"Kind","description":"d"})"));
  world.must(world.catalog->put("tag", R"({"name":"hot","classification":"Kind","description":"d"})"));
  world.must(world.catalog->put("tag", R"({"name":"cold","classification":"Kind","description":"d"})"));
  const Entity ann = world.must(world.catalog->put("user", R"({"name":"ann","email":"ann@x.org"})")).entity;
  const Entity bob = world.must(world.catalog->put("user", R"({"name":"bob","email":"bob@x.org"})")).entity;
  const auto owner = [](const Entity& user) { return R"({"type":"user","id":")" + user.id().text() + R"("})"; };
  const Entity table = world.table("t", R"(,"description":"one")").entity;
  world.patched(table, R"([{"op":"add","path":"/owners","value":[)" + owner(ann) + "," + owner(bob) + "]}]");
  world.patched(table, R"([{"op":"add","path":"/columns/0/tags","value":[)" + label("hot") + "]}]");
  world.patched(table, R"([{"op":"add","path":"/tags","value":[)" + label("hot") + "," + label("cold") + "]}]");
  world.patched(table, R"([{"op":"replace","path":"/owners","value":[)" + owner(bob) + "]}]");
  world.patched(table, R"([{"op":"replace","path":"/tags","value":[)" + label("cold") + "]}]");
  world.must(world.catalog->remove(ann.ref(), {.hard = true}));
  world.must(world.catalog->remove(EntityRef::by_fqn("tag", "Kind.hot"), {.hard = true}));
  world.must(world.catalog->remove(bob.ref(), {.hard = true}));

  const History history = world.must(world.catalog->versions(table.ref()));
  REQUIRE(history.versions.size() == 6);
  const Json second = world.must(Json::parse(history.versions[4]));
  CHECK(second["version"].text() == "0.2");
  CHECK(second["description"].text() == R"("one")");
  const Entity fourth = world.must(world.catalog->version(table.ref(), *Version::parse("0.4")));
  CHECK(at(fourth, "/tags/0/tagFQN") == R"("Kind.cold")");
  CHECK(at(fourth, "/columns/0/tags") == "[]");
  CHECK(world.must(world.catalog->check()).empty());
}

TEST_CASE("every version can be read as it was") {
  World world;
  const Entity table = world.table("orders").entity;
  for (int i = 1; i <= 40; ++i) {
    world.patched(table, R"([{"op":"add","path":"/description","value":"d)" + std::to_string(i) + R"("}])");
  }
  const History history = world.must(world.catalog->versions(table.ref()));
  CHECK(history.total == 41);
  REQUIRE(history.versions.size() == 41);
  const auto newest = world.must(Json::parse(history.versions.front()));
  CHECK(newest["description"].text() == R"("d40")");
  for (const int n : {0, 1, 15, 16, 17, 31, 39, 40}) {
    const Entity then = world.must(world.catalog->version(table.ref(), Version{n + 1}));
    CHECK(at(then, "/description") == (n == 0 ? "-" : "\"d" + std::to_string(n) + "\""));
    CHECK(at(then, "/version") == Version{n + 1}.text());
    const auto listed = world.must(Json::parse(history.versions[static_cast<std::size_t>(40 - n)]));
    CHECK(listed == world.must(Json::parse(then.text())));
  }
  CHECK(world.catalog->version(table.ref(), Version{99}).error().code() == Code::NotFound);
  const History piece = world.must(world.catalog->versions(table.ref(), {.limit = 3, .offset = 2}));
  REQUIRE(piece.versions.size() == 3);
  CHECK(piece.versions[0] == history.versions[2]);
}

TEST_CASE("old versions keep labels and owners of their time") {
  World world;
  world.must(world.catalog->put("user", R"({"name":"alice","email":"alice@x.org"})"));
  world.must(world.catalog->put("classification", R"({"name":"PII","description":"d"})"));
  world.must(world.catalog->put("tag", R"({"name":"Email","classification":"PII","description":"d"})"));
  const Entity table = world.table("t", R"(,"owners":[{"type":"user","fullyQualifiedName":"alice"}])").entity;
  world.patched(
      table, R"([{"op":"add","path":"/columns/0/tags","value":[{"tagFQN":"PII.Email","source":"Classification"}]}])");
  world.patched(table, R"([{"op":"remove","path":"/owners"},{"op":"remove","path":"/columns/0/tags"}])");
  const Entity second = world.must(world.catalog->version(table.ref(), Version{2}));
  CHECK(at(second, "/owners/0/name") == R"("alice")");
  CHECK(at(second, "/columns/0/tags/0/tagFQN") == R"("PII.Email")");
  const Entity first = world.must(world.catalog->version(table.ref(), Version{1}));
  CHECK(at(first, "/columns/0/tags") == "[]");
}

TEST_CASE("a listing is paged by cursors that survive inserts and deletes between pages") {
  World world;
  for (const char* name : {"b", "d", "f", "h", "j"}) world.table(name);
  const Page first = world.must(world.catalog->list("table", {.limit = 2}));
  CHECK(first.total == 5);
  CHECK(first.before.empty());
  REQUIRE(first.entities.size() == 2);
  world.table("a");
  world.table("e");
  world.must(world.catalog->remove(first.entities[1].ref(), {.hard = true}));
  const Page second = world.must(world.catalog->list("table", {.limit = 2, .after = first.after}));
  REQUIRE(second.entities.size() == 2);
  CHECK(second.entities[0].name() == "e");
  CHECK(second.entities[1].name() == "f");
  const Page back = world.must(world.catalog->list("table", {.limit = 2, .before = second.before}));
  REQUIRE(back.entities.size() == 2);
  CHECK(back.entities[1].name() == "b");
  CHECK(back.before.empty());
  const Page last = world.must(world.catalog->list("table", {.limit = 10, .after = second.after}));
  CHECK(last.after.empty());
}

TEST_CASE("filters name a container and match anything below it") {
  World world;
  world.table("orders");
  world.must(world.catalog->put("databaseSchema", R"({"name":"main2","database":"svc.db"})"));
  const auto total = [&](const std::string& name, const std::string& value) {
    return world.must(world.catalog->list("table", {.filters = {{name, value}}})).total;
  };
  CHECK(total("service", "svc") == 1);
  CHECK(total("database", "svc.db") == 1);
  CHECK(total("database", "svc.db.main") == 1);
  CHECK(total("database", "svc.db.main2") == 0);
  CHECK(total("databaseSchema", "svc.nope") == 0);
  CHECK(world.catalog->list("table", {.filters = {{"colour", "red"}}}).error().field() == "colour");
}

TEST_CASE("bad arguments of a listing are told apart") {
  World world;
  CHECK(world.catalog->list("table", {.limit = -1}).error().field() == "limit");
  CHECK(world.catalog->list("table", {.before = "MWE", .after = "MWE"}).error().field() == "before");
  CHECK(world.catalog->list("table", {.after = "###"}).error().field() == "cursor");
  CHECK(world.catalog->list("table", {.fields = "nope"}).error().message() == "Invalid field name nope");
  CHECK(world.must(world.catalog->list("table", {.limit = 0})).entities.empty());
}

TEST_CASE("a list call runs the same number of statements for ten and for a hundred entities") {
  World world(false);  // the index has statements of its own
  world.must(world.catalog->put("user", R"({"name":"alice","email":"alice@x.org"})"));
  for (int i = 0; i < 100; ++i)
    world.table("t" + std::to_string(i), R"(,"owners":[{"type":"user","fullyQualifiedName":"alice"}])");
  const auto statements = [&](std::int64_t limit, const char* type) {
    const auto before = world.catalog->statements();
    const Page page = world.must(world.catalog->list(type, {.fields = "*", .limit = limit}));
    CHECK(page.entities.size() <= static_cast<std::size_t>(limit));
    return world.catalog->statements() - before;
  };
  CHECK(statements(10, "table") == statements(100, "table"));
  CHECK(statements(1, "table") == statements(100, "table"));
}

TEST_CASE("runs of a pipeline are kept by their id and make no version") {
  World world;
  const Entity pipeline =
      world
          .must(world.catalog->put("ingestionPipeline", R"({"name":"nightly","pipelineType":"metadata",
      "sourceConfig":{"config":{"type":"DatabaseMetadata"}},"airflowConfig":{},
      "service":{"type":"databaseService","fullyQualifiedName":"svc"}})"))
          .entity;
  CHECK(pipeline.fqn() == "svc.nightly");
  CHECK(world.catalog->value(pipeline.ref(), "pipelineStatus", "r1").error().code() == Code::NotFound);
  world.must(world.catalog->put_value(pipeline.ref(), "pipelineStatus",
                                      R"({"runId":"r1","pipelineState":"running","timestamp":5})"));
  world.must(world.catalog->put_value(pipeline.ref(), "pipelineStatus",
                                      R"({"runId":"r1","pipelineState":"success","timestamp":6})"));
  CHECK(world.must(world.catalog->value(pipeline.ref(), "pipelineStatus", "r1"))["pipelineState"].text() ==
        R"("success")");
  CHECK(world.must(world.catalog->values(pipeline.ref(), "pipelineStatus", 0, 10)).size() == 1);
  const Entity now = world.get("ingestionPipeline", "svc.nightly", "pipelineStatuses");
  CHECK(now.version().text() == "0.1");
  CHECK(at(now, "/pipelineStatuses/runId") == R"("r1")");
  CHECK(world.catalog->put_value(pipeline.ref(), "pipelineStatus", R"({"pipelineState":"sleeping","runId":"x"})")
            .error()
            .code() == Code::InvalidArgument);
  CHECK(world.catalog->remove_value(pipeline.ref(), "pipelineStatus", "r2").code() == Code::NotFound);
  CHECK(world.catalog->remove_value(pipeline.ref(), "walks", "r1").code() == Code::NotFound);
  CHECK(world.catalog->remove_value(pipeline.ref(), "pipelineStatus", "r1").ok());
  CHECK(world.must(world.catalog->values(pipeline.ref(), "pipelineStatus", 0, 10)).empty());
  const ChangeEvent last = world.must(world.catalog->changes(0, 1000)).back();
  CHECK(last.kind == ChangeEvent::Kind::Series);
  CHECK(last.entity_id == pipeline.id());
}

TEST_CASE("the change log holds every effective write in order") {
  World world;
  const Seq before = world.must(world.catalog->changes(0, 1000)).back().seq;
  const Entity table = world.table("orders").entity;
  world.table("orders");
  world.patched(table, R"([{"op":"add","path":"/description","value":"d"}])");
  world.must(world.catalog->remove(table.ref()));
  const auto events = world.must(world.catalog->changes(before));
  REQUIRE(events.size() == 3);
  CHECK(events[0].kind == ChangeEvent::Kind::Created);
  CHECK(events[1].kind == ChangeEvent::Kind::Updated);
  CHECK(events[2].kind == ChangeEvent::Kind::SoftDeleted);
  CHECK(events[1].seq == events[0].seq + 1);
  CHECK(events[1].entity_fqn == "svc.db.main.orders");
  CHECK(std::set<std::string>{events[0].event_id, events[1].event_id, events[2].event_id}.size() == 3);
}

TEST_CASE("an entity type of one JSON text needs no code") {
  Options options;
  options.path = ":memory:";
  options.extra_types = {R"({"type":"gadget","collection":"gadgets","traits":["named","softDeleted","tagged"],
      "fields":{"colour":{"type":"string","create":"required"}}})"};
  auto catalog = World::must(Catalog::open(options));
  const Entity gadget = World::must(catalog->create("gadget", R"({"name":"g","colour":"red"})")).entity;
  CHECK(at(gadget, "/colour") == R"("red")");
  CHECK(catalog->create("gadget", R"({"name":"h"})").error().field() == "colour");
  CHECK(catalog->registry().find_collection("gadgets") != nullptr);
}

}  // namespace metadata::test
