#include "base/interrupt.h"

#include <doctest/doctest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

using namespace metadata;
using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

TEST_CASE("O10: an interrupt that is not set never trips") {
  CHECK_FALSE(base::can_trip({}));
  CHECK(base::check({}).ok());
}

TEST_CASE("O10: a deadline trips when it has passed, and says so") {
  CHECK(base::check({SteadyClock::now() + 1h, nullptr}).ok());
  const Error late = base::check({SteadyClock::now() - 1ms, nullptr});
  CHECK(late.code() == Code::Interrupted);
  CHECK(late.message() == "the call's deadline has passed");
}

TEST_CASE("O10: a client that has gone trips it, whatever time is left") {
  std::atomic<bool> gone = false;
  const Interrupt interrupt{SteadyClock::now() + 1h, &gone};
  CHECK(base::can_trip(interrupt));
  CHECK(base::check(interrupt).ok());
  gone = true;
  CHECK(base::check(interrupt).code() == Code::Interrupted);
}

TEST_CASE("O10: a wait ends at the deadline, when the client goes, or with what is waited for") {
  std::mutex mutex;
  std::condition_variable changed;
  std::atomic<bool> gone = false;
  bool ready = false;  // guarded by mutex
  const auto is_ready = [&] { return ready; };
  std::unique_lock lock(mutex);

  SUBCASE("the deadline") { CHECK_FALSE(base::wait(changed, lock, {SteadyClock::now() + 10ms, nullptr}, is_ready)); }
  SUBCASE("the client") {
    std::thread client([&] { gone = true; });
    CHECK_FALSE(base::wait(changed, lock, {SteadyClock::time_point::max(), &gone}, is_ready));
    client.join();
  }
  SUBCASE("what is waited for, also when the call is late already") {
    ready = true;
    CHECK(base::wait(changed, lock, {SteadyClock::now() - 1s, nullptr}, is_ready));
  }
  SUBCASE("a signal") {
    std::thread other([&] {
      const std::lock_guard inside(mutex);
      ready = true;
      changed.notify_one();
    });
    CHECK(base::wait(changed, lock, {SteadyClock::now() + 1h, &gone}, is_ready));
    lock.unlock();
    other.join();
  }
}
