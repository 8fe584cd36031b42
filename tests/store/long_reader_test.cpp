#include "fixture.h"

#include <atomic>
#include <functional>
#include <thread>

using namespace metadata;
using namespace metadata::store;
using namespace metadata::store::test;

namespace {

constexpr std::size_t kMaxLog = std::size_t{4} << 20;
constexpr std::size_t kWrite = 64 << 10;

std::unique_ptr<Store> small_log_store(const Folder& folder) {
  Options options = options_for(folder.path());
  options.max_log_bytes = kMaxLog;
  auto store = must(Store::open(options));
  commit(*store, tables_under_service({"a", "b", "c"}));
  return store;
}

void write_much(Store& store, std::size_t bytes, const std::function<void()>& after_each = {}) {
  for (std::size_t done = 0; done < bytes; done += kWrite) {
    commit(store, set_of({PutSetting{"large", std::string(kWrite, static_cast<char>('a' + done / kWrite % 26))}}));
    if (after_each) after_each();
  }
}

}  // namespace

TEST_CASE("D13: a long reader is ended with a clear error before it makes the log grow beyond its limit") {
  Folder folder;
  auto store = small_log_store(folder);
  std::atomic<int> pages = 0;
  std::atomic<bool> over = false;
  Error ended;
  std::thread exporter([&] {
    // Page after page from one snapshot, for as long as it is let.
    for (auto reader = look(*store); ended.ok(); ++pages) ended = reader->list(listing("table")).error();
    over = true;
  });
  // It has its turn after each write: a thread that the system lets sleep would notice nothing until the log is full.
  const auto let_it_read = [&] {
    const int seen = pages;
    while (!over && pages < seen + 2) std::this_thread::yield();
  };
  let_it_read();
  write_much(*store, 8 * kMaxLog, let_it_read);
  exporter.join();
  CHECK(ended.code() == Code::Unavailable);
  CHECK(ended.message().find("max_log_bytes") != std::string_view::npos);
  CHECK(file_bytes(folder.file() + "-wal") <= kMaxLog);
  // Whoever asks anew reads on.
  CHECK(must(look(*store)->count(listing("table"))) == 3);
  CHECK(broken_rules(*store).empty());
}

TEST_CASE("D13: readers that come and go are not ended, and the log stays short") {
  Folder folder;
  auto store = small_log_store(folder);
  for (int i = 0; i < 300; ++i) {
    auto reader = look(*store);
    write_much(*store, 2 * kWrite);
    REQUIRE(reader->list(listing("table")).ok());
    reader.reset();
    write_much(*store, kWrite);
  }
  CHECK(file_bytes(folder.file() + "-wal") <= kMaxLog);
}

TEST_CASE("D13: readers of whom one is always there do not make the log grow beyond its limit either") {
  Folder folder;
  auto store = small_log_store(folder);
  auto reader = look(*store);
  for (int i = 0; i < 300; ++i) {
    write_much(*store, kWrite);
    auto next = look(*store);
    const auto listed = reader->list(listing("table"));
    if (!listed.ok()) REQUIRE(listed.error().code() == Code::Unavailable);
    reader = std::move(next);
  }
  CHECK(file_bytes(folder.file() + "-wal") <= kMaxLog);
}
