#include "jobs/jobs.h"

#include <algorithm>
#include <random>
#include <utility>

#include "metadata/ids.h"

namespace metadata::server {

std::string new_job_id() {
  std::random_device device;
  EntityId id;
  for (auto& byte : id.bytes) byte = static_cast<std::uint8_t>(device());
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0f) | 0x40);
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
  return id.text();
}

Jobs::~Jobs() { stop(); }

Result<Jobs::State> Jobs::add(Order order) {
  auto job = std::make_shared<Job>();
  job->state.id = order.id;
  job->state.owner = std::move(order.owner);
  job->state.about = std::move(order.about);
  job->state.status = "queued";
  job->state.total = order.total;
  job->work = std::move(order.work);
  job->held_bytes = order.held_bytes;
  const std::lock_guard lock(mutex_);
  if (stopping_) return unavailable("the server is stopping");
  if (waiting_.size() >= bounds_.waiting || held_bytes_ + order.held_bytes > bounds_.held_bytes)
    return unavailable("already " + std::to_string(waiting_.size()) + " jobs wait; try again later");
  if (note_) note_(job->state);  // what is refused is not kept, and nobody has its end before
  while (threads_.size() < bounds_.threads) threads_.emplace_back([this] { run(); });
  held_bytes_ += order.held_bytes;
  jobs_[order.id] = job;
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
    end.done = std::max(end.done, end.total);
    end.result = std::make_shared<const std::string>(*std::move(came));
  } else {
    end.status = stopping_ ? "interrupted" : job.cancelled ? "cancelled" : "failed";
    end.message = stopping_ ? "the server was stopped" : came.error().message();
  }
  return end;
}

void Jobs::finish(Job& job, State end) {
  job.work = nullptr;
  held_bytes_ -= job.held_bytes;
  job.state = std::move(end);
  result_bytes_ += job.state.result_bytes();
  ended_.push_back(job.state.id);
  // The newest one stays, whatever its size, or nobody could have it.
  while (ended_.size() > bounds_.remembered || (result_bytes_ > bounds_.result_bytes && ended_.size() > 1))
    forget_oldest();
}

void Jobs::forget_oldest() {
  const auto at = jobs_.find(ended_.front());
  result_bytes_ -= at->second->state.result_bytes();
  jobs_.erase(at);
  ended_.pop_front();
}

}  // namespace metadata::server
