#include "base/lru.h"

#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <vector>

using namespace metadata::base;

TEST_CASE("a cache gives back what was put, replaced and not erased") {
  LruCache<std::string, int, TextHash> cache(4);
  cache.put("a", 1);
  cache.put("b", 2);
  cache.put("a", 3);
  CHECK(cache.get(std::string_view("a")) == 3);
  CHECK(cache.size() == 2);
  CHECK(cache.erase(std::string_view("a")));
  CHECK_FALSE(cache.erase("a"));
  CHECK_FALSE(cache.get("a"));
  cache.clear();
  CHECK(cache.size() == 0);
  CHECK_FALSE(cache.get("b"));
}

TEST_CASE("the entry unused for longest goes first") {
  LruCache<int, int> cache(2);
  cache.put(1, 10);
  cache.put(2, 20);
  CHECK(cache.get(1) == 10);
  cache.put(3, 30);
  CHECK_FALSE(cache.get(2));
  CHECK(cache.get(1) == 10);
  CHECK(cache.get(3) == 30);
  CHECK(cache.size() == 2);
}

TEST_CASE("replacing counts as a use") {
  LruCache<int, int> cache(2);
  cache.put(1, 10);
  cache.put(2, 20);
  cache.put(1, 11);
  cache.put(3, 30);
  CHECK(cache.get(1) == 11);
  CHECK_FALSE(cache.get(2));
}

TEST_CASE("a cache of no capacity keeps nothing") {
  LruCache<int, int> cache(0);
  cache.put(1, 10);
  CHECK_FALSE(cache.get(1));
}

TEST_CASE("many threads may use a cache at once") {
  LruCache<int, int> cache(16);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&cache] {
      for (int i = 0; i < 2000; ++i) {
        cache.put(i % 32, i % 32);
        if (const auto value = cache.get(i % 16)) REQUIRE(*value == i % 16);
        cache.erase(i % 7);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(cache.size() <= 16);
}
