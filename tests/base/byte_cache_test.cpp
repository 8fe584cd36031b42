#include "base/byte_cache.h"

#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <vector>

using namespace metadata::base;

namespace {

std::shared_ptr<const std::string> text(std::string value) {
  return std::make_shared<const std::string>(std::move(value));
}

}  // namespace

TEST_CASE("a byte cache gives back what was put and replaced") {
  ByteCache<std::string> cache(1 << 20);
  CHECK(cache.enabled());
  cache.put("a", text("1"), 1);
  cache.put("b", text("2"), 1);
  cache.put("a", text("3"), 1);
  CHECK(*cache.get("a") == "3");
  CHECK(*cache.get("b") == "2");
  CHECK(cache.get("c") == nullptr);
}

TEST_CASE("a byte cache stays below its bytes, and the one unused for longest goes first") {
  constexpr std::size_t kCapacity = 256 * 1024;
  ByteCache<std::string> cache(kCapacity);
  cache.put("kept", text("x"), 1000);
  for (int i = 0; i < 5000; ++i) {
    cache.put("entry " + std::to_string(i), text("y"), 1000);
    CHECK(cache.get("kept") != nullptr);
    CHECK(cache.bytes() <= kCapacity);
  }
  CHECK(cache.get("entry 0") == nullptr);
  CHECK(cache.get("entry 4999") != nullptr);
}

TEST_CASE("a byte cache of no bytes keeps nothing, and none keeps what fills it alone") {
  ByteCache<std::string> none(0);
  CHECK_FALSE(none.enabled());
  none.put("a", text("1"), 0);
  CHECK(none.get("a") == nullptr);

  ByteCache<std::string> small(64 * 1024);
  small.put("a", text("1"), 10);
  small.put("b", text("2"), 60 * 1024);
  CHECK(small.get("b") == nullptr);
  CHECK(small.get("a") != nullptr);
}

TEST_CASE("many threads may use a byte cache at once") {
  ByteCache<std::string> cache(64 * 1024);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&cache] {
      for (int i = 0; i < 3000; ++i) {
        const std::string key = std::to_string(i % 200);
        if (const auto found = cache.get(key); found && *found != key) std::abort();
        cache.put(key, text(key), 500);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(cache.bytes() <= 64 * 1024);
}
