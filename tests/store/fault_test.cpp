#include "failing_disk.h"
#include "fixture.h"

#include <array>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

using namespace metadata;
using namespace metadata::store;
using namespace metadata::store::test;

namespace {

WriteSet setting(const std::string& name) { return set_of({PutSetting{name, "v"}}); }

}  // namespace

TEST_CASE("D1: an acknowledged commit was synced, and with Normal it was not") {
  FailingDisk disk;
  for (const auto sync : {Options::Sync::Full, Options::Sync::Normal}) {
    Folder folder;
    Options options = options_for(folder.path());
    options.sync = sync;
    auto store = must(Store::open(options));
    commit(*store, setting("first"));  // the log's header is synced with it
    const int before = disk.syncs();
    commit(*store, setting("x"));
    CHECK((disk.syncs() > before) == (sync == Options::Sync::Full));
  }
}

TEST_CASE("D5: a sync that fails in a checkpoint stops writing too, and is not tried again, at the close neither") {
  Folder folder;
  FailingDisk disk;
  int done = 0, syncs = 0;
  {
    auto store = open(folder);
    commit(*store, setting("first"));  // the log's header is synced with it
    // The checkpoint comes by itself when the log is long enough: the commit syncs the log, then it does, then the
    // file.
    while (!disk.failed() && done < 100) {
      disk.count_anew();
      disk.fail(Ask::Sync, 3);
      const std::string number = std::to_string(++done);
      const std::string big(1 << 20, static_cast<char>('a' + done % 26));  // pages that stay equal are not written
      commit(*store, set_of({PutSetting{"big", big}, PutSetting{"last", number}}));
    }
    REQUIRE(disk.failed());
    CHECK(store->writes() == Writes::Stopped);
    syncs = disk.syncs();
    CHECK(refused(*store, setting("x")).code() == Code::Unavailable);
    CHECK(must(look(*store)->setting("last")) == std::to_string(done));
  }
  CHECK(disk.syncs() == syncs);
  disk.count_anew();
  auto store = open(folder);
  CHECK(must(look(*store)->setting("last")) == std::to_string(done));
  CHECK_FALSE(must(look(*store)->setting("x")));
  commit(*store, setting("z"));
  CHECK(broken_rules(*store).empty());
}

TEST_CASE("D5: after a failed sync nothing is acknowledged any more, reads go on, and a restart recovers") {
  Folder folder;
  FailingDisk disk;
  {
    auto store = open(folder);
    commit(*store, tables_under_service({"a"}));
    disk.fail_syncs(true);
    CHECK(refused(*store, setting("x")).code() == Code::Unavailable);
    disk.fail_syncs(false);
    CHECK(refused(*store, setting("y")).code() == Code::Unavailable);
    CHECK(store->exclusive().error().code() == Code::Unavailable);
    CHECK_FALSE(must(look(*store)->setting("x")));
    CHECK(must(look(*store)->count(listing("table"))) == 1);
    CHECK(store->writes() == Writes::Stopped);
  }
  auto store = open(folder);
  CHECK(must(look(*store)->count(listing("table"))) == 1);
  CHECK_FALSE(must(look(*store)->setting("y")));
  commit(*store, setting("z"));
  CHECK(broken_rules(*store).empty());
}

TEST_CASE("D4: a failed COMMIT fails every member of its group") {
  Folder folder;
  FailingDisk disk;
  auto store = open(folder);
  commit(*store, tables_under_service({}));
  disk.fail_syncs(true);
  std::atomic<int> unavailable_count = 0;
  std::vector<std::thread> writers;
  for (int i = 0; i < 16; ++i) {
    writers.emplace_back([&, i] {
      const auto applied = store->commit(setting("k" + std::to_string(i)));
      if (!applied.ok() && applied.error().code() == Code::Unavailable) ++unavailable_count;
    });
  }
  for (std::thread& writer : writers) writer.join();
  CHECK(unavailable_count == 16);
  CHECK_FALSE(must(look(*store)->setting("k0")));
}

TEST_CASE("D4: whichever sync fails under 16 writers, nobody is told that a lost write was done") {
  make_folders_in_memory();
  constexpr int kClients = 16, kEach = 6;
  for (int nth = 1; nth <= 30; ++nth) {
    CAPTURE(nth);
    Folder folder;
    FailingDisk disk;
    std::array<std::atomic<int>, kClients> acknowledged{};
    std::atomic<int> wrong = 0;
    {
      auto store = open(folder);
      disk.count_anew();
      disk.fail(Ask::Sync, nth);
      std::vector<std::thread> writers;
      for (int client = 0; client < kClients; ++client) {
        writers.emplace_back([&, client] {
          bool stopped = false;
          for (int i = 0; i < kEach; ++i) {
            const auto applied = store->commit(setting("k" + std::to_string(client) + "." + std::to_string(i)));
            if (applied.ok() ? stopped : applied.error().code() != Code::Unavailable) ++wrong;
            if (applied.ok()) acknowledged[static_cast<std::size_t>(client)] = i + 1;
            stopped = stopped || !applied.ok();
          }
        });
      }
      for (std::thread& writer : writers) writer.join();
      CHECK((store->writes() == Writes::Stopped) == disk.failed());
    }
    CHECK(wrong == 0);
    const bool failed = disk.failed();
    disk.count_anew();
    auto store = open(folder);
    for (int client = 0; client < kClients; ++client) {
      const int done = acknowledged[static_cast<std::size_t>(client)];
      for (int i = 0; i < done; ++i) {
        CHECK(must(look(*store)->setting("k" + std::to_string(client) + "." + std::to_string(i))).has_value());
      }
    }
    CHECK(broken_rules(*store).empty());
    if (!failed) break;  // the script has no more syncs than that
  }
}

