#ifndef METADATA_SERVER_HTTP_KEEPER_H
#define METADATA_SERVER_HTTP_KEEPER_H

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "http/ticks.h"

namespace metadata::server {

/// A thread that looks when something is due, and sleeps without a timeout while nothing is.
class Keeper {
 public:
  /// `look` does what is due now and says when it wants to look again.
  explicit Keeper(std::function<Ticks(Ticks now)> look) : look_(std::move(look)) {}
  ~Keeper() { stop(); }

  void start();
  void stop();

  /// Something is due at this time: the look will not be later. Costs one load when a look is planned anyway.
  /// Whoever calls this has written before, to an atomic, what the look is to find.
  void look_by(Ticks when) {
    if (when < planned_.load()) wake();
  }

 private:
  void run();
  void wake();

  const std::function<Ticks(Ticks)> look_;
  std::atomic<Ticks> planned_{kNever};  // kNever during a look: what is written then may not have been seen
  std::mutex mutex_;
  std::condition_variable wake_;
  bool woken_ = false;     // guarded by mutex_
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace metadata::server

#endif  // METADATA_SERVER_HTTP_KEEPER_H
