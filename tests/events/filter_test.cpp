#include "events/filter.h"

#include "catalog/world.h"

using namespace metadata;
using test::World;

namespace {

std::vector<std::string> names(const World& world, EventFilter filter, Seq after) {
  EventQuery query;
  query.any = {std::move(filter)};
  std::vector<std::string> found;
  for (const ChangeEvent& event : World::must(world.catalog->events().read(after, query)).events)
    found.push_back(std::string(event_type(event)) + " " + event.entity_fqn);
  return found;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a pattern's star is any text and its question mark one byte") {
  using events::matches_pattern;
  CHECK(matches_pattern("a.b.c", "a.*"));
  CHECK(matches_pattern("a.b.c", "*.c"));
  CHECK(matches_pattern("a.b.c", "a*b*c"));
  CHECK(matches_pattern("", "*"));
  CHECK(matches_pattern("abc", "a?c"));
  CHECK_FALSE(matches_pattern("a.b.c", "a.?"));
  CHECK_FALSE(matches_pattern("a.b", "a.b.c"));
  CHECK_FALSE(matches_pattern("abc", ""));
}

TEST_CASE("a long pattern of stars on a long text takes no exponential time") {
  const std::string text(3000, 'a');
  std::string pattern;
  for (int i = 0; i < 500; ++i) pattern += "a*";
  CHECK_FALSE(events::matches_pattern(text, pattern + "b"));
}

TEST_CASE("events are filtered by type of event and of entity, and by name") {
  World world;
  const Seq after = world.catalog->events().end();
  const Entity orders = world.table("orders").entity;
  world.table("people");
  world.patched(orders, R"([{"op":"add","path":"/description","value":"d"}])");
  CHECK(names(world, {.event_types = {"entityUpdated"}}, after) == Names{"entityUpdated svc.db.main.orders"});
  CHECK(names(world, {.entity_types = {"TABLE"}}, after).size() == 3);
  CHECK(names(world, {.entity_types = {"all"}}, after).size() == 3);
  CHECK(names(world, {.entity_types = {"database"}}, after).empty());
  CHECK(names(world, {.fqn = "svc.*.people"}, after) == Names{"entityCreated svc.db.main.people"});
  CHECK(names(world, {.ids = {orders.id()}}, after).size() == 2);
  CHECK(names(world, {.event_types = {"*"}, .fqn = "*orders"}, after).size() == 2);
}

TEST_CASE("entityDeleted takes soft deletions too, entitySoftDeleted those alone") {
  World world;
  const Seq after = world.catalog->events().end();
  const Entity table = world.table("orders").entity;
  World::must(world.catalog->remove(table.ref()));
  World::must(world.catalog->restore(table.ref()));
  World::must(world.catalog->remove(table.ref(), {.hard = true}));
  CHECK(names(world, {.event_types = {"entityDeleted"}}, after) ==
        Names{"entitySoftDeleted svc.db.main.orders", "entityDeleted svc.db.main.orders"});
  CHECK(names(world, {.event_types = {"entitySoftDeleted"}}, after) == Names{"entitySoftDeleted svc.db.main.orders"});
  CHECK(names(world, {.event_types = {"entityRestored"}}, after) == Names{"entityRestored svc.db.main.orders"});
}

TEST_CASE("events are filtered by the owners and labels of that moment, deletion included") {
  World world;
  const Entity alice = World::must(world.catalog->create("user", R"({"name":"alice","email":"alice@x.org"})")).entity;
  World::must(world.catalog->create("classification", R"({"name":"PII","description":"d"})"));
  World::must(world.catalog->create("tag", R"({"name":"Sensitive","classification":"PII","description":"d"})"));
  const Seq after = world.catalog->events().end();
  const std::string owner = R"(,"owners":[{"id":")" + alice.id().text() + R"(","type":"user"}])";
  const std::string tag =
      R"(,"tags":[{"tagFQN":"PII.Sensitive","source":"Classification","labelType":"Manual","state":"Confirmed"}])";
  const Entity mine = world.table("mine", owner).entity;
  world.table("tagged", tag);
  world.table("plain");
  CHECK(names(world, {.owners = {"alice"}}, after) == Names{"entityCreated svc.db.main.mine"});
  CHECK(names(world, {.owners = {alice.id().text()}}, after) == Names{"entityCreated svc.db.main.mine"});
  CHECK(names(world, {.tags = {"PII.Sensitive"}}, after) == Names{"entityCreated svc.db.main.tagged"});
  CHECK(names(world, {.owners = {"nobody"}}, after).empty());
  CHECK(names(world, {.domains = {"nowhere"}}, after).empty());
  World::must(world.catalog->remove(mine.ref(), {.hard = true}));
  CHECK(names(world, {.owners = {"alice"}}, after).size() == 2);
}

TEST_CASE("one of several filters is enough") {
  World world;
  const Seq after = world.catalog->events().end();
  const Entity table = world.table("orders").entity;
  world.patched(table, R"([{"op":"add","path":"/description","value":"d"}])");
  EventQuery query;
  query.any = {{.event_types = {"entityCreated"}}, {.event_types = {"entityUpdated"}}};
  CHECK(World::must(world.catalog->events().read(after, query)).events.size() == 2);
}

TEST_CASE("a filter that cannot be meant is refused with what is wrong") {
  World world;
  EventQuery query;
  query.any = {{.event_types = {"entityChanged"}}};
  const Error type = world.catalog->events().read(0, query).error();
  CHECK(type.code() == Code::InvalidArgument);
  CHECK(type.text().find("entityChanged") != std::string::npos);
  query.any = {{.entity_types = {"tabel"}}};
  CHECK(world.catalog->events().read(0, query).error().code() == Code::InvalidArgument);
  CHECK(world.catalog->events().stream(0, query).error().code() == Code::InvalidArgument);
  query.any.assign(101, {});
  CHECK(world.catalog->events().read(0, query).error().code() == Code::InvalidArgument);
}