TEST_CASE("D4: sixteen writers share the syncs of a slow disk") {
  Folder folder;
  FailingDisk disk;
  auto store = open(folder);
  // Longer than a busy machine takes to let each of the writers run, so that they all wait in the queue meanwhile.
  disk.delay_syncs(std::chrono::milliseconds(10));
  int round = 0;
  const auto commits_per_second = [&](int writers, int each) {
    ++round;
    const auto began = std::chrono::steady_clock::now();
    std::vector<std::thread> threads;
    for (int writer = 0; writer < writers; ++writer) {
      threads.emplace_back([&, writer] {
        for (int i = 0; i < each; ++i) {
          commit(*store, setting(std::to_string(round) + "." + std::to_string(writer) + "." + std::to_string(i)));
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    return writers * each / took.count();
  };
  commits_per_second(1, 5);
  disk.count_anew();
  const double alone = commits_per_second(1, 60);
  const int syncs_alone = disk.syncs();
  disk.count_anew();
  const double together = commits_per_second(16, 60);
  const int syncs_together = disk.syncs();
  MESSAGE("one writer " << alone << "/s with " << syncs_alone << " syncs, sixteen " << together << "/s with "
                        << syncs_together << " syncs");
  CHECK(syncs_alone >= 60);
  // Five times the rate means at most a fifth of the syncs for each commit; counted, since time depends on the machine.
  CHECK(syncs_together * 5 < 16 * 60);
}

TEST_CASE("D6: a full disk refuses writes, keeps reading, and writing goes on when there is space again") {
  Folder folder;
  FailingDisk disk;
  auto store = open(folder);
  commit(*store, tables_under_service({"a"}));
  for (int round = 0; round < 5; ++round) {
    disk.be_full(true);
    CHECK(refused(*store, setting("full" + std::to_string(round))).code() == Code::Unavailable);
    CHECK(must(look(*store)->count(listing("table"))) == 1);
    disk.be_full(false);
    commit(*store, setting("free" + std::to_string(round)));
    CHECK_FALSE(must(look(*store)->setting("full" + std::to_string(round))));
  }
  CHECK(broken_rules(*store).empty());
}

TEST_CASE("D6: a batch that fills the disk in the middle fails whole, and the next one is whole") {
  Folder folder;
  FailingDisk disk;
  auto store = open(folder);
  commit(*store, tables_under_service({}));
  {
    auto turn = must(store->exclusive());
    REQUIRE(turn->apply(setting("one")).ok());
    disk.be_full(true);
    WriteSet large;  // more than the page cache, so that it must be written before the commit
    for (std::uint64_t i = 10; i < 40; ++i) {
      large.operations.emplace_back(
          insert(row(i, "s/t" + std::to_string(i)), {}, "\"" + std::string(1 << 20, 'x') + "\""));
    }
    const auto applied = turn->apply(large);
    if (applied.ok()) {
      CHECK(turn->commit().code() == Code::Unavailable);
    } else {
      CHECK(applied.error().code() == Code::Unavailable);
      disk.be_full(false);
      CHECK(turn->commit().code() == Code::Unavailable);
    }
  }
  disk.be_full(false);
  commit(*store, setting("two"));
  CHECK_FALSE(must(look(*store)->setting("one")));
  CHECK(must(look(*store)->setting("two")));
  CHECK(must(look(*store)->count(listing("table"))) == 0);
}

TEST_CASE("the log does not grow without end under readers that keep coming") {
  Folder folder;
  FailingDisk disk;
  auto store = open(folder);
  commit(*store, tables_under_service({}));
  std::unique_ptr<Reader> reader = look(*store);
  const std::string big = "\"" + std::string(1 << 20, 'x') + "\"";
  for (std::uint64_t i = 10; i < 200; ++i) {
    commit(*store, set_of({PutSetting{"big", big + std::to_string(i)}}));
    if (i % 2 == 0) {
      auto next = look(*store);  // there is always one reader at least
      reader = std::move(next);
    }
  }
  reader.reset();
  commit(*store, setting("last"));
  CHECK(file_bytes(folder.file() + "-wal") < (std::uintmax_t{128} << 20));
}
