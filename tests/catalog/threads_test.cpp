#include <atomic>
#include <thread>

#include "world.h"

namespace metadata::test {
namespace {

/// Runs `work(i)` on that many threads at once.
template <class Work>
void at_once(int threads, const Work& work) {
  std::vector<std::thread> running;
  for (int i = 0; i < threads; ++i) running.emplace_back([&work, i] { work(i); });
  for (auto& thread : running) thread.join();
}

}  // namespace

TEST_CASE("of many threads that put one name at once exactly one creates it") {
  World world;
  std::atomic<int> created = 0;
  std::atomic<int> failed = 0;
  at_once(8, [&](int) {
    const auto written = world.catalog->put(
        "table", R"({"name":"t","databaseSchema":"svc.db.main","columns":[{"name":"id","dataType":"INT"}]})");
    if (!written.ok()) ++failed;
    if (written.ok() && written->created()) ++created;
  });
  CHECK(failed == 0);
  CHECK(created == 1);
}

TEST_CASE("no patch of many threads to one entity is lost") {
  constexpr int kThreads = 6;
  constexpr int kPatches = 15;
  World world;
  const Entity table = world.table("t").entity;
  std::atomic<int> failed = 0;
  at_once(kThreads, [&](int thread) {
    for (int i = 0; i < kPatches; ++i) {
      const std::string name = "c" + std::to_string(thread) + "_" + std::to_string(i);
      const auto patch =
          Patch::parse(R"([{"op":"add","path":"/columns/-","value":{"name":")" + name + R"(","dataType":"INT"}}])");
      if (!world.catalog->patch(table.ref(), *patch).ok()) ++failed;
    }
  });
  CHECK(failed == 0);
  const Entity after = world.get("table", "svc.db.main.t");
  CHECK(after.get("/columns")->size() == 1 + kThreads * kPatches);
  CHECK(after.version() == Version{1 + kThreads * kPatches});
  CHECK(world.must(world.catalog->check()).empty());
}

TEST_CASE("readers see whole entities while writers change them") {
  World world;
  const Entity table = world.table("t", R"(,"description":"0","displayName":"0")").entity;
  std::atomic<bool> stop = false;
  std::atomic<int> torn = 0;
  std::thread writer([&] {
    for (int i = 1; i <= 60; ++i) {
      const std::string n = std::to_string(i);
      const auto patch = Patch::parse(R"([{"op":"replace","path":"/description","value":")" + n +
                                      R"("},{"op":"replace","path":"/displayName","value":")" + n + R"("}])");
      if (!world.catalog->patch(table.ref(), *patch).ok()) ++torn;
    }
    stop = true;
  });
  at_once(3, [&](int) {
    while (!stop) {
      const auto read = world.catalog->get(table.ref(), {.fields = "*"});
      if (!read.ok() || at(*read, "/description") != at(*read, "/displayName")) ++torn;
    }
  });
  writer.join();
  CHECK(torn == 0);
}

}  // namespace metadata::test
