#include "http/blocking_pool.h"

#include <chrono>
#include <system_error>
#include <utility>

namespace metadata::server {
namespace {

constexpr std::chrono::seconds kIdle{10};

}  // namespace

void BlockingPool::submit(std::function<void()> job) {
  std::list<std::thread> ended;
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
    if (idle_ < jobs_.size() && threads_.size() < max_threads_) {
      add_thread();
    }
    ended.swap(ended_);
  }
  wake_.notify_one();
  for (std::thread& thread : ended) thread.join();
}

// The system may have no thread left: then those that are there do the work, and without any it waits for the next try.
void BlockingPool::add_thread() {
  const auto self = threads_.emplace(threads_.end());
  try {
    *self = std::thread([this, self] { work(self); });
  } catch (const std::system_error&) {
    threads_.erase(self);
  }
}

void BlockingPool::stop() {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  wake_.notify_all();
  while (!threads_.empty() || !ended_.empty()) {
    // A thread leaves threads_ by itself, so the list is not walked while it is unlocked.
    if (ended_.empty()) {
      wake_.wait(lock);
      continue;
    }
    std::list<std::thread> ended;
    ended.swap(ended_);
    lock.unlock();
    for (std::thread& thread : ended) thread.join();
    lock.lock();
  }
}

void BlockingPool::work(std::list<std::thread>::iterator self) {
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_;
    wake_.wait_for(lock, kIdle, [this] { return stopping_ || !jobs_.empty(); });
    --idle_;
    if (jobs_.empty()) break;
    const auto job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job();
    lock.lock();
  }
  ended_.splice(ended_.end(), threads_, self);
  wake_.notify_all();
}

}  // namespace metadata::server
