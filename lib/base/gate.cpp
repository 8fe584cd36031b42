#include "base/gate.h"

namespace metadata::base {

Result<Gate::Pass> Gate::enter() {
  std::unique_lock lock(mutex_);
  if (inside_ >= max_inside_) {
    if (waiting_ >= max_waiting_) return Error(Code::RateLimited, "too many requests of this kind are waiting");
    ++waiting_;
    left_.wait(lock, [this] { return inside_ < max_inside_; });
    --waiting_;
  }
  ++inside_;
  return Result<Pass>(Pass(*this));
}

void Gate::leave() {
  {
    const std::lock_guard lock(mutex_);
    --inside_;
  }
  left_.notify_one();
}

}  // namespace metadata::base
