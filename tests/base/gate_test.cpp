#include "base/gate.h"

#include <doctest/doctest.h>

#include <atomic>
#include <optional>
#include <thread>
#include <vector>

using namespace metadata;
using namespace metadata::base;

TEST_CASE("a full gate without a queue refuses, and lets in again when somebody leaves") {
  Gate gate(1, 0);
  {
    const auto pass = gate.enter();
    REQUIRE(pass.ok());
    CHECK(gate.enter().error().code() == Code::RateLimited);
  }
  CHECK(gate.enter().ok());
}

TEST_CASE("those who wait get in, and never more than allowed are inside") {
  Gate gate(2, 8);
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  std::atomic<int> passed{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      const auto pass = gate.enter();
      if (!pass.ok()) return;
      const int now = ++inside;
      for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) continue;
      std::this_thread::yield();
      --inside;
      ++passed;
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(passed == 8);
  CHECK(most <= 2);
}
