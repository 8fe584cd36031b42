#ifndef METADATA_LIB_STORE_LOG_END_H
#define METADATA_LIB_STORE_LOG_END_H

#include <atomic>
#include <functional>
#include <mutex>
#include <vector>

#include "metadata/ids.h"

namespace metadata::store {

/// Where the change log ends, and who wants to hear that it has grown. Safe for use from many threads.
///
/// Made for the writing side: while nobody has a bell set, growing costs two atomic operations.
class LogEnd {
 public:
  /// The last change that a reader of the store can see.
  Seq last() const noexcept { return last_.load(); }

  /// By the committing thread, after its COMMIT and before it tells of it.
  void grow(Seq last);

  /// Rings once when the log has grown beyond a position. Owned by whoever waits; the LogEnd must outlive it.
  class Bell {
   public:
    /// `ring` is called by writers' threads, under a lock: it must be short and must not come back here.
    Bell(LogEnd& end, std::function<void()> ring);
    Bell(const Bell&) = delete;
    Bell& operator=(const Bell&) = delete;
    ~Bell();
    /// Sets it; it rings at once when the log holds more than `beyond` already.
    void set(Seq beyond);

   private:
    friend class LogEnd;
    LogEnd& end_;
    const std::function<void()> ring_;
    bool set_ = false;  // guarded by end_.mutex_
  };

 private:
  std::atomic<Seq> last_{0};
  std::atomic<int> set_{0};  // bells that are set
  std::mutex mutex_;
  std::vector<Bell*> bells_;  // guarded by mutex_
};

}  // namespace metadata::store

#endif  // METADATA_LIB_STORE_LOG_END_H
