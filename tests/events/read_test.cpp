#include <algorithm>

#include "catalog/world.h"

using namespace metadata;
using test::World;

TEST_CASE("H6: pages follow one another without gap or repeat") {
  World world;
  for (int i = 0; i < 50; ++i) world.table("t" + std::to_string(i));
  std::vector<Seq> seen;
  EventQuery query;
  query.limit = 7;
  Seq at = 0;
  for (bool more = true; more;) {
    const EventPage page = World::must(world.catalog->events().read(at, query));
    CHECK(page.events.size() <= 7);
    for (const ChangeEvent& event : page.events) seen.push_back(event.seq);
    CHECK(page.position >= at);
    at = page.position;
    more = !page.at_end;
  }
  CHECK(at == world.catalog->events().end());
  CHECK(seen.size() == World::must(world.catalog->changes(0, 1000)).size());
  CHECK(std::is_sorted(seen.begin(), seen.end()));
  CHECK(std::adjacent_find(seen.begin(), seen.end()) == seen.end());
}

TEST_CASE("a page's position moves over what does not match") {
  World world;
  for (int i = 0; i < 20; ++i) world.table("t" + std::to_string(i));
  EventQuery query;
  query.any = {{.entity_types = {"user"}}};
  const EventPage page = World::must(world.catalog->events().read(0, query));
  CHECK(page.events.empty());
  CHECK(page.at_end);
  CHECK(page.position == world.catalog->events().end());
}

TEST_CASE("recent events are the newest of a time, newest first") {
  World world;
  world.clock.now += 1000;
  const std::int64_t since = world.clock.now;
  for (int i = 0; i < 5; ++i) {
    world.table("t" + std::to_string(i));
    world.clock.now += 10;
  }
  EventQuery query;
  query.limit = 2;
  const RecentEvents found = World::must(world.catalog->events().recent(since, query));
  REQUIRE(found.events.size() == 2);
  CHECK(found.total == 5);
  CHECK(found.whole);
  CHECK(found.events[0].entity_fqn == "svc.db.main.t4");
  CHECK(found.events[1].entity_fqn == "svc.db.main.t3");
  CHECK(World::must(world.catalog->events().recent(world.clock.now + 1)).total == 0);
  CHECK(World::must(world.catalog->events().recent(0)).total == 8);
}

TEST_CASE("a position beyond the log's end gives nothing and stays") {
  World world;
  const EventPage page = World::must(world.catalog->events().read(1'000'000));
  CHECK(page.events.empty());
  CHECK(page.at_end);
  CHECK(page.position == 1'000'000);
}
