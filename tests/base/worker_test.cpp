#include "base/worker.h"

#include <doctest/doctest.h>
#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <future>
#include <string>
#include <thread>

using namespace metadata;
using namespace metadata::base;

namespace {

std::unique_ptr<Worker> start(Worker::Body body) {
  auto worker = Worker::start("test worker", std::move(body));
  REQUIRE(worker.ok());
  return *std::move(worker);
}

}  // namespace

TEST_CASE("a worker runs its body on a thread of its own until it is stopped") {
  std::promise<std::thread::id> started;
  std::atomic<bool> ended{false};
  const auto worker = start([&](Worker& self) {
    started.set_value(std::this_thread::get_id());
    while (self.wait()) continue;
    ended = true;
  });
  CHECK(started.get_future().get() != std::this_thread::get_id());
  CHECK_FALSE(worker->stopping());
  worker->stop();
  CHECK(ended);
  CHECK(worker->stopping());
  worker->stop();
}

TEST_CASE("a wake ends a wait, also one that begins later") {
  std::promise<void> may_wait;
  std::promise<void> woken;
  const auto worker = start([&](Worker& self) {
    may_wait.get_future().wait();
    if (self.wait()) woken.set_value();
    while (self.wait()) continue;
  });
  worker->wake();
  may_wait.set_value();
  woken.get_future().wait();
}

TEST_CASE("a wait ends when its time has passed") {
  std::promise<bool> passed;
  const auto worker = start([&](Worker& self) { passed.set_value(self.wait_for(std::chrono::milliseconds(1))); });
  CHECK(passed.get_future().get());
}

TEST_CASE("a long wait ends at once when the worker is destroyed") {
  std::atomic<bool> told{false};
  {
    const auto worker = start([&](Worker& self) { told = !self.wait_for(std::chrono::hours(1)); });
  }
  CHECK(told);
}

TEST_CASE("a body may end by itself") {
  const auto worker = start([](Worker&) {});
  worker->stop();
}

TEST_CASE("a worker receives no signals, and the starter still does") {
  std::promise<bool> blocked;
  const auto worker = start([&](Worker&) {
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    blocked.set_value(sigismember(&mask, SIGTERM) == 1);
  });
  CHECK(blocked.get_future().get());
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  CHECK(sigismember(&mask, SIGTERM) == 0);
}

#if defined(__linux__)
TEST_CASE("L17: a worker has a stack of fixed size, whatever the system gives by default") {
  pthread_attr_t before;
  REQUIRE(pthread_getattr_default_np(&before) == 0);
  pthread_attr_t small;
  REQUIRE(pthread_attr_init(&small) == 0);
  REQUIRE(pthread_attr_setstacksize(&small, 256 << 10) == 0);
  REQUIRE(pthread_setattr_default_np(&small) == 0);
  std::promise<std::size_t> size;
  const auto worker = start([&](Worker&) {
    pthread_attr_t own;
    std::size_t bytes = 0;
    if (pthread_getattr_np(pthread_self(), &own) == 0) {
      pthread_attr_getstacksize(&own, &bytes);
      pthread_attr_destroy(&own);
    }
    size.set_value(bytes);
  });
  CHECK(size.get_future().get() >= Worker::kStackBytes);
  CHECK(Worker::kStackBytes >= std::size_t{1} << 20);
  CHECK(pthread_setattr_default_np(&before) == 0);
  pthread_attr_destroy(&small);
  pthread_attr_destroy(&before);
}
#endif
