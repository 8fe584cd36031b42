#ifndef METADATA_LIB_BASE_WORKER_H
#define METADATA_LIB_BASE_WORKER_H

#include <pthread.h>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "metadata/error.h"

namespace metadata::base {

/// A thread with a name and a stop. Every background thread of the library is one.
///
/// The body runs once and loops by itself: `while (worker.wait_for(period)) work();`. It receives no signals, so
/// that the host's handlers run on the host's threads. Its stack has a fixed size, whatever the system's default is.
/// The body must not throw. wake(), stop() and stopping() are safe for use from many threads.
class Worker {
 public:
  using Body = std::function<void(Worker& self)>;

  /// Room for the deepest walk over a tree of 512 levels several times over; only what is used costs memory.
  static constexpr std::size_t kStackBytes = std::size_t{2} << 20;

  /// Starts at once. Unavailable when the system gives no thread.
  static Result<std::unique_ptr<Worker>> start(std::string name, Body body);

  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  /// As stop().
  ~Worker();

  /// Asks the body to end and returns when it has. Not to be called by the body.
  void stop();
  /// Ends a wait of the body; when it is not waiting, its next wait returns at once. Several wakes count as one.
  void wake();
  bool stopping() const;
  const std::string& name() const { return name_; }

  // For the body. All return false when it is time to end.

  /// Waits for wake() or stop().
  bool wait();
  /// Waits for wake(), stop() or the moment.
  bool wait_until(std::chrono::steady_clock::time_point moment);
  /// Waits for wake(), stop() or until the time has passed.
  bool wait_for(std::chrono::milliseconds time) { return wait_until(std::chrono::steady_clock::now() + time); }

 private:
  Worker(std::string name, Body body) : name_(std::move(name)), body_(std::move(body)) {}
  static void* run(void* self);

  const std::string name_;
  const Body body_;
  mutable std::mutex mutex_;
  std::condition_variable called_;  // signalled by wake() and stop()
  bool woken_ = false;              // guarded by mutex_
  bool stopping_ = false;           // guarded by mutex_
  std::once_flag joined_;
  std::optional<pthread_t> thread_;  // std::thread knows no stack size
};

}  // namespace metadata::base

#endif  // METADATA_LIB_BASE_WORKER_H
