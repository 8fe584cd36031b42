// Many who search while the index is committed again and again.
#include <atomic>
#include <thread>

#include "place.h"

namespace metadata::search::test {
namespace {

int seconds() {
  const char* value = std::getenv("METADATA_SEARCH_SECONDS");
  return value == nullptr ? 3 : std::atoi(value);
}

}  // namespace

TEST_CASE("I6: eight searchers beside a writer get no error and no wrong total") {
  const Folder folder;
  const auto catalog = open(folder.path());
  make_world(*catalog);
  constexpr int kTables = 200;
  for (int i = 0; i < kTables; ++i) put_table(*catalog, "orders_" + std::to_string(i));
  catch_up(*catalog);
  std::atomic<bool> over{false};
  std::atomic<int> errors{0}, wrong{0}, late{0}, searches{0}, writes{0};
  std::vector<std::thread> threads;
  for (int searcher = 0; searcher < 8; ++searcher) {
    threads.emplace_back([&, searcher] {
      while (!over) {
        SearchQuery query{.text = searcher % 2 == 0 ? "orders" : "ord*", .indexes = {"table"}};
        query.size = 20;
        query.facets = {"entityType", "service.name"};
        const auto hits = catalog->search().query(query);
        ++searches;
        if (!hits.ok()) {
          ++errors;
          continue;
        }
        if (hits->total != kTables || hits->hits.size() != 20) ++wrong;
        if (!hits->complete) ++late;
      }
    });
  }
  threads.emplace_back([&] {
    for (int i = 0; !over; ++i) {
      const auto put =
          catalog->put("table", R"({"name":"orders_)" + std::to_string(i % kTables) + R"(","description":"text )" +
                                    std::to_string(i) + R"(","databaseSchema":"s.db.main","columns":[]})");
      if (put.ok()) ++writes;
    }
  });
  std::this_thread::sleep_for(std::chrono::seconds(seconds()));
  while (searches == 0 || writes == 0) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  over = true;
  for (std::thread& thread : threads) thread.join();
  MESSAGE(searches.load() << " searches beside " << writes.load() << " writes, " << late.load() << " of them late");
  CHECK(searches > 0);
  CHECK(writes > 0);
  CHECK(errors == 0);
  CHECK(wrong == 0);
}

TEST_CASE("I6: a search that takes long reads one state to its end or reads again") {
  const Folder folder;
  const auto catalog = open(folder.path());
  make_world(*catalog);
  for (int i = 0; i < 50; ++i) put_table(*catalog, "orders_" + std::to_string(i));
  // The index is rebuilt, and so the files of the one that is read are removed, while they are read.
  std::atomic<bool> over{false};
  std::atomic<int> errors{0};
  std::thread searcher([&] {
    while (!over) {
      const auto hits = catalog->search().query({.text = "orders", .indexes = {"table"}});
      if (!hits.ok() || hits->total != 50) ++errors;
    }
  });
  for (int i = 0; i < 5; ++i) must(catalog->search().rebuild());
  over = true;
  searcher.join();
  CHECK(errors == 0);
}

}  // namespace metadata::search::test
