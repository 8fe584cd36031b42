#include "store/log_end.h"

#include <utility>

namespace metadata::store {

void LogEnd::grow(Seq last) {
  if (last <= last_.load(std::memory_order_relaxed)) return;
  // Both sides write their own and then read the other's, in one order for all threads: one of them sees the other.
  last_.store(last);
  if (set_.load() == 0) return;
  const std::lock_guard lock(mutex_);
  for (Bell* bell : bells_) {
    if (!std::exchange(bell->set_, false)) continue;
    --set_;
    bell->ring_();
  }
}

LogEnd::Bell::Bell(LogEnd& end, std::function<void()> ring) : end_(end), ring_(std::move(ring)) {
  const std::lock_guard lock(end_.mutex_);
  end_.bells_.push_back(this);
}

LogEnd::Bell::~Bell() {
  const std::lock_guard lock(end_.mutex_);
  if (set_) --end_.set_;
  std::erase(end_.bells_, this);
}

void LogEnd::Bell::set(Seq beyond) {
  const std::lock_guard lock(end_.mutex_);
  if (!std::exchange(set_, true)) ++end_.set_;
  if (end_.last() <= beyond) return;
  set_ = false;
  --end_.set_;
  ring_();
}

}  // namespace metadata::store
