#include "cpu_time.h"
#include "fixture.h"

#include <atomic>
#include <chrono>
#include <thread>

using namespace metadata;
using namespace metadata::store;
using namespace metadata::store::test;
using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

namespace {

/// Enough rows under one root that counting them again and again takes seconds.
std::unique_ptr<Store> heavy_store() {
  auto store = open(":memory:");
  std::vector<Operation> operations = {insert(row(1, "s", "service"))};
  for (std::uint64_t i = 0; i < 1000; ++i) operations.emplace_back(insert(row(2 + i, "s/t" + std::to_string(i))));
  commit(*store, set_of(std::move(operations)));
  return store;
}

constexpr std::size_t kTimes = 100'000;

/// Asks what takes many seconds on any machine when it is let.
Error heavy_question(Reader& reader, std::size_t times = kTimes) {
  const std::vector<std::string> keys(times, key("s"));
  return reader.count_under("table", "service", keys).error();
}

Interrupt within(std::chrono::milliseconds time) { return {SteadyClock::now() + time, nullptr}; }

}  // namespace

TEST_CASE("O10: a question that takes long ends soon after the deadline, and the reader's connection is good again") {
  auto store = heavy_store();
  const double hundredth = metadata::test::cpu_s_of([&] { CHECK(heavy_question(*look(*store), kTimes / 100).ok()); });
  const double given_up = metadata::test::cpu_s_of([&] {
    auto reader = must(store->snapshot(within(500ms)));
    CHECK(heavy_question(*reader).code() == Code::Interrupted);
  });
  MESSAGE("given up after ", given_up, " s, a hundredth of it takes ", hundredth, " s");
  CHECK(given_up < 1 + 20 * hundredth);
  auto reader = look(*store);
  CHECK(must(reader->count(listing("table"))) == 1000);
}

TEST_CASE("O10: a question ends when the client goes in the middle of it") {
  auto store = heavy_store();
  std::atomic<bool> gone = false;
  auto reader = must(store->snapshot({SteadyClock::time_point::max(), &gone}));
  std::thread client([&] { gone = true; });
  CHECK(heavy_question(*reader).code() == Code::Interrupted);
  client.join();
}

TEST_CASE("O10: who is late already gets no snapshot, and no turn to write") {
  auto store = heavy_store();
  const Interrupt late = within(-1ms);
  CHECK(store->snapshot(late).error().code() == Code::Interrupted);
  CHECK(store->exclusive(late).error().code() == Code::Interrupted);
  CHECK(store->commit(set_of({insert(row(5000, "s/late"))}), late).error().code() == Code::Interrupted);
  CHECK(must(look(*store)->count(listing("table"))) == 1000);
}

TEST_CASE("O10: waiting for one of the reading connections ends at the deadline") {
  Options options = options_for(":memory:");
  options.read_connections = 1;
  auto store = must(Store::open(options));
  {
    auto holder = look(*store);
    CHECK(store->snapshot(within(20ms)).error().code() == Code::Interrupted);
  }
  CHECK(store->snapshot(within(1h)).ok());
}

TEST_CASE("O10: waiting for the turn to write ends at the deadline, writes nothing, and passes the turn on") {
  auto store = open(":memory:");
  commit(*store, set_of({insert(row(1, "s", "service"))}));
  auto holder = must(store->exclusive());
  CHECK(store->commit(set_of({insert(row(2, "s/a"))}), within(20ms)).error().code() == Code::Interrupted);
  CHECK(store->exclusive(within(20ms)).error().code() == Code::Interrupted);

  // One that gives up stands before one that waits: the turn must reach the second.
  std::thread gives_up([&] { CHECK_FALSE(store->exclusive(within(50ms)).ok()); });
  std::thread waits([&] { CHECK(store->commit(set_of({insert(row(3, "s/b"))}), within(1h)).ok()); });
  gives_up.join();
  holder.reset();
  waits.join();
  CHECK(keys_of(*look(*store), listing("table")) == std::vector<std::string>{"s/b"});
}

TEST_CASE("O10: of writers with deadlines, each is either committed or Interrupted, and the store agrees") {
  auto store = open(":memory:");
  commit(*store, set_of({insert(row(1, "s", "service"))}));
  constexpr int kWriters = 8, kEach = 50;
  std::atomic<int> committed = 0;
  std::atomic<int> other_failures = 0;
  std::vector<std::thread> writers;
  for (int w = 0; w < kWriters; ++w) {
    writers.emplace_back([&, w] {
      for (int i = 0; i < kEach; ++i) {
        const auto number = static_cast<std::uint64_t>(10 + w * kEach + i);
        const auto time = std::chrono::microseconds(i % 5 * 100);
        const auto applied = store->commit(set_of({insert(row(number, "s/t" + std::to_string(number)))}),
                                           {SteadyClock::now() + time, nullptr});
        if (applied.ok()) ++committed;
        if (!applied.ok() && applied.error().code() != Code::Interrupted) ++other_failures;
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  CHECK(other_failures == 0);
  CHECK(must(look(*store)->count(listing("table"))) == committed);
}
