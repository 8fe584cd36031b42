#include "access/passwords.h"

#include <variant>

#include "fixture.h"
#include "metadata/json.h"

using namespace metadata;
using namespace metadata::access;
using namespace metadata::access::test;

TEST_CASE("A13: a password has 8 characters or more, at most 256 bytes, and is UTF-8") {
  struct Case {
    std::string password;
    bool good;
  };
  const std::vector<Case> cases = {
      {"", false},
      {"1234567", false},
      {"12345678", false},  // common
      {"1234567z", true},
      {std::string(256, 'x'), true},
      {std::string(257, 'x'), false},
      {"        ", true},
      {"  leading", true},
      {"trailing ", true},
      {"pässwö", false},  // 8 bytes, but 6 characters
      {"pässwörter", true},
      {"\xF0\x9F\x94\x91\xF0\x9F\x94\x91", false},                                     // two keys
      {"\xF0\x9F\x94\x91\xF0\x9F\x94\x91\xF0\x9F\x94\x91\xF0\x9F\x94\x91xxxx", true},  // 4 + 4
      {std::string("nul\0inside", 10), true},
      {"password", false},
      {"PassWord", false},
      {"iloveyou", false},
      {"1qaz2wsx", false},
      {"iloveyou ", true},     // another password: nothing is trimmed
      {"iloveyou\n", true},    // likewise
      {"\npassword\n", true},  // no line of the list
      {"# Passwords that are", true},
      {"12345678\xFF", false},
      {"1234567\xC3", false},
      {"12345678\xC0\xAF", false},      // overlong
      {"12345678\xE0\x80\xAF", false},  // overlong
      {"12345678\xED\xA0\x80", false},  // surrogate
      {"12345678\xF4\x90\x80\x80", false},
      {"12345678\x80", false},
  };
  for (const Case& one : cases) {
    CAPTURE(one.password.size());
    const auto stored = store_password({}, one.password, 0);
    CHECK(stored.ok() == one.good);
    if (stored.ok()) continue;
    CHECK(stored.error().code() == Code::InvalidArgument);
    CHECK(stored.error().field() == "password");
  }
}

TEST_CASE("what is stored of a password is a salted Argon2id hash") {
  EntityId user;
  user.bytes[0] = 7;
  const auto first = std::get<store::PutSide>(must(store_password(user, kPassword, 5))).row;
  const auto second = std::get<store::PutSide>(must(store_password(user, kPassword, 5))).row;
  CHECK(first.kind == "password");
  CHECK(first.key == user.text());
  CHECK(first.owner == user);
  CHECK(first.expires_at == 0);
  const Json body = must(Json::parse(first.body));
  CHECK(body["hash"].as_string()->starts_with("$argon2id$"));
  CHECK(body["set_at"].as_int() == 5);
  CHECK(first.body.find(kPassword) == std::string::npos);
  CHECK(first.body != second.body);
}

TEST_CASE("a password is checked against its hash, and without a hash never fits") {
  World world;
  const EntityId ann = world.add_user("ann");
  world.commit({must(store_password(ann, kPassword, 0))});
  const auto hash = must(find_password(*must(world.store->snapshot()), ann));
  REQUIRE(hash.has_value());
  CHECK(check_password(hash, kPassword).ok());
  CHECK(check_password(hash, "correct horse 8").code() == Code::Unauthenticated);
  CHECK(check_password(hash, std::string(5000, 'x')).code() == Code::Unauthenticated);
  CHECK(check_password(std::nullopt, kPassword).code() == Code::Unauthenticated);
}
