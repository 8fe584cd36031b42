#include <atomic>
#include <functional>
#include <thread>
#include <vector>

#include "fixture.h"

using namespace metadata;
using namespace metadata::access::test;

namespace {

/// Asks twice, so that what is known of the token is warm.
Principal warm(World& world, const std::string& token) {
  must(world.access->authenticate(token));
  return must(world.access->authenticate(token));
}

bool is_good(World& world, const std::string& token) { return world.access->authenticate(token).ok(); }

}  // namespace

TEST_CASE("a known token is authenticated without a statement, until something about its account is written") {
  LoggedIn world;
  warm(world, world.session.access_token);
  auto before = world.store->statements();
  for (int i = 0; i < 10; ++i) CHECK(must(world.access->authenticate(world.session.access_token)).name == "ann");
  CHECK(world.store->statements() == before);

  world.add_user("somebody-else");
  before = world.store->statements();
  CHECK(is_good(world, world.session.access_token));
  CHECK(world.store->statements() == before);

  world.update_user("ann", false, R"({"email":"ann@example.org","description":"x"})");
  before = world.store->statements();
  CHECK(is_good(world, world.session.access_token));
  CHECK(world.store->statements() > before);
}

TEST_CASE("whatever happens to an account counts for a known token at once") {
  LoggedIn world;
  const std::string token = world.session.access_token;
  CHECK(warm(world, token).kind == Principal::Kind::User);

  SUBCASE("the user becomes an admin, and is none any more") {
    world.update_user("ann", false, R"({"email":"ann@example.org","isAdmin":true})");
    CHECK(warm(world, token).kind == Principal::Kind::Admin);
    world.update_user("ann", false, R"({"email":"ann@example.org"})");
    CHECK(warm(world, token).kind == Principal::Kind::User);
  }
  SUBCASE("the user gets a role, which is renamed, deleted and taken away") {
    const EntityId role = world.add("role", "Steward");
    world.relate(world.ann, "hasRole", role);
    CHECK(warm(world, token).roles == std::vector<std::string>{"Steward"});
    auto row = must(must(world.store->snapshot())->find(role));
    row->row.name = "Keeper";
    world.commit({store::UpdateEntity{row->row, row->body, {}}});
    CHECK(warm(world, token).roles == std::vector<std::string>{"Keeper"});
    row->row.deleted = true;
    world.commit({store::UpdateEntity{row->row, row->body, {}}});
    CHECK(warm(world, token).roles.empty());
    row->row.deleted = false;
    world.commit({store::UpdateEntity{row->row, row->body, {}}});
    CHECK(warm(world, token).roles.size() == 1);
    world.commit({store::DeleteRelation{world.ann, "hasRole", role}});
    CHECK(warm(world, token).roles.empty());
    world.relate(world.ann, "hasRole", role);
    CHECK(warm(world, token).roles.size() == 1);
    world.remove(role);
    CHECK(warm(world, token).roles.empty());
  }
  SUBCASE("the user logs out") {
    REQUIRE(world.access->logout(token, "").ok());
    CHECK_FALSE(is_good(world, token));
  }
  SUBCASE("the password is changed") {
    REQUIRE(world.access->set_password("ann", "another horse 8").ok());
    CHECK_FALSE(is_good(world, token));
  }
  SUBCASE("the user is soft-deleted and restored") {
    world.update_user("ann", true, "");
    CHECK_FALSE(is_good(world, token));
    world.update_user("ann", false, "");
    CHECK(is_good(world, token));
  }
  SUBCASE("the user is removed, and another gets the name") {
    world.remove(world.ann);
    CHECK_FALSE(is_good(world, token));
    world.add_user("ann", {.admin = true});
    CHECK_FALSE(is_good(world, token));
  }
  SUBCASE("the user becomes a bot") {
    world.update_user("ann", false, R"({"email":"ann@example.org","isBot":true})");
    CHECK_FALSE(is_good(world, token));
  }
  SUBCASE("the token expires") {
    world.clock.advance_s(3600 + 59);
    CHECK(is_good(world, token));
    world.clock.advance_s(1);
    CHECK(world.access->authenticate(token).error().message() == "Expired token!");
  }
  SUBCASE("a batch that is given up changes nothing") {
    {
      auto turn = must(world.store->exclusive());
      must(turn->apply({{}, {store::DeleteEntity{world.ann}}}));
      CHECK(is_good(world, token));
    }
    CHECK(is_good(world, token));
  }
}

TEST_CASE("a bot's new token ends the known one, and a removed record does too") {
  World world;
  const EntityId robot = world.add_user("robot", {.bot = true});
  const std::string first = must(world.access->issue_bot_token("robot"));
  warm(world, first);
  const std::string second = must(world.access->issue_bot_token("robot"));
  CHECK_FALSE(is_good(world, first));
  warm(world, second);
  world.commit({store::DeleteSide{"bot-token", robot.text()}});
  CHECK_FALSE(is_good(world, second));

  const std::string third = must(world.access->issue_bot_token("robot"));
  warm(world, third);
  REQUIRE(world.access->logout(third, "").ok());
  CHECK_FALSE(is_good(world, third));
}

TEST_CASE("no token that is not good is remembered as one") {
  LoggedIn world;
  const std::string token = world.session.access_token;
  warm(world, token);
  for (std::size_t at = 0; at < token.size(); at += 7) {
    std::string damaged = token;
    damaged[at] = damaged[at] == 'A' ? 'B' : 'A';
    CHECK_FALSE(is_good(world, damaged));
    CHECK_FALSE(is_good(world, damaged));
  }
  CHECK_FALSE(is_good(world, token + "A"));
  CHECK_FALSE(is_good(world, std::string(1 << 20, 'x')));
  CHECK(is_good(world, token));
}

TEST_CASE("a log-out that was answered is never overtaken by what other threads know of the token") {
  LoggedIn world;
  std::atomic<int> overtaken = 0;
  for (int round = 0; round < 15; ++round) {
    const std::string token = must(world.access->refresh(world.session.refresh_token)).access_token;
    std::atomic<bool> out = false;
    std::atomic<bool> stop = false;
    std::vector<std::thread> readers;
    for (int i = 0; i < 3; ++i) {
      readers.emplace_back([&] {
        while (!stop) {
          const bool was_out = out;
          if (is_good(world, token) && was_out) ++overtaken;
        }
      });
    }
    must(world.access->authenticate(token));
    if (!world.access->logout(token, "").ok()) ++overtaken;
    out = true;
    for (int i = 0; i < 20; ++i) {
      if (is_good(world, token)) ++overtaken;
    }
    stop = true;
    for (auto& reader : readers) reader.join();
  }
  CHECK(overtaken == 0);
}
