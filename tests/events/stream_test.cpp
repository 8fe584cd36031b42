#include <atomic>
#include <mutex>
#include <thread>

#include "catalog/world.h"

using namespace metadata;
using namespace std::chrono_literals;
using test::World;

TEST_CASE("a stream gives what is there and then what comes") {
  World world;
  const Seq after = world.catalog->events().end();
  const auto stream = World::must(world.catalog->events().stream(after));
  CHECK_FALSE(World::must(stream->next(0ms)));
  world.table("orders");
  const auto event = World::must(stream->next(0ms));
  REQUIRE(event);
  CHECK(event->entity_fqn == "svc.db.main.orders");
  CHECK(stream->position() == event->seq);
  std::thread writer([&] { world.table("people"); });
  const auto next = World::must(stream->next(10min));
  writer.join();
  REQUIRE(next);
  CHECK(next->entity_fqn == "svc.db.main.people");
}

TEST_CASE("H6: streams that begin where others ended miss nothing while many write") {
  World world;
  const Seq after = world.catalog->events().end();
  std::vector<std::thread> writers;
  for (int w = 0; w < 4; ++w) {
    writers.emplace_back([&, w] {
      for (int i = 0; i < 50; ++i) world.table("t" + std::to_string(w) + "_" + std::to_string(i));
    });
  }
  std::vector<Seq> seen;
  Seq at = after;
  while (seen.size() < 200) {
    const auto stream = World::must(world.catalog->events().stream(at));
    for (int i = 0; i < 13 && seen.size() < 200; ++i) {
      const auto event = World::must(stream->next(10min));
      if (!event) break;
      seen.push_back(event->seq);
    }
    REQUIRE(stream->position() > at);
    at = stream->position();
  }
  for (auto& writer : writers) writer.join();
  for (std::size_t i = 0; i < seen.size(); ++i) REQUIRE(seen[i] == after + 1 + static_cast<Seq>(i));
}

TEST_CASE("stop ends a wait of a stream") {
  World world;
  const auto stream = World::must(world.catalog->events().stream(world.catalog->events().end()));
  std::thread stopper([&] { stream->stop(); });
  CHECK_FALSE(World::must(stream->next(10min)));
  stopper.join();
  world.table("orders");
  CHECK_FALSE(World::must(stream->next(10min)));
}

TEST_CASE("a subscription calls for every event in order, and again for one that failed") {
  World world;
  const Seq after = world.catalog->events().end();
  std::mutex mutex;
  std::vector<Seq> seen;
  std::atomic<int> failures{1};
  std::atomic<int> count{0};
  auto subscription = World::must(world.catalog->events().subscribe(after, {}, [&](const ChangeEvent& event) {
    const std::lock_guard lock(mutex);
    seen.push_back(event.seq);
    ++count;
    return failures-- > 0 ? unavailable("not now") : Error();
  }));
  for (int i = 0; i < 10; ++i) world.table("t" + std::to_string(i));
  while (count < 11) std::this_thread::yield();
  while (subscription->position() < after + 10) std::this_thread::yield();
  subscription->stop();
  REQUIRE(seen.size() == 11);
  CHECK(seen[0] == seen[1]);
  for (std::size_t i = 1; i < seen.size(); ++i) CHECK(seen[i] == after + static_cast<Seq>(i));
  world.table("later");
  CHECK(count == 11);
}
