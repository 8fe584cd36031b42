// The order of hits by their score: one and the same whatever piece of it is asked for.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "metadata/metadata.h"

using namespace metadata;

namespace {

constexpr std::array kWords = {"customer", "order", "price", "region", "invoice", "month", "total", "return", "store"};
constexpr const char* kTier =
    R"(,"tags":[{"tagFQN":"Tier.Tier1","source":"Classification","labelType":"Manual","state":"Confirmed"}])";

/// A catalog that grows, so that words become more and less frequent.
class Shop {
 public:
  Shop() {
    Options options;
    options.path = ":memory:";
    options.background = false;
    options.search.page = 1000;
    options.search.wait = options.search.deadline = std::chrono::minutes(10);  // a machine may stand still for seconds
    auto opened = Catalog::open(options);
    REQUIRE(opened.ok());
    catalog_ = *std::move(opened);
    Batch batch;
    batch.put("databaseService", R"({"name":"s","serviceType":"SQLite"})")
        .put("database", R"({"name":"db","service":"s"})")
        .put("databaseSchema", R"({"name":"main","database":"s.db"})")
        .put("classification", R"({"name":"Tier","description":"x"})")
        .put("tag", R"({"name":"Tier1","classification":"Tier","description":"x"})");
    REQUIRE(catalog_->write(batch).ok());
  }

  void grow(int tables) {
    Batch batch;
    for (int i = 0; i < tables; ++i) {
      const std::string name = word() + "_" + word() + "_" + std::to_string(made_++);
      const std::string about = one_of(2) ? "All " + word() + "s with their " + word() + "s" : word();
      batch.put("table", R"({"name":")" + name + R"(","databaseSchema":"s.db.main","description":")" + about +
                             R"(","columns":[{"name":"id","dataType":"INT"},{"name":")" + word() +
                             R"(_key","dataType":"INT","description":"key of the )" + word() + R"("}])" +
                             (one_of(3) ? kTier : "") + "}");
    }
    REQUIRE(catalog_->write(batch).ok());
  }

  SearchHits found(const SearchQuery& query) {
    const auto hits = catalog_->search().query(query);
    INFO(std::string(hits.ok() ? "" : hits.error().text()));
    REQUIRE(hits.ok());
    return *hits;
  }

 private:
  bool one_of(unsigned many) { return random_() % many == 0; }
  std::string word() { return kWords[random_() % kWords.size()]; }

  std::mt19937 random_{7};
  std::unique_ptr<Catalog> catalog_;
  int made_ = 0;
};

using Ids = std::vector<std::string>;

void append(Ids& ids, const SearchHits& hits) {
  for (const SearchHit& hit : hits.hits) ids.push_back(hit.id.text());
}

}  // namespace

TEST_CASE("pages of any size, by offset and behind the last hit, are pieces of one list") {
  Shop shop;
  constexpr std::size_t kMost = 60;
  for (int round = 0; round < 40; ++round) {
    shop.grow(10);
    for (const char* text :
         {"customer order", "price region month_total store", "customer OR order OR price", "\"invoice month\" order",
          "return_store order price AND region", "cust* OR mon* OR order"}) {
      CAPTURE(round);
      CAPTURE(text);
      SearchQuery query;
      query.text = text;
      query.source = false;
      query.size = 1000;
      Ids whole;
      append(whole, shop.found(query));
      whole.resize(std::min(whole.size(), kMost));
      for (const std::size_t size : {3, 10, 25}) {
        CAPTURE(size);
        query.size = size;
        Ids by_offset, behind;
        for (query.from = 0; query.from < kMost; query.from += size) append(by_offset, shop.found(query));
        by_offset.resize(whole.size());
        CHECK(by_offset == whole);
        if (round % 10 != 0) continue;
        query.from = 0;
        while (behind.size() < whole.size()) {
          const SearchHits page = shop.found(query);
          REQUIRE(!page.hits.empty());
          append(behind, page);
          query.search_after = page.hits.back().sort[0] + "," + page.hits.back().sort[1];
        }
        query.search_after.clear();
        behind.resize(whole.size());
        CHECK(behind == whole);
      }
    }
  }
}
