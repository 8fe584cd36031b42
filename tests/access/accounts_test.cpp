#include "access/accounts.h"

#include "fixture.h"

using namespace metadata;
using namespace metadata::access;
using namespace metadata::access::test;

namespace {

std::string login_of(World& world, std::string_view text) {
  const auto account = must(find_login(*must(world.store->snapshot()), text));
  return account ? account->name : "";
}

}  // namespace

TEST_CASE("people are found by name and by address, in any case of letters") {
  World world;
  world.add_user("Ann.Lee", {}, "Ann.Lee@example.org");
  world.add_user("bob", {.email_attribute = true}, "robert@example.org");
  CHECK(login_of(world, "ann.lee") == "Ann.Lee");
  CHECK(login_of(world, "ANN.LEE@EXAMPLE.ORG") == "Ann.Lee");
  CHECK(login_of(world, "bob") == "bob");
  CHECK(login_of(world, "Robert@Example.org") == "bob");
  for (const std::string_view nobody :
       {"", "@", "ann", "ann.lee@", "ann.lee@elsewhere.org", "bob@example.org", "robert", "@example.org"}) {
    CAPTURE(nobody);
    CHECK(login_of(world, nobody) == "");
  }
  CHECK(login_of(world, std::string(100'000, 'x')) == "");
}

TEST_CASE("an address that two people have is nobody's") {
  World world;
  world.add_user("one", {.email_attribute = true}, "both@example.org");
  world.add_user("two", {.email_attribute = true}, "both@example.org");
  CHECK(login_of(world, "both@example.org") == "");
}

TEST_CASE("deleted accounts are not found") {
  World world;
  world.add_user("ann", {.email_attribute = true});
  world.update_user("ann", true, "");
  CHECK(login_of(world, "ann") == "");
  CHECK(login_of(world, "ann@example.org") == "");
}

TEST_CASE("a bot is found by its own name and by that of its user") {
  World world;
  const EntityId user = world.add_user("robot-user", {.bot = true});
  const EntityId person = world.add_user("ann");
  world.relate(world.add("bot", "robot"), "actsAs", user);
  world.relate(world.add("bot", "impostor"), "actsAs", person);
  world.add("bot", "lonely");
  const auto reader = must(world.store->snapshot());
  for (const char* name : {"robot", "robot-user"}) {
    const auto found = must(find_bot(*reader, name));
    REQUIRE(found.has_value());
    CHECK(found->id == user);
  }
  for (const char* name : {"", "ann", "impostor", "lonely", "nobody"})
    CHECK_FALSE(must(find_bot(*reader, name)).has_value());
}
