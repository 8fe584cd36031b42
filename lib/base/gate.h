#ifndef METADATA_LIB_BASE_GATE_H
#define METADATA_LIB_BASE_GATE_H

#include <condition_variable>
#include <cstddef>
#include <mutex>

#include "metadata/error.h"

namespace metadata::base {

/// A gate that lets few through at once and few wait. Safe for use from many threads. Must outlive its passes.
class Gate {
 public:
  /// The right to be inside; given back when it dies.
  class [[nodiscard]] Pass {
   public:
    Pass() = default;  ///< of no gate
    explicit Pass(Gate& gate) : gate_(&gate) {}
    Pass(Pass&& other) noexcept : gate_(other.gate_) { other.gate_ = nullptr; }
    Pass& operator=(Pass&&) = delete;
    ~Pass() {
      if (gate_ != nullptr) gate_->leave();
    }

   private:
    Gate* gate_ = nullptr;
  };

  Gate(std::size_t inside, std::size_t waiting) : max_inside_(inside), max_waiting_(waiting) {}

  /// Waits for a place. With the queue full it is RateLimited at once.
  Result<Pass> enter();

 private:
  void leave();

  const std::size_t max_inside_;
  const std::size_t max_waiting_;
  std::mutex mutex_;
  std::condition_variable left_;  // signalled when somebody leaves
  std::size_t inside_ = 0;        // guarded by mutex_
  std::size_t waiting_ = 0;       // guarded by mutex_
};

}  // namespace metadata::base

#endif  // METADATA_LIB_BASE_GATE_H
