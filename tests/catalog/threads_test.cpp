#include <algorithm>
#include <atomic>
#include <cstdlib>
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

TEST_CASE("a reader never sees less than what was answered before it asked, nor less than it saw before") {
  World world;
  const Entity owner = world.must(world.catalog->put("user", R"({"name":"ann","email":"ann@example.org"})")).entity;
  const Entity table =
      world.table("t", R"(,"description":"0","owners":[{"id":")" + owner.id().text() + R"(","type":"user"}])").entity;
  const Entity classification =
      world.must(world.catalog->put("classification", R"({"name":"C0","description":"c"})")).entity;
  const Entity tag =
      world.must(world.catalog->put("tag", R"({"name":"t","classification":"C0","description":"t"})")).entity;
  world.patched(table, R"([{"op":"add","path":"/tags","value":[{"tagFQN":"C0.t","source":"Classification",)"
                       R"("labelType":"Manual","state":"Confirmed"}]}])");
  world.patched(owner, R"([{"op":"add","path":"/displayName","value":"0"}])");

  // Each writer changes one thing that the table's answer shows, and says how far it has come once that is answered.
  struct Stream {
    EntityRef target;
    const char* member;
    const char* prefix;
    const char* pointer;  ///< in the table's answer
    std::atomic<int> answered = 0;
  };
  Stream streams[] = {{table.ref(), "/description", "", "/description"},
                      {owner.ref(), "/displayName", "", "/owners/0/displayName"},
                      {classification.ref(), "/name", "C", "/tags/0/tagFQN"}};
  const auto number = [](const std::string& text) {
    const auto digit = text.find_first_of("0123456789");
    return digit == std::string::npos ? -1 : std::atoi(text.c_str() + digit);
  };
  constexpr int kWrites = 80;
  std::atomic<int> writing = 3;
  std::atomic<int> failed = 0;
  std::atomic<int> stale = 0;
  at_once(6, [&](int thread) {
    if (thread < 3) {
      Stream& stream = streams[thread];
      for (int i = 1; i <= kWrites; ++i) {
        const auto patch = Patch::parse(std::string(R"([{"op":"add","path":")") + stream.member + R"(","value":")" +
                                        stream.prefix + std::to_string(i) + R"("}])");
        if (!world.catalog->patch(stream.target, *patch).ok()) ++failed;
        stream.answered = i;
        // Readers get a chance to find kept answers too.
        for (int look = 0; look < 3; ++look) world.get("table", "svc.db.main.t", "owners,tags");
      }
      --writing;
      return;
    }
    int seen[3] = {0, 0, 0};
    while (writing > 0) {
      int least[3];
      for (int i = 0; i < 3; ++i) least[i] = std::max(seen[i], streams[i].answered.load());
      const auto read = world.catalog->get(table.ref(), {.fields = "owners,tags"});
      if (!read.ok()) {
        ++failed;
        continue;
      }
      for (int i = 0; i < 3; ++i) {
        seen[i] = number(at(*read, streams[i].pointer));
        if (seen[i] < least[i]) ++stale;
      }
    }
  });
  CHECK(failed == 0);
  CHECK(stale == 0);
}

TEST_CASE("a kept answer and its references are those of one moment") {
  World world;
  const Entity first = world.must(world.catalog->put("user", R"({"name":"ann","email":"ann@example.org"})")).entity;
  const Entity table = world.table("t", R"(,"description":"0")").entity;
  std::atomic<bool> stop = false;
  std::atomic<int> wrong = 0;
  // Both change in one batch, so nobody may ever see one of them alone.
  std::thread writer([&] {
    for (int i = 1; i <= 60; ++i) {
      const std::string n = std::to_string(i);
      Batch batch;
      batch.patch(table.ref(),
                  World::must(Patch::parse(R"([{"op":"add","path":"/description","value":")" + n + R"("}])")));
      batch.patch(first.ref(),
                  World::must(Patch::parse(R"([{"op":"add","path":"/displayName","value":")" + n + R"("}])")));
      if (i == 1) {
        batch.patch(table.ref(), World::must(Patch::parse(R"([{"op":"add","path":"/owners","value":[{"id":")" +
                                                          first.id().text() + R"(","type":"user"}]}])")));
      }
      if (!world.catalog->write(batch).ok()) ++wrong;
    }
    stop = true;
  });
  at_once(3, [&](int) {
    while (!stop) {
      const auto read = world.catalog->get(table.ref(), {.fields = "owners"});
      if (!read.ok()) {
        ++wrong;
      } else if (const std::string name = at(*read, "/owners/0/displayName"); name != "-") {
        wrong += name != at(*read, "/description");
      }
    }
  });
  writer.join();
  CHECK(wrong == 0);
}

}  // namespace metadata::test
