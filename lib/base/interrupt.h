#ifndef METADATA_LIB_BASE_INTERRUPT_H
#define METADATA_LIB_BASE_INTERRUPT_H

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "metadata/error.h"
#include "metadata/options.h"

namespace metadata::base {

/// Can it trip at all?
inline bool can_trip(const Interrupt& interrupt) noexcept {
  return interrupt.gone != nullptr || interrupt.deadline != std::chrono::steady_clock::time_point::max();
}

/// Has it tripped? A look costs some tens of nanoseconds, so long loops may ask at every step.
bool has_tripped(const Interrupt& interrupt) noexcept;

/// Interrupted, with what tripped it.
Error why(const Interrupt& interrupt);
/// Ok, or why().
inline Error check(const Interrupt& interrupt) { return has_tripped(interrupt) ? why(interrupt) : Error(); }

/// Waits until `ready()`; false when the interrupt trips before. `changed` is signalled when ready() may have changed.
/// What is ready is taken even by a call that is late, so that no signal is lost on it.
template <class Ready>
bool wait(std::condition_variable& changed, std::unique_lock<std::mutex>& lock, const Interrupt& interrupt,
          Ready ready) {
  if (!can_trip(interrupt)) {
    changed.wait(lock, ready);
    return true;
  }
  // Nobody signals `changed` when a client goes, so that is looked at now and then.
  constexpr std::chrono::milliseconds kLook{20};
  while (!ready()) {
    if (has_tripped(interrupt)) return false;
    const auto look_at = std::chrono::steady_clock::now() + kLook;
    changed.wait_until(lock, interrupt.gone == nullptr ? interrupt.deadline : std::min(interrupt.deadline, look_at));
  }
  return true;
}

}  // namespace metadata::base

#endif  // METADATA_LIB_BASE_INTERRUPT_H
