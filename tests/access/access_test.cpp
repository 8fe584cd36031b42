#include "metadata/access.h"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "access/parts.h"
#include "access/passwords.h"
#include "base/hash.h"
#include "fixture.h"
#include "metadata/json.h"

using namespace metadata;
using namespace metadata::access::test;

namespace {

constexpr const char* kNewPassword = "battery staple 9";

Error login_error(World& world, std::string_view name, std::string_view password) {
  return world.access->login(name, password).error();
}

void check_refused(World& world, std::string_view token) {
  const Error error = world.access->authenticate(token).error();
  CHECK(error.code() == Code::Unauthenticated);
  CHECK(error.message() == "Invalid token");
}

/// All bytes of all files in a folder, keys left out.
std::string bytes_of(const std::string& folder) {
  std::string bytes;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    bytes.append(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return bytes;
}

}  // namespace

TEST_CASE("a log-in hands out a token that says who its holder is") {
  LoggedIn world;
  CHECK(world.session.expires_in_s == 3600);
  CHECK(world.session.expires_at == (kStartS + 3600) * 1000);
  CHECK(world.session.refresh_token.size() == 43);
  const Principal principal = must(world.access->authenticate(world.session.access_token));
  CHECK(principal.name == "ann");
  CHECK(principal.id == world.ann);
  CHECK(principal.kind == Principal::Kind::User);
}

TEST_CASE("a token carries the claims that clients read") {
  LoggedIn world;
  world.relate(world.ann, "hasRole", world.add("role", "DataSteward"));
  const Json claims =
      must(Json::parse(claims_text(must(world.access->login("ann@example.org", kPassword)).access_token)));
  CHECK(claims["iss"].as_string() == "open-metadata.org");
  CHECK(claims["sub"].as_string() == "ann");
  CHECK(claims["email"].as_string() == "ann@example.org");
  CHECK(claims["isBot"].as_bool() == false);
  CHECK(claims["tokenType"].as_string() == "OM_USER");
  CHECK(claims["roles"].text() == R"(["DataSteward"])");
  CHECK(claims["iat"].as_int() == kStartS);
  CHECK(claims["exp"].as_int() == kStartS + 3600);
  CHECK(claims["jti"].as_string()->size() >= 20);
}

TEST_CASE("A6: every failed log-in has one answer, whether there is an account or not") {
  LoggedIn world;
  const EntityId robot = world.add_user("robot", {.bot = true});
  world.commit({must(access::store_password(robot, kPassword, 0))});
  const EntityId gone = world.add_user("gone");
  world.commit({must(access::store_password(gone, kPassword, 0))});
  world.update_user("gone", true, "");
  world.add_user("fresh");
  const std::vector<std::pair<std::string, std::string>> attempts = {
      {"ann", "wrong horse 7"},
      {"ann", ""},
      {"ann@elsewhere.org", kPassword},
      {"ann", std::string(5000, 'x')},
      {"nobody", kPassword},
      {"nobody@example.org", kPassword},
      {"", ""},
      {"@", kPassword},
      {std::string(100'000, 'a'), kPassword},
      {"robot", kPassword},
      {"gone", kPassword},
      {"fresh", kPassword},
      {"a\x1f"
       "b",
       kPassword},
      {"\xFF\xFE", kPassword},
  };
  for (const auto& attempt : attempts) {
    CAPTURE(attempt.first.substr(0, 50));
    const Error error = login_error(world, attempt.first, attempt.second);
    CHECK(error.code() == Code::Unauthenticated);
    CHECK(error.message() == kBadLogin);
    CHECK(error.field() == "");
  }
}

TEST_CASE("the kind of a principal follows the user's present document") {
  LoggedIn world;
  const std::string token = world.session.access_token;
  CHECK(must(world.access->authenticate(token)).kind == Principal::Kind::User);
  world.update_user("ann", false, R"({"email":"ann@example.org","isAdmin":true})");
  CHECK(must(world.access->authenticate(token)).kind == Principal::Kind::Admin);
  world.update_user("ann", false, R"({"email":"ann@example.org"})");
  CHECK(must(world.access->authenticate(token)).kind == Principal::Kind::User);
  world.relate(world.ann, "hasRole", world.add("role", "DataSteward"));
  CHECK(must(world.access->authenticate(token)).roles == std::vector<std::string>{"DataSteward"});
  // A user's token is no bot's.
  world.update_user("ann", false, R"({"email":"ann@example.org","isBot":true})");
  check_refused(world, token);
}

TEST_CASE("A3: a deleted user's tokens are refused at once") {
  LoggedIn world;
  world.update_user("ann", true, "");
  check_refused(world, world.session.access_token);
  CHECK(world.access->refresh(world.session.refresh_token).error().code() == Code::Unauthenticated);
  CHECK(world.access->logout(world.session.access_token, world.session.refresh_token).ok());
}

TEST_CASE("a token does not pass to a later user of the same name") {
  LoggedIn world;
  world.remove(world.ann);
  world.add_user("ann", {.admin = true});
  check_refused(world, world.session.access_token);
  CHECK(world.access->refresh(world.session.refresh_token).error().code() == Code::Unauthenticated);
}

TEST_CASE("a refresh token stays good until it expires") {
  LoggedIn world;
  for (int i = 0; i < 3; ++i) {
    world.clock.advance_s(9 * 24 * 3600);
    const Session next = must(world.access->refresh(world.session.refresh_token));
    CHECK(next.refresh_token == "");
    CHECK(next.access_token != world.session.access_token);
    CHECK(must(world.access->authenticate(next.access_token)).name == "ann");
  }
  world.clock.advance_s(3 * 24 * 3600 - 1);
  CHECK(world.access->refresh(world.session.refresh_token).ok());
  world.clock.advance_s(1);
  CHECK(world.access->refresh(world.session.refresh_token).error().code() == Code::Unauthenticated);
}

TEST_CASE("unknown refresh tokens are refused") {
  LoggedIn world;
  for (const std::string& token :
       {std::string(), std::string("x"), world.session.refresh_token + "x", world.session.access_token,
        base::sha256_hex(world.session.refresh_token), std::string(1 << 20, 'x')}) {
    const Error error = world.access->refresh(token).error();
    CHECK(error.code() == Code::Unauthenticated);
    CHECK(error.message() == "Invalid token");
  }
}

TEST_CASE("a log-out ends this session and no other") {
  LoggedIn world;
  const Session other = must(world.access->login("ann", kPassword));
  REQUIRE(world.access->authenticate(world.session.access_token).ok());  // now remembered as verified
  REQUIRE(world.access->logout(world.session.access_token, world.session.refresh_token).ok());
  check_refused(world, world.session.access_token);
  CHECK_FALSE(world.access->refresh(world.session.refresh_token).ok());
  CHECK(world.access->authenticate(other.access_token).ok());
  CHECK(world.access->refresh(other.refresh_token).ok());
  CHECK(world.access->logout(world.session.access_token, world.session.refresh_token).ok());
}

TEST_CASE("a log-out does not end another user's session") {
  LoggedIn world;
  world.commit({must(access::store_password(world.add_user("bob"), kPassword, 0))});
  const Session bobs = must(world.access->login("bob", kPassword));
  REQUIRE(world.access->logout(world.session.access_token, bobs.refresh_token).ok());
  CHECK(world.access->refresh(bobs.refresh_token).ok());
}

TEST_CASE("a log-out after the access token's expiry still ends the refresh token") {
  LoggedIn world;
  world.clock.advance_s(7200);
  REQUIRE(world.access->logout(world.session.access_token, world.session.refresh_token).ok());
  CHECK_FALSE(world.access->refresh(world.session.refresh_token).ok());
}

TEST_CASE("revocation outlives a restart and lasts until the leeway is over") {
  const Folder folder;
  LoggedIn world(folder.path());
  REQUIRE(world.access->logout(world.session.access_token, "").ok());
  world.reopen();
  check_refused(world, world.session.access_token);
  world.clock.advance_s(3600 + 59);
  must(world.access->login("ann", kPassword));  // removes what has expired
  check_refused(world, world.session.access_token);
  world.clock.advance_s(1);
  CHECK(world.access->authenticate(world.session.access_token).error().message() == "Expired token!");
}

TEST_CASE("a new password ends all sessions, and the old one is no longer good") {
  LoggedIn world;
  REQUIRE(world.access->authenticate(world.session.access_token).ok());
  REQUIRE(world.access->set_password("ann", kNewPassword).ok());
  check_refused(world, world.session.access_token);
  CHECK_FALSE(world.access->refresh(world.session.refresh_token).ok());
  CHECK_FALSE(world.has_side("refresh", base::sha256_hex(world.session.refresh_token)));
  CHECK(login_error(world, "ann", kPassword).message() == kBadLogin);
  const Session next = must(world.access->login("ann", kNewPassword));
  CHECK(world.access->authenticate(next.access_token).ok());
  REQUIRE(world.access->set_password("ANN@example.org", kPassword).ok());
  check_refused(world, next.access_token);
}

TEST_CASE("a refresh token of before the password opens nothing, even when its record is still there") {
  LoggedIn world;
  const std::string key = base::sha256_hex(world.session.refresh_token);
  const auto record = must(must(world.store->snapshot())->side("refresh", key));
  REQUIRE(record.has_value());
  REQUIRE(world.access->set_password("ann", kNewPassword).ok());
  world.commit({store::PutSide{*record}});  // as a log-in would that was under way at that moment
  CHECK(world.access->refresh(world.session.refresh_token).error().code() == Code::Unauthenticated);
}

TEST_CASE("passwords are set for people who are there") {
  World world;
  world.add_user("ann");
  world.add_user("robot", {.bot = true});
  CHECK(must(world.access->has_password("ann")) == false);
  CHECK(world.access->set_password("nobody", kPassword).code() == Code::NotFound);
  CHECK(world.access->has_password("nobody").error().code() == Code::NotFound);
  CHECK(world.access->set_password("robot", kPassword).code() == Code::InvalidArgument);
  const Error error = world.access->set_password("ann", "short");
  CHECK(error.code() == Code::InvalidArgument);
  CHECK(error.field() == "password");
  CHECK(must(world.access->has_password("ann")) == false);
  const std::string password = Access::generate_password();
  REQUIRE(world.access->set_password("ann", password).ok());
  CHECK(must(world.access->has_password("Ann")) == true);
  CHECK(world.access->login("ann", password).ok());
}

TEST_CASE("of a bot's tokens the latest is good, and it does not expire") {
  World world;
  world.relate(world.add("bot", "ingestion-bot"), "actsAs", world.add_user("ingestion-user", {.bot = true}));
  const std::string first = must(world.access->issue_bot_token("ingestion-bot"));
  const Principal principal = must(world.access->authenticate(first));
  CHECK(principal.name == "ingestion-user");
  CHECK(principal.kind == Principal::Kind::Bot);
  const Json claims = must(Json::parse(claims_text(first)));
  CHECK(claims["tokenType"].as_string() == "BOT");
  CHECK(claims["isBot"].as_bool() == true);
  CHECK_FALSE(claims.contains("exp"));

  const std::string second = must(world.access->issue_bot_token("ingestion-user"));
  check_refused(world, first);
  world.clock.advance_s(std::int64_t{20} * 365 * 24 * 3600);
  CHECK(world.access->authenticate(second).ok());
  REQUIRE(world.access->logout(second, "").ok());
  check_refused(world, second);
  CHECK(world.access->authenticate(must(world.access->issue_bot_token("ingestion-bot"))).ok());
}

TEST_CASE("a bot's token may have a lifetime") {
  World world;
  world.add_user("robot", {.bot = true});
  const std::string token = must(world.access->issue_bot_token("robot", 100));
  world.clock.advance_s(159);
  CHECK(world.access->authenticate(token).ok());
  world.clock.advance_s(1);
  CHECK(world.access->authenticate(token).error().message() == "Expired token!");
  CHECK(world.access->issue_bot_token("robot", -1).error().code() == Code::InvalidArgument);
  CHECK(world.access->issue_bot_token("robot", std::numeric_limits<std::int64_t>::max()).error().code() ==
        Code::InvalidArgument);
}

TEST_CASE("tokens are issued to bots only") {
  World world;
  world.add_user("ann");
  for (const char* name : {"ann", "nobody", ""})
    CHECK(world.access->issue_bot_token(name).error().code() == Code::NotFound);
}

TEST_CASE("a bot token that was never issued is refused, even signed") {
  World world;
  const EntityId robot = world.add_user("robot", {.bot = true});
  const std::string token = must(world.access->issue_bot_token("robot"));
  // Signed and in order, but never issued.
  check_refused(world, forge(*a_key(), good_header(), claims_text(token) + " "));
  world.commit({store::DeleteSide{"bot-token", robot.text()}});
  check_refused(world, token);
}

TEST_CASE("five failed log-ins hold an account back, the right password included") {
  LoggedIn world;
  for (int i = 0; i < 4; ++i) CHECK(login_error(world, "ann", "wrong horse 7").code() == Code::Unauthenticated);
  REQUIRE(world.access->login("ann", kPassword).ok());  // forgets the four
  for (int i = 0; i < 5; ++i)
    CHECK(login_error(world, i % 2 ? "ANN@example.org" : "ann", "wrong horse 7").message() == kBadLogin);
  CHECK(login_error(world, "ann", kPassword).code() == Code::RateLimited);
  CHECK(login_error(world, "ann@example.org", kPassword).code() == Code::RateLimited);
  CHECK(world.access->authenticate(world.session.access_token).ok());
  world.clock.advance_s(59);
  CHECK(login_error(world, "ann", kPassword).code() == Code::RateLimited);
  world.clock.advance_s(1);
  CHECK(world.access->login("ann", kPassword).ok());
}

TEST_CASE("an unknown account is held back just as a known one") {
  World world;
  for (int i = 0; i < 5; ++i) CHECK(login_error(world, "ghost@example.org", kPassword).message() == kBadLogin);
  CHECK(login_error(world, "ghost@example.org", kPassword).code() == Code::RateLimited);
}

TEST_CASE("a new password lets a held-back user in") {
  LoggedIn world;
  for (int i = 0; i < 5; ++i) CHECK_FALSE(world.access->login("ann", "wrong horse 7").ok());
  REQUIRE(world.access->set_password("ann", kNewPassword).ok());
  CHECK(world.access->login("ann", kNewPassword).ok());
}

TEST_CASE("guesses made at once are no more than the throttle allows") {
  LoggedIn world;
  std::atomic<int> told{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 12; ++i) {
    threads.emplace_back([&] {
      if (world.access->login("ann", "wrong horse 7").error().code() == Code::Unauthenticated) ++told;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(told <= 6);  // two hash at once, so one more may see the fifth failure too late
  CHECK(login_error(world, "ann", kPassword).code() == Code::RateLimited);
}

TEST_CASE("no secret that was shown or given lies in the files") {
  const Folder folder;
  LoggedIn world(folder.path());
  world.add_user("robot", {.bot = true});
  const std::string bot_token = must(world.access->issue_bot_token("robot"));
  REQUIRE(world.access->set_password("ann", "MarkerSecret!4711").ok());
  const Session session = must(world.access->login("ann", "MarkerSecret!4711"));
  const auto absent = [&](const std::string& bytes) {
    CHECK(bytes.find("argon2id") != std::string::npos);  // we look at the right files
    for (const std::string& secret : {std::string("MarkerSecret!4711"), std::string(kPassword), session.refresh_token,
                                      world.session.refresh_token, bot_token, session.access_token}) {
      CHECK(bytes.find(secret) == std::string::npos);
    }
  };
  absent(bytes_of(folder.path()));
  world.access.reset();
  world.store.reset();
  absent(bytes_of(folder.path()));
}

TEST_CASE("sessions and bot tokens outlive a restart") {
  const Folder folder;
  LoggedIn world(folder.path());
  world.add_user("robot", {.bot = true});
  const std::string bot_token = must(world.access->issue_bot_token("robot"));
  world.reopen();
  CHECK(world.access->authenticate(world.session.access_token).ok());
  CHECK(world.access->refresh(world.session.refresh_token).ok());
  CHECK(world.access->authenticate(bot_token).ok());
}

TEST_CASE("what has expired is removed in passing, at most once a minute") {
  LoggedIn world;
  world.commit({store::PutSide{{"test", "one", {}, world.clock.now_ms() + 1000, "{}"}}});
  world.clock.advance_s(59);
  must(world.access->login("ann", kPassword));
  CHECK(world.has_side("test", "one"));
  world.clock.advance_s(1);
  must(world.access->login("ann", kPassword));
  CHECK_FALSE(world.has_side("test", "one"));
}

TEST_CASE("what has expired can be removed when the catalog is opened") {
  World world;
  world.commit(
      {store::PutSide{{"test", "one", {}, world.clock.now_ms(), "{}"}}, store::PutSide{{"test", "two", {}, 0, "{}"}}});
  Access::Parts parts(*world.store, world.clock, a_key());
  REQUIRE(parts.remove_expired().ok());
  CHECK_FALSE(world.has_side("test", "one"));
  CHECK(world.has_side("test", "two"));
}

TEST_CASE("the public keys are a JWK Set without private parts") {
  World world;
  const Json set = must(Json::parse(world.access->jwks()));
  REQUIRE(set["keys"].size() == 1);
  const Json key = set["keys"].at(0);
  CHECK(key["kid"].as_string() == a_key()->kid());
  CHECK(key["kty"].as_string() == "RSA");
  CHECK(key["alg"].as_string() == "RS256");
  CHECK(key["use"].as_string() == "sig");
  for (const char* secret : {"d", "p", "q", "dp", "dq", "qi", "k"}) CHECK_FALSE(key.contains(secret));
}

TEST_CASE("admins and the host do all; whoever has no rules does nothing") {
  World world;
  const auto allowed = [&](Principal::Kind kind, std::vector<std::string> operations) {
    Principal principal;
    principal.name = "ann";
    principal.kind = kind;
    return world.access->allowed(principal, operations, "table").code();
  };
  for (const Principal::Kind kind : {Principal::Kind::Embedded, Principal::Kind::Admin})
    CHECK(allowed(kind, {"Create", "Delete", "EditAll", "EditAdmins"}) == Code::Ok);
  for (const Principal::Kind kind : {Principal::Kind::Bot, Principal::Kind::User})
    CHECK(allowed(kind, {"ViewBasic"}) == Code::PermissionDenied);
}

TEST_CASE("log-ins, refreshes and checks from many threads agree") {
  LoggedIn world;
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      const auto session = world.access->login("ann", kPassword);
      if (!session.ok()) ++failures;
      for (int n = 0; session.ok() && n < 50; ++n) {
        const auto next = world.access->refresh(session->refresh_token);
        if (!next.ok() || !world.access->authenticate(next->access_token).ok()) ++failures;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(failures == 0);
}
