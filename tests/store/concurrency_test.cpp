#include "fixture.h"

#include <atomic>
#include <functional>
#include <thread>

using namespace metadata;
using namespace metadata::store;
using namespace metadata::store::test;

namespace {

// Every test here holds for a store on disk and for one in RAM.
struct Places {
  Folder folder;
  std::vector<std::string> paths = {folder.path(), ":memory:"};
};

void run_threads(int count, const std::function<void(int)>& work) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back(work, i);
  for (std::thread& thread : threads) thread.join();
}

std::uint64_t number(int thread, int i) {
  return static_cast<std::uint64_t>(thread) * 1000 + static_cast<std::uint64_t>(i) + 10;
}

WriteSet one_table(std::uint64_t n) {
  const EntityRow made = row(n, "s/t" + std::to_string(n));
  return set_of({insert(made), log_of(made)}, {KeyAbsent{"table", made.fqn_key}});
}

}  // namespace

TEST_CASE("a snapshot does not move while others write, and a new one sees all") {
  const Places places;
  for (const std::string& path : places.paths) {
    auto store = open(path);
    commit(*store, tables_under_service({"a"}));
    auto before = look(*store);  // fixed from here on, though nothing was read through it yet
    commit(*store, set_of({insert(row(10, "s/b"))}));
    commit(*store, set_of({MarkRange{{"table"}, "service", "s", true, 5, "bob"}}));
    CHECK(must(before->count(listing("table"))) == 1);
    CHECK_FALSE(must(before->find(id(10))));
    CHECK_FALSE(must(before->find(id(2)))->row.deleted);
    CHECK(must(look(*store)->count(listing("table", Rows::Deleted))) == 2);
  }
}

