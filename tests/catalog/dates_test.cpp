#include <set>
#include <string>
#include <vector>

#include "world.h"

// D9: the date may be set at any time, forwards and back. Order comes from the store's sequence, durations from the
// steady clock, and what an entity shows of its age never runs backwards.

using namespace metadata;
using namespace metadata::test;

namespace {

constexpr const char* kPassword = "correct horse 7";
constexpr std::int64_t kHourMs = 3600 * 1000;
constexpr std::int64_t kYearMs = std::int64_t{365} * 24 * kHourMs;
constexpr std::int64_t k2026 = 1'790'000'000'000;

/// Dates that a machine may wake up with, each followed by another.
const std::vector<std::int64_t> kDates = {k2026,
                                          k2026 + kHourMs,
                                          k2026 - kHourMs,
                                          k2026 + 10 * kYearMs,
                                          k2026 - 10 * kYearMs,
                                          0,
                                          k2026,
                                          1,
                                          2'147'483'647'000,
                                          2'147'483'648'000,
                                          4'294'967'296'000,
                                          k2026,
                                          999,
                                          k2026 + 1,
                                          k2026 - 1,
                                          253'402'300'799'000,
                                          k2026,
                                          86'400'000,
                                          k2026 - 2000,
                                          k2026 + 2000,
                                          k2026 - 3600 * 24'000,
                                          k2026,
                                          1'000'000'000'000,
                                          k2026 + kYearMs,
                                          k2026,
                                          500,
                                          k2026 + 5,
                                          k2026 - 5,
                                          k2026 + 90'000,
                                          k2026,
                                          k2026 - 61'000};

}  // namespace

TEST_CASE("D9: through 30 jumps of the date, updatedAt never decreases and versions keep their order") {
  World world;
  std::int64_t newest = 0;
  double version = 0;
  Entity table = world.table("t").entity;
  std::size_t jumps = 0;
  for (const std::int64_t date : kDates) {
    world.clock.now = date;
    ++jumps;
    table =
        world.patched(table, R"([{"op":"add","path":"/description","value":"at )" + std::to_string(jumps) + R"("}])")
            .entity;
    const std::int64_t updated = *table.get("/updatedAt")->as_int();
    const double now = *table.get("/version")->as_double();
    CHECK(updated >= newest);
    CHECK(updated >= 0);
    CHECK(now > version);
    newest = updated;
    version = now;
  }
  CHECK(jumps >= 30);

  const History history = World::must(world.catalog->versions(table.ref()));
  std::int64_t later = newest;
  double above = version + 1;
  for (const std::string& text : history.versions) {
    const Json past = World::must(Json::parse(text));
    CHECK(*past["updatedAt"].as_int() <= later);
    CHECK(*past["version"].as_double() < above);
    later = *past["updatedAt"].as_int();
    above = *past["version"].as_double();
  }
  CHECK(world.catalog->check()->empty());
}

TEST_CASE("D9: deleting and restoring a subtree under another date makes nothing below it younger") {
  World world;
  world.clock.now = k2026;
  world.table("t");
  const std::int64_t before = *world.get("table", "svc.db.main.t").get("/updatedAt")->as_int();
  world.clock.now = k2026 - 10 * kYearMs;
  const EntityRef schema = EntityRef::by_fqn("databaseSchema", "svc.db.main");
  RemoveOptions whole;
  whole.recursive = true;
  REQUIRE(world.catalog->remove(schema, whole).ok());
  CHECK(*world.get("table", "svc.db.main.t", "", Include::All).get("/updatedAt")->as_int() >= before);
  REQUIRE(world.catalog->restore(schema).ok());
  CHECK(*world.get("table", "svc.db.main.t").get("/updatedAt")->as_int() >= before);
}

TEST_CASE("D9: the change log and the cursors of lists go by sequence and name, not by date") {
  World world;
  for (const std::int64_t date : kDates) {
    world.clock.now = date;
    world.table("t" + std::to_string(date));
  }
  Seq last = 0;
  std::size_t tables = 0;
  for (const ChangeEvent& event : World::must(world.catalog->changes(0, 1000))) {
    CHECK(event.seq > last);
    last = event.seq;
    tables += event.entity_type == "table" ? 1 : 0;
  }
  const std::set<std::int64_t> different(kDates.begin(), kDates.end());
  CHECK(tables >= different.size());

  std::set<std::string> seen;
  ListOptions page;
  page.limit = 3;
  do {
    world.clock.now = kDates[seen.size() % kDates.size()];
    const Page got = World::must(world.catalog->list("table", page));
    for (const Entity& table : got.entities) CHECK(seen.insert(table.fqn()).second);
    page.after = got.after;
  } while (!page.after.empty());
  CHECK(seen.size() == different.size());
}

TEST_CASE("D9: setting the date back logs nobody out") {
  World world;
  world.clock.now = k2026;
  World::must(world.catalog->put("user", R"({"name":"ann","email":"ann@example.org"})"));
  Access& access = world.catalog->access();
  REQUIRE(access.set_password("ann", kPassword).ok());
  const Session session = World::must(access.login("ann", kPassword));
  for (const std::int64_t back : {kHourMs, 24 * kHourMs, 10 * kYearMs}) {
    world.clock.now = k2026 - back;
    CHECK(access.authenticate(session.access_token).ok());
    CHECK(access.refresh(session.refresh_token).ok());
  }
  world.clock.now = 0;
  CHECK(access.authenticate(session.access_token).ok());
  world.clock.now = k2026 + kHourMs + 59'999;  // its own expiry, and the leeway
  CHECK(access.authenticate(session.access_token).ok());
  world.clock.now = k2026 + kHourMs + 60'000;
  CHECK(access.authenticate(session.access_token).error().message() == "Expired token!");
  world.clock.now = k2026;
  CHECK(access.authenticate(session.access_token).ok());
}

TEST_CASE("D9: a date far ahead for a while does not bring a revoked token back to life") {
  World world;
  world.clock.now = k2026;
  World::must(world.catalog->put("user", R"({"name":"ann","email":"ann@example.org"})"));
  Access& access = world.catalog->access();
  REQUIRE(access.set_password("ann", kPassword).ok());
  const Session session = World::must(access.login("ann", kPassword));
  REQUIRE(access.logout(session.access_token, "").ok());
  world.clock.steady += 10 * 60'000;
  world.clock.now = k2026 + 10 * kYearMs;  // whatever is removed in passing is removed by this date
  REQUIRE(access.login("ann", kPassword).ok());
  world.clock.now = k2026 + 11 * 60'000;
  CHECK_FALSE(access.authenticate(session.access_token).ok());
}

TEST_CASE("D9: a held-back account comes free by the steady clock, whatever the date is") {
  World world;
  world.clock.now = k2026;
  World::must(world.catalog->put("user", R"({"name":"ann","email":"ann@example.org"})"));
  Access& access = world.catalog->access();
  REQUIRE(access.set_password("ann", kPassword).ok());
  for (int i = 0; i < 5; ++i) CHECK(access.login("ann", "wrong password").error().code() == Code::Unauthenticated);
  CHECK(access.login("ann", kPassword).error().code() == Code::RateLimited);
  world.clock.now = k2026 + 10 * kYearMs;  // a date ahead frees nobody
  CHECK(access.login("ann", kPassword).error().code() == Code::RateLimited);
  world.clock.now = k2026 - 10 * kYearMs;  // a date back holds nobody for ten years
  world.clock.steady += 10 * 60'000;
  CHECK(access.login("ann", kPassword).ok());
}
