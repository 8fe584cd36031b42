#ifndef METADATA_SERVER_HTTP_BLOCKING_POOL_H
#define METADATA_SERVER_HTTP_BLOCKING_POOL_H

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

namespace metadata::server {

/// Threads for work that waits: made when all others are busy, up to a bound; they end when there is none for a while.
/// Safe for use from many threads.
class BlockingPool {
 public:
  explicit BlockingPool(std::size_t max_threads) : max_threads_(max_threads) {}
  ~BlockingPool() { stop(); }

  /// Jobs run in the order in which they came. They must not throw.
  void submit(std::function<void()> job);
  /// Returns when all jobs are done and all threads have ended.
  void stop();

 private:
  void add_thread();
  void work(std::list<std::thread>::iterator self);

  const std::size_t max_threads_;
  std::mutex mutex_;
  std::condition_variable wake_;            // signalled when a job comes or the end
  std::deque<std::function<void()>> jobs_;  // guarded by mutex_
  std::list<std::thread> threads_;          // guarded by mutex_
  std::list<std::thread> ended_;            // guarded by mutex_; to be joined
  std::size_t idle_ = 0;                    // guarded by mutex_
  bool stopping_ = false;                   // guarded by mutex_
};

}  // namespace metadata::server

#endif  // METADATA_SERVER_HTTP_BLOCKING_POOL_H
