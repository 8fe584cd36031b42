#include "failing_disk.h"
#include "fixture.h"

#include <atomic>
#include <thread>

using namespace metadata;
using namespace metadata::store;
using namespace metadata::store::test;

namespace {

WriteSet setting(const std::string& name) { return set_of({PutSetting{name, "v"}}); }

}  // namespace

TEST_CASE("an acknowledged commit was synced, and with Normal it was not") {
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

TEST_CASE("after a failed sync nothing is acknowledged any more, reads go on, and a restart recovers") {
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
  }
  auto store = open(folder);
  CHECK(must(look(*store)->count(listing("table"))) == 1);
  CHECK_FALSE(must(look(*store)->setting("y")));
  commit(*store, setting("z"));
  CHECK(broken_rules(*store).empty());
}

TEST_CASE("a failed COMMIT fails every member of its group") {
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

TEST_CASE("a full disk refuses writes, keeps reading, and writing goes on when there is space again") {
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

TEST_CASE("a batch that fills the disk in the middle fails whole, and the next one is whole") {
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
