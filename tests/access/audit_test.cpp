#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "access/audit_trail.h"
#include "fixture.h"

namespace metadata::access::test {
namespace {

AuditRecord about(std::string action, std::string actor = "ann") {
  AuditRecord record;
  record.actor = std::move(actor);
  record.action = std::move(action);
  record.outcome = "allowed";
  return record;
}

struct Trail : World {
  Trail() : trail(*store, clock) {}

  std::vector<std::string> actions(AuditQuery query = {}) {
    std::vector<std::string> found;
    for (const AuditRecord& record : must(trail.find(query)).records) found.push_back(record.action);
    return found;
  }

  AuditTrail trail;
};

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE_FIXTURE(Trail, "what was noted is found at once, newest first") {
  for (const char* action : {"one", "two", "three"}) {
    trail.note(about(action));
    clock.advance_ms(5);
  }
  CHECK(actions() == Words{"three", "two", "one"});
  const AuditRecord record = must(trail.find({})).records.front();
  CHECK(record.actor == "ann");
  CHECK(record.at == clock.now_ms() - 5);
  CHECK_FALSE(record.id.empty());
}

TEST_CASE_FIXTURE(Trail, "records of one moment, and of a date that was set back, keep their order and all stay") {
  for (int i = 0; i < 50; ++i) trail.note(about("a" + std::to_string(i)));
  REQUIRE(trail.flush().ok());
  clock.jump_s(-3600);
  trail.note(about("later"));
  const Words all = actions();
  REQUIRE(all.size() == 51);
  CHECK(all.front() == "later");
  CHECK(all.back() == "a0");
}

TEST_CASE_FIXTURE(Trail, "pages go on where the last one ended") {
  for (int i = 0; i < 600; ++i) trail.note(about(std::to_string(i)));
  AuditQuery query;
  query.limit = 7;
  Words all;
  do {
    const AuditPage page = must(trail.find(query));
    for (const AuditRecord& record : page.records) all.push_back(record.action);
    query.after = page.after;
  } while (!query.after.empty());
  REQUIRE(all.size() == 600);
  CHECK(all.front() == "599");
  CHECK(all.back() == "0");
  query.after = "not a cursor";
  CHECK(trail.find(query).error().field() == "after");
  query = {};
  query.limit = 1001;
  CHECK(trail.find(query).error().field() == "limit");
}

TEST_CASE_FIXTURE(Trail, "records are found by who, what and when") {
  trail.note(about("login", "ann"));
  clock.advance_ms(10);
  trail.note(about("apiKey.create", "ann"));
  trail.note(about("apiKey.revoke", "bob"));
  AuditQuery query;
  query.action = "apiKey.*";
  CHECK(actions(query) == Words{"apiKey.revoke", "apiKey.create"});
  query.actor = "ann";
  CHECK(actions(query) == Words{"apiKey.create"});
  query = {};
  query.to_ms = clock.now_ms() - 1;
  CHECK(actions(query) == Words{"login"});
  query = {};
  query.from_ms = clock.now_ms();
  CHECK(actions(query).size() == 2);
}

TEST_CASE_FIXTURE(Trail, "records go when their time is over, and not before") {
  trail.keep_for_ms(1000);
  trail.note(about("short"));
  REQUIRE(trail.flush().ok());
  trail.keep_for_ms(0);
  trail.note(about("ever"));
  REQUIRE(trail.flush().ok());
  clock.advance_ms(999);
  commit({store::ExpireSide{clock.now_ms()}});
  CHECK(actions().size() == 2);
  clock.advance_ms(1);
  commit({store::ExpireSide{clock.now_ms()}});
  CHECK(actions() == Words{"ever"});
}

TEST_CASE_FIXTURE(Trail, "a flood is bounded in memory, and what was left out is counted") {
  std::size_t noted = 0;
  {
    // The thread that stores waits for its turn to write while this one has it.
    const auto turn = must(store->exclusive());
    for (; noted < 3 * AuditTrail::kMaxWaiting; ++noted) trail.note(about("flood"));
  }
  AuditQuery query;
  query.action = "audit.dropped";
  const std::vector<AuditRecord> dropped = must(trail.find(query)).records;
  REQUIRE(dropped.size() >= 1);
  query.action = "flood";
  query.limit = 1000;
  std::size_t kept = 0;
  do {
    const AuditPage page = must(trail.find(query));
    kept += page.records.size();
    query.after = page.after;
  } while (!query.after.empty());
  CHECK(kept <= 2 * AuditTrail::kMaxWaiting);
  std::size_t counted = 0;
  for (const AuditRecord& record : dropped) counted += std::stoul(record.target);
  CHECK(kept + counted == noted);
}

TEST_CASE_FIXTURE(Trail, "long and broken texts are cut between characters") {
  AuditRecord record = about("login");
  for (int i = 0; i < 400; ++i) record.target += "\xC3\xA9";
  trail.note(record);
  CHECK(must(trail.find({})).records.front().target.size() == 512);
}

}  // namespace metadata::access::test
