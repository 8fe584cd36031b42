#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "world.h"

using namespace metadata;
using namespace metadata::test;
using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

namespace {

/// A schema with so many tables that a page of all of them takes a while.
struct ManyTables : World {
  static constexpr int kTables = 1000;

  ManyTables() : World(false) {  // what is measured here is work for a call, not for the search index
    std::string columns;
    for (int c = 0; c < 20; ++c) {
      columns += (c == 0 ? "" : ",");
      columns += R"({"name":"c)" + std::to_string(c) + R"(","dataType":"INT"})";
    }
    Batch batch;
    for (int t = 0; t < kTables; ++t) {
      batch.create("table", R"({"name":"t)" + std::to_string(t) + R"(","databaseSchema":"svc.db.main","columns":[)" +
                                columns + "]}");
    }
    must(catalog->write(batch));
  }

  ListOptions page(const Interrupt& interrupt) const {
    ListOptions options;
    options.fields = "*";
    options.limit = kTables;
    options.interrupt = interrupt;
    return options;
  }
};

const Interrupt kLate{SteadyClock::now() - 1s, nullptr};

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

}  // namespace

TEST_CASE("O10: every call that is late is Interrupted, and a late write changes nothing") {
  World world;
  const Entity table = world.table("t").entity;
  Catalog& catalog = *world.catalog;
  const EntityRef ref = table.ref();
  const auto code = [](const auto& result) { return result.error().code(); };

  ReadOptions read;
  read.interrupt = kLate;
  ListOptions list;
  list.interrupt = kLate;
  HistoryOptions history;
  history.interrupt = kLate;
  WriteOptions write;
  write.interrupt = kLate;
  RemoveOptions remove;
  remove.interrupt = kLate;

  CHECK(code(catalog.get(ref, read)) == Code::Interrupted);
  CHECK(code(catalog.list("table", list)) == Code::Interrupted);
  CHECK(code(catalog.versions(ref, history)) == Code::Interrupted);
  CHECK(code(catalog.version(ref, table.version(), read)) == Code::Interrupted);
  CHECK(code(catalog.value(ref, "none", "x", kLate)) == Code::NotFound);  // the series is looked up before the store
  CHECK(code(catalog.changes(0, 10, kLate)) == Code::Interrupted);
  CHECK(code(catalog.put("databaseService", R"({"name":"late","serviceType":"SQLite"})", write)) == Code::Interrupted);
  CHECK(code(catalog.create("databaseService", R"({"name":"late","serviceType":"SQLite"})", write)) ==
        Code::Interrupted);
  const Patch patch = World::must(Patch::parse(R"([{"op":"add","path":"/description","value":"late"}])"));
  CHECK(code(catalog.patch(ref, patch, write)) == Code::Interrupted);
  CHECK(code(catalog.remove(ref, remove)) == Code::Interrupted);
  CHECK(code(catalog.restore(ref, write)) == Code::Interrupted);
  Batch batch;
  batch.create("databaseService", R"({"name":"late","serviceType":"SQLite"})");
  CHECK(code(catalog.write(batch, write)) == Code::Interrupted);
  CHECK(code(catalog.access().authenticate("x", kLate)) == Code::Unauthenticated);

  CHECK(world.get("table", "svc.db.main.t").version() == table.version());
  CHECK(code(catalog.get(EntityRef::by_fqn("databaseService", "late"))) == Code::NotFound);
}

TEST_CASE("O10: a page that takes longer than its deadline is given up within it") {
  ManyTables world;
  const auto began = SteadyClock::now();
  REQUIRE(world.catalog->list("table", world.page({})).ok());
  const auto full = SteadyClock::now() - began;

  const auto again = SteadyClock::now();
  const auto page = world.catalog->list("table", world.page({again + full / 10, nullptr}));
  const auto took = SteadyClock::now() - again;
  // On a busy machine the whole page may be faster than a tenth of what it took before; then it must be whole.
  if (page.ok()) {
    CHECK(page->entities.size() == ManyTables::kTables);
  } else {
    CHECK(page.error().code() == Code::Interrupted);
  }
  MESSAGE("whole page ", std::chrono::duration<double, std::milli>(full).count(), " ms, given up after ",
          std::chrono::duration<double, std::milli>(took).count(), " ms");
}

TEST_CASE("O10: of 1,000 heavy calls whose clients have gone, none works on") {
  ManyTables world;
  constexpr int kThreads = 8, kEach = 125;
  std::atomic<bool> gone = false;
  std::atomic<int> interrupted = 0, answered = 0;
  const auto began = SteadyClock::now();
  REQUIRE(world.catalog->list("table", world.page({})).ok());
  const auto one = SteadyClock::now() - began;
  std::vector<std::thread> clients;
  for (int c = 0; c < kThreads; ++c) {
    clients.emplace_back([&] {
      for (int i = 0; i < kEach; ++i) {
        const auto page = world.catalog->list("table", world.page({SteadyClock::time_point::max(), &gone}));
        ++(page.ok() ? answered : interrupted);
      }
    });
  }
  while (answered == 0) std::this_thread::yield();
  gone = true;
  const auto left = SteadyClock::now();
  for (std::thread& client : clients) client.join();
  const auto wound_up = SteadyClock::now() - left;
  MESSAGE(answered.load(), " answered, ", interrupted.load(), " given up within ",
          std::chrono::duration<double, std::milli>(wound_up).count(), " ms");
  CHECK(answered + interrupted == kThreads * kEach);
  CHECK(interrupted > kThreads * kEach / 2);
  CHECK(wound_up < 10s + kThreads * kEach / 10 * one);

  const double before = cpu_seconds();
  std::this_thread::sleep_for(200ms);  // nothing to wait for: this is about nothing happening
  CHECK(cpu_seconds() - before < 0.1);
}
