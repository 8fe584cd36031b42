#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "catalog/world.h"

using namespace metadata;
using namespace std::chrono_literals;
using test::World;

namespace {

constexpr std::int64_t kDay = 86'400'000;

/// A catalog in a directory, whose time and retention a test sets, without threads of its own.
struct Kept {
  test::HandClock clock;
  Options options;
  std::string path = (std::filesystem::temp_directory_path() / "retention-XXXXXX").string();
  std::unique_ptr<Catalog> catalog;
  EntityRef service;

  explicit Kept(EventRetention retention) {
    REQUIRE(::mkdtemp(path.data()) != nullptr);
    options.path = path;
    options.background = false;
    options.clock = &clock;
    options.sync = Options::Sync::Normal;
    options.event_retention = retention;
    open();
    service = World::must(catalog->put("databaseService", R"({"name":"svc","serviceType":"SQLite"})")).entity.ref();
  }
  ~Kept() {
    catalog.reset();
    std::filesystem::remove_all(path);
  }
  void open() {
    catalog.reset();
    catalog = World::must(Catalog::open(options));
  }
  /// So many changes, each of about 200 bytes of text.
  void change(int times) {
    for (int i = 0; i < times; ++i) {
      const std::string text = std::to_string(++changes) + std::string(200, 'x');
      World::must(catalog->patch(
          service, World::must(Patch::parse(R"([{"op":"add","path":"/displayName","value":")" + text + R"("}])"))));
    }
  }
  EventPage read(Seq after, std::size_t limit = 1000) {
    return World::must(catalog->events().read(after, {.limit = limit}));
  }
  std::int64_t forget() { return World::must(catalog->events().forget_old()); }
  std::uint64_t bytes() const {
    std::uint64_t sum = 0;
    for (const auto& file : std::filesystem::directory_iterator(path)) {
      if (file.path().filename().string().starts_with("catalog.db")) sum += file.file_size();
    }
    return sum;
  }
  int changes = 0;
};

}  // namespace

TEST_CASE("H5: who comes too late is told so by one event that says from where to where") {
  Kept kept({.age = 24h});
  kept.change(20);
  const Seq last_old = kept.catalog->events().end();
  CHECK(kept.forget() == 0);
  kept.clock.now += 2 * kDay;
  kept.change(5);
  CHECK(kept.catalog->events().begin() == 0);
  CHECK(kept.forget() == last_old);
  CHECK(kept.catalog->events().begin() == last_old);
  const EventPage page = kept.read(3);
  REQUIRE(page.events.size() == 6);
  const ChangeEvent& gap = page.events.front();
  CHECK(gap.kind == ChangeEvent::Kind::Gap);
  CHECK(event_type(gap) == "eventsDropped");
  CHECK(gap.seq == last_old);
  CHECK(gap.change == R"({"fromSeq":4,"toSeq":)" + std::to_string(last_old) + "}");
  CHECK(World::must(Json::parse(event_payload(gap))).text().find("eventsDropped") != std::string::npos);
  CHECK(World::must(Json::parse(change_event(gap))).text().find("fromSeq") != std::string::npos);
  CHECK(page.events[1].seq == last_old + 1);
  CHECK(page.at_end);
  // The same range has one id, another range another one; who is not too late hears nothing of it.
  CHECK(kept.read(3).events.front().event_id == gap.event_id);
  CHECK(kept.read(4).events.front().event_id != gap.event_id);
  CHECK(kept.read(last_old).events.front().kind == ChangeEvent::Kind::Updated);
  CHECK(kept.read(0, 1).events.size() == 1);
  CHECK(kept.read(0, 1).position == last_old);
  // Whatever is filtered: nobody can say what they were about.
  const auto filtered = World::must(kept.catalog->events().read(0, {.any = {{.entity_types = {"table"}}}}));
  REQUIRE(filtered.events.size() == 1);
  CHECK(filtered.events.front().kind == ChangeEvent::Kind::Gap);
  CHECK(World::must(kept.catalog->events().recent(0)).events.size() == 5);
}

TEST_CASE(
    "H5: what was forgotten stays so, a catalog without its old events is whole, and a stream is told as a page is") {
  Kept kept({.count = 10});
  kept.change(50);
  const Seq end = kept.catalog->events().end();
  CHECK(kept.forget() == end - 10);
  kept.options.event_retention = {};
  kept.open();
  CHECK(kept.catalog->events().begin() == end - 10);
  CHECK(kept.forget() == 0);
  std::vector<Seq> seen;
  {
    const auto stream = World::must(kept.catalog->events().stream(0));
    while (const auto event = World::must(stream->next(0ms))) seen.push_back(event->seq);
  }
  REQUIRE(seen.size() == 11);
  CHECK(seen.front() == end - 10);
  CHECK(seen.back() == end);
  CHECK(World::must(kept.catalog->check()).empty());
  // Versions are none of the log's.
  CHECK(World::must(kept.catalog->versions(kept.service)).versions.size() == 51);
  kept.change(1);
  CHECK(kept.catalog->events().end() == end + 1);
  kept.options.event_retention = {.age = 1h};
  kept.open();
  kept.clock.now += 365 * kDay;
  kept.forget();
  CHECK(World::must(kept.catalog->check()).empty());
  kept.change(1);
  CHECK(kept.catalog->events().end() == end + 2);
}

TEST_CASE("L16: records that the audit log lists stay for as long as it wants, and are not told all the same") {
  Kept kept({.age = 24h, .keep = 240h});
  kept.change(10);
  const Seq old = kept.catalog->events().end();
  kept.clock.now += 2 * kDay;
  kept.change(1);
  CHECK(kept.forget() == 0);
  CHECK(kept.read(0).events.front().kind == ChangeEvent::Kind::Gap);
  CHECK(World::must(kept.catalog->changes(0, 100)).size() == static_cast<std::size_t>(old + 1));
  kept.clock.now += 9 * kDay;
  CHECK(kept.forget() == old);
}

// METADATA_EVENTS=60000 is the long form. What the file grows by is the histories of versions.
TEST_CASE("L16: H5: after a year of events the log holds those of the last month") {
  const char* asked = std::getenv("METADATA_EVENTS");
  const int all = asked == nullptr ? 6000 : std::atoi(asked);
  Kept kept({.age = 24h * 30});
  const int a_month = all / 12;
  kept.change(a_month);
  std::uint64_t after_two = 0;
  for (int month = 1; month < 12; ++month) {
    kept.clock.now += 31 * kDay;
    kept.change(a_month);
    kept.forget();
    if (month == 2) after_two = kept.bytes();
  }
  CHECK(kept.catalog->events().end() - kept.catalog->events().begin() <= a_month + 1);
  MESSAGE(all, " events; bytes after two months ", after_two, ", after a year ", kept.bytes());
  // The histories of the entities are kept; the log is not.
  CHECK(World::must(kept.catalog->changes(0, 1'000)).size() <= static_cast<std::size_t>(a_month + 1));
  CHECK(kept.read(0).events.front().kind == ChangeEvent::Kind::Gap);
}
