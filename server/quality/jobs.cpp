#include "quality/jobs.h"

#include <utility>

namespace metadata::server {
namespace {

constexpr std::size_t kThreads = 2;
constexpr std::size_t kMaxWaiting = 100;
constexpr std::size_t kMaxRemembered = 1000;

}  // namespace

Jobs::~Jobs() { stop(); }

Result<Jobs::State> Jobs::add(std::string id, std::string owner, std::size_t total, Work work) {
  auto job = std::make_shared<Job>();
  job->state.id = id;
  job->state.owner = std::move(owner);
  job->state.status = "queued";
  job->state.total = total;
  job->work = std::move(work);
  const std::lock_guard lock(mutex_);
  if (stopping_) return unavailable("the server is stopping");
  if (waiting_.size() >= kMaxWaiting)
    return unavailable("already " + std::to_string(kMaxWaiting) + " jobs wait; try again later");
  if (note_) note_(job->state);  // what is refused is not kept, and nobody has its end before
  while (threads_.size() < kThreads) threads_.emplace_back([this] { run(); });
  jobs_[id] = job;
  waiting_.push_back(job);
  changed_.notify_one();
  return job->state;
}

std::optional<Jobs::State> Jobs::find(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto at = jobs_.find(id);
  if (at == jobs_.end()) return std::nullopt;
  return at->second->state;
}

std::optional<Jobs::State> Jobs::cancel(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto at = jobs_.find(id);
  if (at == jobs_.end()) return std::nullopt;
  at->second->cancelled = true;
  return at->second->state;
}

void Jobs::stop() {
  std::vector<std::thread> threads;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const auto& [id, job] : jobs_) job->cancelled = true;
    threads.swap(threads_);
    changed_.notify_all();
  }
  for (std::thread& thread : threads) thread.join();
}

void Jobs::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const std::shared_ptr<Job> job = std::move(waiting_.front());
    waiting_.pop_front();
    const bool cancelled = job->cancelled;
    if (!cancelled) job->state.status = "running";
    lock.unlock();
    auto came = cancelled ? Result<std::string>(interrupted("cancelled"))
                          : job->work(job->cancelled, [this, &job](std::size_t done) {
                              const std::lock_guard inside(mutex_);
                              job->state.done = done;
                            });
    lock.lock();
    State end = end_of(*job, std::move(came));
    lock.unlock();
    if (note_) note_(end);  // kept before it is told
    lock.lock();
    finish(*job, std::move(end));
  }
}

Jobs::State Jobs::end_of(const Job& job, Result<std::string> came) const {
  State end = job.state;
  if (came.ok()) {
    end.status = "done";
    end.done = end.total;
    end.result = *std::move(came);
  } else {
    end.status = stopping_ ? "interrupted" : job.cancelled ? "cancelled" : "failed";
    end.message = stopping_ ? "the server was stopped" : came.error().message();
  }
  return end;
}

void Jobs::finish(Job& job, State end) {
  job.work = nullptr;
  job.state = std::move(end);
  ended_.push_back(job.state.id);
  if (ended_.size() <= kMaxRemembered) return;
  jobs_.erase(ended_.front());
  ended_.pop_front();
}

}  // namespace metadata::server
