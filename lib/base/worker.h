#ifndef METADATA_LIB_BASE_WORKER_H
#define METADATA_LIB_BASE_WORKER_H

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "metadata/error.h"

namespace metadata::base {

/// A thread with a name and a stop. Every background thread of the library is one.
///
/// The body runs once and loops by itself: `while (worker.wait_for(period)) work();`. It receives no signals, so
/// that the host's handlers run on the host's threads. The body must not throw. wake(), stop() and stopping() are
/// safe for use from many threads.
class Worker {
 public:
  using Body = std::function<void(Worker& self)>;

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
  explicit Worker(std::string name) : name_(std::move(name)) {}
  void run(const Body& body);

  const std::string name_;
  mutable std::mutex mutex_;
  std::condition_variable called_;  // signalled by wake() and stop()
  bool woken_ = false;              // guarded by mutex_
  bool stopping_ = false;           // guarded by mutex_
  std::once_flag joined_;
  std::thread thread_;
};

}  // namespace metadata::base

#endif  // METADATA_LIB_BASE_WORKER_H
