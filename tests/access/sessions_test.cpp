#include <doctest/doctest.h>

#include <atomic>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "access/login_guard.h"
#include "access/parts.h"
#include "fixture.h"

namespace metadata::access::test {
namespace {

/// "ann" is logged in, and refresh tokens are rotated.
struct Rotating : LoggedIn {
  Rotating() {
    auto parts = std::make_unique<Access::Parts>(*store, clock, a_key());
    parts->rotate_refresh = true;
    access = std::make_unique<Access>(std::move(parts));
  }
  Code refresh(const std::string& token) { return access->refresh(token).error().code(); }
};

constexpr std::int64_t kMinuteMs = 60'000;

}  // namespace

TEST_CASE_FIXTURE(LoggedIn, "A9: without rotation a refresh token stays good and no other comes with a refresh") {
  for (int i = 0; i < 3; ++i) {
    const Session fresh = must(access->refresh(session.refresh_token));
    CHECK(fresh.refresh_token.empty());
    CHECK(access->authenticate(fresh.access_token).ok());
    clock.advance_s(3600);
  }
  clock.advance_s(30 * 24 * 3600);
  CHECK(access->refresh(session.refresh_token).error().code() == Code::Unauthenticated);
}

TEST_CASE_FIXTURE(Rotating, "A9: with rotation a refresh token is good once and hands out the next") {
  std::string token = session.refresh_token;
  for (int i = 0; i < 5; ++i) {
    const Session fresh = must(access->refresh(token));
    CHECK(fresh.refresh_token != token);
    CHECK(refresh(token) == Code::Unauthenticated);  // at once: a repeat, no theft
    token = fresh.refresh_token;
    clock.advance_s(3600);
  }
  CHECK(refresh(token) == Code::Ok);
}

TEST_CASE_FIXTURE(Rotating, "A9: a used refresh token that comes again ends its family, and no other session") {
  const std::string other = must(access->login("ann", kPassword)).refresh_token;
  const std::string first = session.refresh_token;
  const std::string second = must(access->refresh(first)).refresh_token;
  clock.advance_ms(kMinuteMs);
  const std::string third = must(access->refresh(second)).refresh_token;
  CHECK(refresh(first) == Code::Unauthenticated);
  CHECK(refresh(third) == Code::Unauthenticated);
  CHECK(refresh(second) == Code::Unauthenticated);
  CHECK(refresh(other) == Code::Ok);
}

TEST_CASE_FIXTURE(Rotating, "A9: of many who use one refresh token at once, exactly one wins") {
  std::string present = session.refresh_token;
  for (int turn = 0; turn < 300; ++turn) {
    std::atomic<int> won{0};
    std::string next;
    std::mutex mutex;
    std::vector<std::thread> clients;
    for (int i = 0; i < 3; ++i) {
      clients.emplace_back([&] {
        const auto fresh = access->refresh(present);
        if (!fresh.ok()) return;
        ++won;
        const std::lock_guard lock(mutex);
        next = fresh->refresh_token;
      });
    }
    for (std::thread& client : clients) client.join();
    REQUIRE(won == 1);
    present = next;
  }
}

TEST_CASE_FIXTURE(Rotating, "A9: a thousand steps of several sessions go as the rules say, races and thefts included") {
  struct Family {
    std::string present;
    std::vector<std::pair<std::string, std::int64_t>> used;  // and when
    bool over = false;
  };
  std::vector<Family> families;
  std::mt19937 random(9);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  std::int64_t now = 0;
  std::size_t thefts = 0, races = 0, repeats = 0;
  for (int step = 0; step < 1000; ++step) {
    if (families.size() < 3 || below(40) == 0)
      families.push_back({must(access->login("ann", kPassword)).refresh_token, {}});
    Family& family = families[below(families.size())];
    CAPTURE(step);
    switch (below(6)) {
      case 0: {  // several use the present one at once
        std::atomic<int> won{0};
        std::vector<std::thread> clients;
        std::string next[2];
        for (std::string& mine : next) {
          clients.emplace_back([&] {
            const auto fresh = access->refresh(family.present);
            if (!fresh.ok()) return;
            ++won;
            mine = fresh->refresh_token;
          });
        }
        for (std::thread& client : clients) client.join();
        REQUIRE(won == (family.over ? 0 : 1));
        if (family.over) break;
        family.used.emplace_back(family.present, now);
        family.present = next[0] + next[1];
        ++races;
        break;
      }
      case 1: {  // a used one comes again: a repeat for 10 seconds, a theft later
        if (family.used.empty()) break;
        const auto& [token, at] = family.used[below(family.used.size())];
        REQUIRE(refresh(token) == Code::Unauthenticated);
        const bool theft = !family.over && now - at > 10'000;
        thefts += theft ? 1 : 0;
        repeats += theft ? 0 : 1;
        family.over = family.over || theft;
        break;
      }
      case 2: {
        const auto ms = static_cast<std::int64_t>(below(8'000));
        clock.advance_ms(ms);
        now += ms;
        break;
      }
      default: {
        const auto fresh = access->refresh(family.present);
        REQUIRE(fresh.ok() == !family.over);
        if (family.over) break;
        family.used.emplace_back(family.present, now);
        family.present = fresh->refresh_token;
      }
    }
  }
  MESSAGE(families.size(), " sessions, ", races, " races, ", repeats, " repeats, ", thefts, " thefts");
  CHECK(thefts >= 5);
  CHECK(races >= 30);
  CHECK(repeats >= 5);
  AuditQuery query;
  query.action = "refresh.reused";
  query.limit = 1000;
  const Principal host;
  const AuditPage told = must(access->audit(query, host));
  CHECK(told.records.size() == thefts);
  for (const AuditRecord& record : told.records) CHECK((record.actor == "ann" && record.outcome == "denied"));
}

TEST_CASE_FIXTURE(Rotating, "A10: log-out and a new password end rotated sessions too") {
  const Session fresh = must(access->refresh(session.refresh_token));
  REQUIRE(access->logout(fresh.access_token, fresh.refresh_token).ok());
  CHECK(refresh(fresh.refresh_token) == Code::Unauthenticated);
  const std::string again = must(access->login("ann", kPassword)).refresh_token;
  REQUIRE(access->set_password("ann", "another horse 8").ok());
  CHECK(refresh(again) == Code::Unauthenticated);
}

TEST_CASE_FIXTURE(LoggedIn, "A10: a password is changed by who knows the old one, and ends the sessions") {
  CHECK(access->change_password("ann", "wrong", "another horse 8").field() == "oldPassword");
  CHECK(access->authenticate(session.access_token).ok());
  CHECK(access->change_password("ann", kPassword, "short").field() == "password");
  REQUIRE(access->change_password("ann", kPassword, "another horse 8").ok());
  CHECK(access->authenticate(session.access_token).error().code() == Code::Unauthenticated);
  CHECK(access->login("ann", kPassword).error().code() == Code::Unauthenticated);
  CHECK(access->login("ann", "another horse 8").ok());
}

TEST_CASE_FIXTURE(LoggedIn, "A8: wrong old passwords count like failed log-ins") {
  for (int i = 0; i < Throttle::kMaxFailures; ++i)
    CHECK(access->change_password("ann", "wrong", "another horse 8", "here").code() == Code::InvalidArgument);
  CHECK(access->change_password("ann", kPassword, "another horse 8", "here").code() == Code::RateLimited);
}

TEST_CASE_FIXTURE(LoggedIn, "a reset token sets a password once, within an hour, and only the last one does") {
  const std::string first = must(access->create_password_reset("ann", Principal::embedded()));
  const std::string token = must(access->create_password_reset("ann@example.org", Principal::embedded()));
  CHECK(access->reset_password(first, "another horse 8").code() == Code::Unauthenticated);
  CHECK(access->reset_password(token, "short").code() == Code::InvalidArgument);
  REQUIRE(access->reset_password(token, "another horse 8").ok());
  CHECK(access->reset_password(token, "another horse 9").code() == Code::Unauthenticated);
  CHECK(access->login("ann", "another horse 8").ok());
  CHECK(access->authenticate(session.access_token).error().code() == Code::Unauthenticated);
  const std::string late = must(access->create_password_reset("ann", Principal::embedded()));
  clock.advance_s(3600);
  CHECK(access->reset_password(late, "another horse 9").code() == Code::Unauthenticated);
}

TEST_CASE_FIXTURE(LoggedIn, "Z7: people make no reset tokens, not even for themselves") {
  const Principal self = must(access->authenticate(session.access_token));
  CHECK(access->create_password_reset("ann", self).error().code() == Code::PermissionDenied);
  add_user("robot", {.bot = true});
  CHECK(access->create_password_reset("robot", Principal::embedded()).error().code() == Code::InvalidArgument);
  CHECK(access->create_password_reset("nobody", Principal::embedded()).error().code() == Code::NotFound);
}

TEST_CASE("A8: failures hold back the account from everywhere, but not where it is known") {
  LoginGuard guard;
  guard.succeed("ann", "home", 0);
  for (int i = 0; i < 5; ++i) guard.fail("ann", "attacker", 1);
  CHECK(guard.check("ann", "attacker", 2).code() == Code::RateLimited);
  CHECK(guard.check("ann", "elsewhere", 2).code() == Code::RateLimited);
  CHECK(guard.check("ann", "", 2).code() == Code::RateLimited);
  CHECK(guard.check("ann", "home", 2).ok());
  CHECK(guard.check("bob", "home", 2).ok());
  // A known place has a count of its own, and is not for ever.
  for (int i = 0; i < 5; ++i) guard.fail("ann", "home", 3);
  CHECK(guard.check("ann", "home", 4).code() == Code::RateLimited);
  const std::int64_t later = LoginGuard::kKnownForMs;
  for (int i = 0; i < 5; ++i) guard.fail("ann", "attacker", later);
  CHECK(guard.check("ann", "home", later).code() == Code::RateLimited);
}

TEST_CASE("A8: an address has so many failures, whatever accounts it tries") {
  LoginGuard guard;
  int allowed = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::string name = "user" + std::to_string(i);
    if (!guard.check(name, "attacker", i).ok()) continue;
    guard.fail(name, "attacker", i);
    ++allowed;
  }
  CHECK(allowed == LoginGuard::kMaxFailuresOfAddress);
  CHECK(guard.check("ann", "elsewhere", 1000).ok());
  CHECK(guard.check("ann", "attacker", LoginGuard::kMaxFailuresOfAddress + LoginGuard::kAddressHoldMs).ok());
}

TEST_CASE("A8: 10,000 guesses at one account from ever other places are five in a minute") {
  LoginGuard guard;
  int allowed = 0;
  for (int i = 0; i < 10'000; ++i) {
    const std::string from = std::to_string(i);
    if (!guard.check("ann", from, i).ok()) continue;
    guard.fail("ann", from, i);
    ++allowed;
  }
  CHECK(allowed == Throttle::kMaxFailures);
}

}  // namespace metadata::access::test
