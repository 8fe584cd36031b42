#include "base/interrupt.h"

#include <atomic>

namespace metadata::base {
namespace {

bool is_gone(const Interrupt& interrupt) noexcept {
  return interrupt.gone != nullptr && interrupt.gone->load(std::memory_order_relaxed);
}

bool is_late(const Interrupt& interrupt) noexcept {
  return interrupt.deadline != std::chrono::steady_clock::time_point::max() &&
         std::chrono::steady_clock::now() >= interrupt.deadline;
}

}  // namespace

bool has_tripped(const Interrupt& interrupt) noexcept { return is_gone(interrupt) || is_late(interrupt); }

Error why(const Interrupt& interrupt) {
  return interrupted(is_gone(interrupt) ? "nobody waits for the result of the call any more"
                                        : "the call's deadline has passed");
}

}  // namespace metadata::base
