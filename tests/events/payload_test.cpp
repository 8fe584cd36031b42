#include <set>

#include "catalog/world.h"

using namespace metadata;
using test::World;

namespace {

std::vector<ChangeEvent> events_after(World& world, Seq after) {
  return World::must(world.catalog->events().read(after)).events;
}

Json parsed(const std::string& text) { return World::must(Json::parse(text)); }

std::set<std::string> keys(const Json& value) {
  std::set<std::string> names;
  value.for_each_member([&](std::string_view name, const Json&) { names.emplace(name); });
  return names;
}

const std::set<std::string> kPayloadKeys = {"eventId",   "eventType",         "entityType", "entityId",
                                            "entityFQN", "changeDescription", "timestamp",  "userName"};

}  // namespace

TEST_CASE("a payload has its eight keys whatever happened") {
  World world;
  const Entity pipeline = [&] {
    World::must(world.catalog->put("pipelineService", R"({"name":"air","serviceType":"Airflow"})"));
    return World::must(world.catalog->put("pipeline", R"({"name":"p","service":"air","tasks":[{"name":"t"}]})")).entity;
  }();
  const Seq after = world.catalog->events().end();
  const Entity table = world.table("orders").entity;
  const Entity other = world.table("copy").entity;
  world.patched(table, R"([{"op":"add","path":"/description","value":"d"}])");
  World::must(world.catalog->put_value(pipeline.ref(), "pipelineStatus",
                                       R"({"timestamp":1700000000000,"executionStatus":"Successful"})"));
  World::must(world.catalog->lineage().put_edge(table.ref(), other.ref(), "{}"));
  World::must(world.catalog->lineage().remove_edge(table.ref(), other.ref()));
  World::must(world.catalog->remove(table.ref()));
  World::must(world.catalog->restore(table.ref()));
  World::must(world.catalog->remove(table.ref(), {.hard = true}));
  const auto events = events_after(world, after);
  REQUIRE(events.size() >= 9);
  std::set<std::string> types;
  for (const ChangeEvent& event : events) {
    const Json payload = parsed(event_payload(event));
    CHECK(keys(payload) == kPayloadKeys);
    CHECK(payload["changeDescription"].is_object());
    CHECK(EntityId::parse(*payload["eventId"].as_string()));
    CHECK(is_event_type(*payload["eventType"].as_string()));
    types.emplace(*payload["eventType"].as_string());
    const Json full = parsed(change_event(event));
    CHECK(full["id"] == payload["eventId"]);
    CHECK(full["entityFullyQualifiedName"] == payload["entityFQN"]);
    CHECK(full["currentVersion"].as_double());
  }
  CHECK(types.size() == 6);
}

TEST_CASE("a creation's change description is an empty object, an update's says what changed") {
  World world;
  const Seq after = world.catalog->events().end();
  const Entity table = world.table("orders").entity;
  world.patched(table, R"([{"op":"add","path":"/description","value":"d"}])");
  const auto events = events_after(world, after);
  REQUIRE(events.size() == 2);
  const Json created = parsed(event_payload(events[0]));
  CHECK(created["changeDescription"].text() == "{}");
  CHECK(created["timestamp"].as_int() == world.clock.now);
  CHECK(created["userName"].as_string() == "admin");
  CHECK(created["entityId"].as_string() == table.id().text());
  const Json updated = parsed(event_payload(events[1]));
  CHECK(updated.get("/changeDescription/fieldsAdded/0/name")->as_string() == "description");
  const Json full = parsed(change_event(events[1]));
  CHECK(full["previousVersion"].as_double() == 0.1);
  CHECK(full["currentVersion"].as_double() == 0.2);
  CHECK_FALSE(parsed(change_event(events[0])).contains("changeDescription"));
}

TEST_CASE("an edge of lineage is a changed field of its entity that makes no version") {
  World world;
  const Entity from = world.table("a").entity;
  const Entity to = world.table("b").entity;
  const Seq after = world.catalog->events().end();
  World::must(world.catalog->lineage().put_edge(from.ref(), to.ref(), "{}"));
  const auto events = events_after(world, after);
  REQUIRE(!events.empty());
  const Json payload = parsed(event_payload(events[0]));
  CHECK(payload["eventType"].as_string() == "entityFieldsChanged");
  CHECK(payload.get("/changeDescription/fieldsAdded/0/name")->as_string() == "lineage");
}

TEST_CASE("H1: an event has one id, whoever reads it and whenever") {
  World world;
  world.table("orders");
  std::set<std::string> ids;
  const auto first = events_after(world, 0);
  for (const ChangeEvent& event : first) ids.insert(event.event_id);
  CHECK(ids.size() == first.size());
  const auto again = World::must(world.catalog->changes(0, 1000));
  REQUIRE(again.size() == first.size());
  for (std::size_t i = 0; i < first.size(); ++i) CHECK(again[i].event_id == first[i].event_id);
}