TEST_CASE("sixteen writers share transactions, lose nothing and number the log without gaps") {
  const Places places;
  for (const std::string& path : places.paths) {
    auto store = open(path);
    commit(*store, tables_under_service({}));
    constexpr int kThreads = 16, kEach = 25;
    std::atomic<int> failed = 0;
    run_threads(kThreads, [&](int thread) {
      for (int i = 0; i < kEach; ++i) {
        const auto applied = store->commit(one_table(number(thread, i)));
        if (!applied.ok()) ++failed;
        // What was acknowledged is in every later snapshot.
        const auto reader = store->snapshot();
        if (!reader.ok() || !(*reader)->find(id(number(thread, i))).ok()) ++failed;
      }
    });
    CHECK(failed == 0);
    auto reader = look(*store);
    CHECK(must(reader->count(listing("table"))) == kThreads * kEach);
    const auto log = must(reader->log(0, 10'000));
    REQUIRE(log.size() == kThreads * kEach);
    CHECK(log.back().seq == kThreads * kEach);
    reader.reset();
    CHECK(broken_rules(*store).empty());
  }
}

TEST_CASE("waiting writers are committed together, and a refused one refuses nobody else") {
  const Places places;
  for (const std::string& path : places.paths) {
    auto store = open(path);
    commit(*store, tables_under_service({}));
    auto turn = must(store->exclusive());  // holds everybody up, so that they all wait in one queue
    std::atomic<int> refused_count = 0, done = 0;
    std::vector<std::thread> writers;
    for (int i = 0; i < 16; ++i) {
      writers.emplace_back([&, i] {
        WriteSet set = one_table(static_cast<std::uint64_t>(10 + i));
        if (i % 4 == 0) set.preconditions.emplace_back(RowAt{id(1), 99});
        const auto applied = store->commit(set);
        if (!applied.ok() && applied.error().code() == Code::Conflict) ++refused_count;
        ++done;
      });
    }
    CHECK(done == 0);
    REQUIRE(must(turn->apply(one_table(100))).seq == 1);
    REQUIRE(turn->commit().ok());
    for (std::thread& writer : writers) writer.join();
    CHECK(refused_count == 4);
    CHECK(must(look(*store)->count(listing("table"))) == 13);
    CHECK(must(look(*store)->last_seq()) == 13);
  }
}

TEST_CASE("the sets of one group take one BEGIN and one COMMIT") {
  auto store = open(":memory:");
  commit(*store, tables_under_service({}));
  const auto setting = [](int i) { return set_of({PutSetting{"k" + std::to_string(i), "v"}}); };
  const std::uint64_t start = store->statements();
  commit(*store, setting(0));
  const std::uint64_t alone = store->statements() - start;  // BEGIN, SAVEPOINT, INSERT, RELEASE, COMMIT
  CHECK(alone == 5);
  constexpr int kThreads = 16;
  auto turn = must(store->exclusive());  // holds everybody up, so that they come to wait in one queue
  const std::uint64_t before = store->statements();
  std::atomic<int> coming = 0;
  std::vector<std::thread> writers;
  for (int i = 0; i < kThreads; ++i) {
    writers.emplace_back([&, i] {
      ++coming;
      commit(*store, setting(i + 1));
    });
  }
  while (coming < kThreads) std::this_thread::yield();
  for (int i = 0; i < 10'000; ++i) std::this_thread::yield();  // on their last steps to the queue
  turn.reset();
  for (std::thread& writer : writers) writer.join();
  const std::uint64_t used = store->statements() - before;
  CHECK(used >= kThreads * 3);
  CHECK(used < kThreads * alone);
}

TEST_CASE("an exclusive transaction reads what it wrote, and nobody else does until it is committed") {
  const Places places;
  for (const std::string& path : places.paths) {
    auto store = open(path);
    commit(*store, tables_under_service({}));
    {
      auto turn = must(store->exclusive());
      REQUIRE(turn->apply(one_table(10)).ok());
      CHECK(must(turn->find(id(10))));
      CHECK(turn->apply(one_table(10)).error().code() == Code::AlreadyExists);
      CHECK_FALSE(must(look(*store)->find(id(10))));
    }  // destroyed: nothing of it stays
    CHECK_FALSE(must(look(*store)->find(id(10))));
    auto turn = must(store->exclusive());
    REQUIRE(turn->apply(one_table(10)).ok());
    REQUIRE(turn->apply(one_table(11)).ok());
    REQUIRE(turn->commit().ok());
    CHECK(turn->find(id(10)).error().code() == Code::Internal);
    CHECK(turn->apply(one_table(12)).error().code() == Code::Internal);
    CHECK(turn->commit().code() == Code::Internal);
    commit(*store, one_table(12));  // the turn was given back by the commit
    CHECK(must(look(*store)->count(listing("table"))) == 3);
  }
}

TEST_CASE("exclusive turns and plain commits of many threads follow one another") {
  const Places places;
  for (const std::string& path : places.paths) {
    auto store = open(path);
    commit(*store, tables_under_service({}));
    std::atomic<int> failed = 0;
    run_threads(8, [&](int thread) {
      for (int i = 0; i < 20; ++i) {
        if ((thread + i) % 3 != 0) {
          if (!store->commit(one_table(number(thread, i))).ok()) ++failed;
          continue;
        }
        auto turn = store->exclusive();
        if (!turn.ok() || !(*turn)->apply(one_table(number(thread, i))).ok() || !(*turn)->commit().ok()) ++failed;
      }
    });
    CHECK(failed == 0);
    CHECK(must(look(*store)->count(listing("table"))) == 160);
  }
}

TEST_CASE("more readers than connections wait for one another") {
  Folder folder;
  Options options = options_for(folder.path());
  options.read_connections = 2;
  auto store = must(Store::open(options));
  commit(*store, tables_under_service({"a"}));
  std::atomic<int> seen = 0;
  run_threads(8, [&](int) {
    for (int i = 0; i < 50; ++i) {
      const auto reader = store->snapshot();
      if (reader.ok() && *(*reader)->count(listing("table")) == 1) ++seen;
    }
  });
  CHECK(seen == 400);
}
