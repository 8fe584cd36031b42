#ifndef METADATA_SERVER_HTTP_ELASTIC_QUEUE_H
#define METADATA_SERVER_HTTP_ELASTIC_QUEUE_H

#include <httplib.h>

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace metadata::server {

/// httplib's queue of connections, served by threads that are made when all others are busy, up to a bound.
///
/// A connection keeps its thread until it closes, so a fixed small pool lets a few idle clients stop the next one.
/// Safe for use from many threads. shutdown() returns when every connection has ended.
class ElasticQueue final : public httplib::TaskQueue {
 public:
  explicit ElasticQueue(std::size_t max_threads) : max_threads_(max_threads) {}

  void enqueue(std::function<void()> job) override {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
    if (idle_ < jobs_.size() && threads_.size() < max_threads_) {
      threads_.emplace_back([this] { work(); });
    }
    wake_.notify_one();
  }

  void shutdown() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    while (true) {
      ++idle_;
      wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      --idle_;
      if (jobs_.empty()) return;
      const auto job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      job();
      lock.lock();
    }
  }

  const std::size_t max_threads_;
  std::mutex mutex_;
  std::condition_variable wake_;            // signalled when a job comes or the end
  std::deque<std::function<void()>> jobs_;  // guarded by mutex_
  std::vector<std::thread> threads_;        // guarded by mutex_ until shutdown
  std::size_t idle_ = 0;                    // guarded by mutex_
  bool stopping_ = false;                   // guarded by mutex_
};

}  // namespace metadata::server

#endif  // METADATA_SERVER_HTTP_ELASTIC_QUEUE_H
