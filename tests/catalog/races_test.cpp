#include <atomic>
#include <cstdlib>
#include <thread>

#include "world.h"

namespace metadata::test {
namespace {

int rounds_wanted() {
  const char* wanted = std::getenv("METADATA_RACE_ROUNDS");
  return wanted == nullptr ? 2'000 : std::atoi(wanted);
}

/// Lets two threads start at one moment, again and again.
class Start {
 public:
  void meet() {
    const int turn = turn_;
    if (waiting_.fetch_add(1) == 1) {
      waiting_ = 0;
      ++turn_;
    } else {
      while (turn_ == turn) std::this_thread::yield();
    }
  }

 private:
  std::atomic<int> waiting_ = 0;
  std::atomic<int> turn_ = 0;
};

}  // namespace

TEST_CASE("of two writers with the same If-Match exactly one wins, and the other is told, every time") {
  const int rounds = rounds_wanted();
  World world;
  const Entity table = world.table("t", R"(,"description":"0")").entity;
  Start start;
  std::atomic<Revision> revision = table.revision();
  std::atomic<int> won = 0, refused = 0, other = 0;
  int odd_rounds = 0;
  const auto writer = [&](int self) {
    for (int round = 0; round < rounds; ++round) {
      start.meet();
      const Revision expected = revision;
      start.meet();
      const auto patch = Patch::parse(R"([{"op":"replace","path":"/description","value":")" + std::to_string(round) +
                                      (self == 0 ? "a" : "b") + R"("}])");
      const auto written = world.catalog->patch(table.ref(), *patch, {.if_revision = expected});
      if (written.ok()) {
        ++won;
        revision = written->entity.revision();
      } else if (written.error().code() == Code::PreconditionFailed) {
        ++refused;
      } else {
        ++other;
      }
      start.meet();
      if (self == 0 && (won != round + 1 || refused != round + 1)) ++odd_rounds;
    }
  };
  std::thread first(writer, 0), second(writer, 1);
  first.join();
  second.join();
  CHECK(won == rounds);
  CHECK(refused == rounds);
  CHECK(other == 0);
  CHECK(odd_rounds == 0);
  CHECK(world.get("table", "svc.db.main.t").revision() == table.revision() + rounds);
  CHECK(world.must(world.catalog->check()).empty());
}

TEST_CASE("writers, removers and readers of one subtree meet each other without harm") {
  constexpr int kRounds = 25;
  World world;
  std::atomic<bool> stop = false;
  std::atomic<int> wrong = 0;
  const auto clear = [](Code code) {
    return code == Code::NotFound || code == Code::Conflict || code == Code::AlreadyExists ||
           code == Code::InvalidArgument;
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&, i] {
      for (int n = 0; !stop; ++n) {
        const auto written = world.catalog->put(
            "table", R"({"name":"t)" + std::to_string(i) + "_" + std::to_string(n % 7) +
                         R"(","databaseSchema":"svc.db.race","columns":[{"name":"id","dataType":"INT"}]})");
        if (!written.ok() && !clear(written.error().code())) ++wrong;
      }
    });
  }
  threads.emplace_back([&] {
    while (!stop) {
      const auto page = world.catalog->list("table", {.fields = "*", .include = Include::All, .limit = 50});
      if (!page.ok()) ++wrong;
    }
  });
  for (int round = 0; round < kRounds; ++round) {
    const auto schema = EntityRef::by_fqn("databaseSchema", "svc.db.race");
    world.must(world.catalog->put("databaseSchema", R"({"name":"race","database":"svc.db"})"));
    for (int i = 0; i < 5; ++i) std::this_thread::yield();
    world.must(world.catalog->remove(schema, {.recursive = true}));
    if (round % 2 == 0) world.must(world.catalog->restore(schema));
    world.must(world.catalog->remove(schema, {.hard = true, .recursive = true}));
  }
  stop = true;
  for (auto& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(world.must(world.catalog->check()).empty());
}

}  // namespace metadata::test
