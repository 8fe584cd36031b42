#include "http/keeper.h"

#include <algorithm>
#include <chrono>

namespace metadata::server {
namespace {

// Looks are no closer together than this, however many deadlines lie side by side.
constexpr Ticks kLeastPauseMs = 20;

}  // namespace

void Keeper::start() {
  thread_ = std::thread([this] { run(); });
}

void Keeper::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Keeper::wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  wake_.notify_one();
}

void Keeper::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    woken_ = false;
    lock.unlock();
    planned_ = kNever;
    const Ticks now = ticks_now();
    const Ticks next = std::max(look_(now), now + kLeastPauseMs);
    planned_ = next;
    lock.lock();
    const auto due = [this] { return stopping_ || woken_; };
    if (next >= kNever - 1) {
      wake_.wait(lock, due);
    } else {
      wake_.wait_for(lock, std::chrono::milliseconds(std::max<Ticks>(next - ticks_now(), 1)), due);
    }
    // Many may have asked at once: the pause holds for them too.
    if (woken_ && !stopping_) {
      const Ticks pause = now + kLeastPauseMs - ticks_now();
      if (pause > 0) wake_.wait_for(lock, std::chrono::milliseconds(pause), [this] { return stopping_; });
    }
  }
}

}  // namespace metadata::server
