#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "access/parts.h"
#include "fixture.h"

namespace metadata::access::test {
namespace {

constexpr std::int64_t kDayMs = 24 * 3600 * 1000;

/// Users "ann", "bob" and the admin "root", and a bot "robot".
struct People : World {
  explicit People(const std::string& path = ":memory:") : World(path) {
    ann = add_user("ann");
    bob = add_user("bob");
    root = add_user("root", {.admin = true});
    robot = add_user("robot", {.bot = true});
  }
  Principal as(const std::string& name, const EntityId& id, Principal::Kind kind = Principal::Kind::User) {
    return Principal{name, kind, id, {}};
  }
  Principal as_ann() { return as("ann", ann); }
  Principal as_admin() { return as("root", root, Principal::Kind::Admin); }
  Code code_of(const std::string& token) { return access->authenticate(token).error().code(); }

  EntityId ann, bob, root, robot;
};

}  // namespace

TEST_CASE_FIXTURE(People, "A11: an API key is 256 random bits behind a prefix, and acts as its user") {
  const NewApiKey made = must(access->create_api_key(ann, "etl", 0, as_ann()));
  CHECK(made.secret.starts_with("mdk_"));
  CHECK(made.secret.size() == 4 + 43);
  CHECK(made.secret.starts_with(made.key.start));
  const Authenticated who = must(access->identify(made.secret));
  CHECK(who.principal.name == "ann");
  CHECK(who.credential == Credential::ApiKey);
  CHECK(must(access->create_api_key(ann, "other", 0, as_ann())).secret != made.secret);
}

TEST_CASE_FIXTURE(People, "A11: a list of keys shows none of them") {
  const NewApiKey made = must(access->create_api_key(ann, "etl", clock.now_ms() + kDayMs, as_ann()));
  const std::vector<ApiKey> keys = must(access->api_keys(ann, as_ann()));
  REQUIRE(keys.size() == 1);
  CHECK(keys[0].id == made.key.id);
  CHECK(keys[0].name == "etl");
  CHECK(keys[0].user == ann);
  CHECK(keys[0].created_by == "ann");
  CHECK(keys[0].created_at == clock.now_ms());
  CHECK(keys[0].expires_at == clock.now_ms() + kDayMs);
  CHECK(keys[0].start.size() < 10);
}

TEST_CASE_FIXTURE(People, "A11: when a key was used last is kept to the minute, by one write a minute at most") {
  const NewApiKey made = must(access->create_api_key(ann, "etl", 0, as_ann()));
  const auto last_use = [&] { return must(access->api_keys(ann, as_ann())).front().last_used_at; };
  CHECK(last_use() == 0);
  const std::int64_t first = clock.now_ms();
  CHECK(access->authenticate(made.secret).ok());
  CHECK(last_use() == first);
  const auto commits = store->generations().now();
  for (int i = 0; i < 59; ++i) {
    clock.advance_s(1);
    CHECK(access->authenticate(made.secret).ok());
  }
  CHECK(last_use() == first);
  CHECK(store->generations().now() == commits);
  clock.advance_s(1);
  CHECK(access->authenticate(made.secret).ok());
  CHECK(last_use() == first + 60'000);
  CHECK(access->revoke_api_key(ann, made.key.id, as_ann()).ok());
  CHECK_FALSE(access->authenticate(made.secret).ok());
}

TEST_CASE_FIXTURE(People, "A11: a key ends at its expiry, to the millisecond, whether or not it was used before") {
  const std::int64_t end = clock.now_ms() + kDayMs;
  const std::string used = must(access->create_api_key(ann, "used", end, as_ann())).secret;
  const std::string unused = must(access->create_api_key(ann, "unused", end, as_ann())).secret;
  clock.advance_ms(kDayMs - 1);
  CHECK(code_of(used) == Code::Ok);
  clock.advance_ms(1);
  CHECK(access->authenticate(used).error().message() == "Expired token!");
  CHECK(access->authenticate(unused).error().message() == "Expired token!");
  CHECK(must(access->api_keys(ann, as_ann())).empty());
}

TEST_CASE_FIXTURE(People, "A10: a revoked key is refused at once, the user's others are not") {
  const NewApiKey gone = must(access->create_api_key(ann, "gone", 0, as_ann()));
  const NewApiKey kept = must(access->create_api_key(ann, "kept", 0, as_ann()));
  CHECK(code_of(gone.secret) == Code::Ok);
  REQUIRE(access->revoke_api_key(ann, gone.key.id, as_ann()).ok());
  CHECK(code_of(gone.secret) == Code::Unauthenticated);
  CHECK(code_of(kept.secret) == Code::Ok);
  CHECK(access->revoke_api_key(ann, gone.key.id, as_ann()).code() == Code::NotFound);
  CHECK(access->revoke_api_key(bob, kept.key.id, as_admin()).code() == Code::NotFound);
}

TEST_CASE_FIXTURE(People, "A10: keys and tokens die with their user, also when another of that name follows") {
  const std::string key = must(access->create_api_key(ann, "etl", 0, as_ann())).secret;
  const std::string token = must(access->create_personal_token(ann, "etl", 0, as_ann())).jwt;
  CHECK(code_of(key) == Code::Ok);
  CHECK(code_of(token) == Code::Ok);
  remove(ann);
  CHECK(code_of(key) == Code::Unauthenticated);
  CHECK(code_of(token) == Code::Unauthenticated);
  add_user("ann");
  CHECK(code_of(key) == Code::Unauthenticated);
  CHECK(code_of(token) == Code::Unauthenticated);
}

TEST_CASE_FIXTURE(People, "Z7: nobody but an admin makes, sees or revokes what acts as somebody else") {
  const Principal bot = as("robot", robot, Principal::Kind::Bot);
  for (const Principal& who : {as_ann(), bot}) {
    CAPTURE(who.name);
    for (const EntityId& other : {bob, root}) {
      CHECK(access->create_api_key(other, "x", 0, who).error().code() == Code::PermissionDenied);
      CHECK(access->api_keys(other, who).error().code() == Code::PermissionDenied);
      CHECK(access->revoke_api_key(other, other, who).code() == Code::PermissionDenied);
      CHECK(access->create_personal_token(other, "x", 0, who).error().code() == Code::PermissionDenied);
      CHECK(access->personal_tokens(other, who).error().code() == Code::PermissionDenied);
      CHECK(access->revoke_personal_tokens(other, {}, who).code() == Code::PermissionDenied);
    }
  }
  CHECK(access->renew_bot_token(robot, 0, as_ann()).error().code() == Code::PermissionDenied);
  CHECK(access->bot_token(robot, as_ann()).error().code() == Code::PermissionDenied);
  CHECK(access->revoke_bot_token(robot, as_ann()).code() == Code::PermissionDenied);
  CHECK(access->create_api_key(bob, "x", 0, as_admin()).ok());
  CHECK(access->create_api_key(bob, "y", 0, Principal::embedded()).ok());
}

TEST_CASE_FIXTURE(People, "what a key is called and when it ends is checked") {
  for (const std::string& name : {std::string(), std::string(257, 'x'), std::string("a\nb"), std::string("\x7f")}) {
    CHECK(access->create_api_key(ann, name, 0, as_ann()).error().field() == "name");
    CHECK(access->create_personal_token(ann, name, 0, as_ann()).error().field() == "name");
  }
  for (const std::int64_t end : {std::int64_t{-1}, std::int64_t{1}, clock.now_ms(), INT64_MAX})
    CHECK(access->create_api_key(ann, "x", end, as_ann()).error().field() == "expiresAt");
  CHECK(access->create_personal_token(ann, "x", -1, as_ann()).error().field() == "lifetime_s");
  const EntityId nobody{{1, 2, 3}};
  CHECK(access->create_api_key(nobody, "x", 0, as_admin()).error().code() == Code::NotFound);
  CHECK(access->create_personal_token(robot, "x", 0, as_admin()).error().code() == Code::InvalidArgument);
}

TEST_CASE_FIXTURE(People, "a user has 50 keys of different names at most, however many ask at once") {
  std::vector<std::thread> askers;
  std::atomic<int> made{0};
  for (int asker = 0; asker < 4; ++asker) {
    askers.emplace_back([&, asker] {
      for (int i = 0; i < 20; ++i) {
        const std::string name = std::to_string(asker) + "-" + std::to_string(i);
        if (access->create_api_key(ann, name, 0, as_ann()).ok()) ++made;
      }
    });
  }
  for (std::thread& asker : askers) asker.join();
  CHECK(made == 50);
  CHECK(must(access->api_keys(ann, as_ann())).size() == 50);
  CHECK(access->create_api_key(ann, "one more", 0, as_ann()).error().code() == Code::InvalidArgument);
  REQUIRE(access->create_api_key(bob, "a", 0, as_admin()).ok());
  CHECK(access->create_api_key(bob, "a", 0, as_admin()).error().code() == Code::AlreadyExists);
}

TEST_CASE_FIXTURE(People, "a personal token is a JWT that ends with its expiry or when it is revoked") {
  const NewPersonalToken day = must(access->create_personal_token(ann, "day", 24 * 3600, as_ann()));
  const NewPersonalToken ever = must(access->create_personal_token(ann, "ever", 0, as_ann()));
  CHECK(must(access->identify(day.jwt)).credential == Credential::PersonalToken);
  CHECK(must(access->identify(ever.jwt)).principal.name == "ann");
  CHECK(must(access->personal_tokens(ann, as_ann())).size() == 2);
  clock.advance_ms(kDayMs + 61'000);
  CHECK(code_of(day.jwt) == Code::Unauthenticated);
  CHECK(code_of(ever.jwt) == Code::Ok);
  CHECK(must(access->personal_tokens(ann, as_ann())).size() == 1);
  CHECK(access->revoke_personal_tokens(bob, {ever.token.id}, as_admin()).ok());
  CHECK(code_of(ever.jwt) == Code::Ok);
  CHECK(access->revoke_personal_tokens(ann, {ever.token.id}, as_ann()).ok());
  CHECK(code_of(ever.jwt) == Code::Unauthenticated);
}

TEST_CASE_FIXTURE(People, "a personal token outlives a new password, and all end at once when that is asked for") {
  const std::string one = must(access->create_personal_token(ann, "one", 0, as_ann())).jwt;
  const std::string two = must(access->create_personal_token(ann, "two", 0, as_ann())).jwt;
  REQUIRE(access->set_password("ann", kPassword).ok());
  CHECK(code_of(one) == Code::Ok);
  REQUIRE(access->revoke_personal_tokens(ann, {}, as_ann()).ok());
  CHECK(code_of(one) == Code::Unauthenticated);
  CHECK(code_of(two) == Code::Unauthenticated);
}

TEST_CASE_FIXTURE(People, "A10: a bot's token is shown to admins, renewed and revoked") {
  const BotToken none = must(access->bot_token(robot, as_admin()));
  CHECK(none.jwt.empty());
  const BotToken first = must(access->renew_bot_token(robot, 3600, as_admin()));
  CHECK(first.expires_at - first.issued_at == 3'600'000);
  CHECK(access->bot_token(ann, as_admin()).error().code() == Code::InvalidArgument);
  const std::string token = must(access->issue_bot_token("robot"));
  CHECK(code_of(token) == Code::Ok);
  REQUIRE(access->revoke_bot_token(robot, as_admin()).ok());
  CHECK(code_of(token) == Code::Unauthenticated);
}

TEST_CASE("A11: what was shown once stands in no file of the catalog, and is good after a restart") {
  const Folder folder;
  People people(folder.path());
  const std::string key = must(people.access->create_api_key(people.ann, "etl", 0, people.as_ann())).secret;
  const std::string jwt = must(people.access->create_personal_token(people.ann, "etl", 0, people.as_ann())).jwt;
  people.reopen();
  CHECK(people.code_of(key) == Code::Ok);
  CHECK(people.code_of(jwt) == Code::Ok);
  const std::vector<std::string> secrets = {key, key.substr(12), jwt, jwt.substr(jwt.rfind('.') + 1)};
  CHECK_FALSE(stands_in_files(folder.path(), secrets));
  CHECK(stands_in_files(folder.path(), {"etl"}));
}

}  // namespace metadata::access::test
