#ifndef METADATA_LIB_BASE_TIMED_MUTEX_H
#define METADATA_LIB_BASE_TIMED_MUTEX_H

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace metadata::base {

/// What std::timed_mutex is, in words that ThreadSanitizer follows: it does not know pthread_mutex_clocklock and takes
/// the unlocking that comes after it for an error. For locks that are held long, since each step takes two.
class TimedMutex {
 public:
  void lock() {
    std::unique_lock lock(mutex_);
    left_.wait(lock, [this] { return !held_; });
    held_ = true;
  }
  bool try_lock() { return try_lock_for(std::chrono::milliseconds::zero()); }
  /// False when the lock is held for all of that time.
  bool try_lock_for(std::chrono::milliseconds most) {
    std::unique_lock lock(mutex_);
    if (!left_.wait_for(lock, most, [this] { return !held_; })) return false;
    held_ = true;
    return true;
  }
  void unlock() {
    // Signalled under the lock: whoever takes it next may destroy this.
    const std::lock_guard lock(mutex_);
    held_ = false;
    left_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable left_;  // signalled when the lock is given back
  bool held_ = false;             // guarded by mutex_
};

}  // namespace metadata::base

#endif  // METADATA_LIB_BASE_TIMED_MUTEX_H
