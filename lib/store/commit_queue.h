#ifndef METADATA_LIB_STORE_COMMIT_QUEUE_H
#define METADATA_LIB_STORE_COMMIT_QUEUE_H

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "metadata/error.h"
#include "store/backend.h"
#include "store/generations.h"
#include "store/log_end.h"

namespace metadata::store {

/// Where writers wait for their turn, first come first served.
///
/// The thread whose turn it is leads: it commits its own set and all that wait behind it in one durable transaction,
/// and wakes their threads. So many writers share one file sync, and no thread of our own is needed. Safe for use from
/// many threads.
class CommitQueue {
 public:
  /// None is owned; all must outlive the queue. `generations` and `log_end` are told of every commit.
  CommitQueue(Backend& backend, Generations& generations, LogEnd& log_end)
      : backend_(backend), generations_(generations), log_end_(log_end) {}

  /// Returns once the set is durable or refused. A refused set does not touch the others of its group; a failed COMMIT
  /// fails all. Never to be called by a thread that holds the transaction of exclusive(): it would wait for itself. A
  /// set that removed many entities is durable and seen as a whole before what hung on them is reaped, piece by piece,
  /// between the turns of other writers; commit() returns when nothing is left. What a crash left over is reaped by
  /// later writers, a piece each.
  /// Interrupted when the interrupt trips while the set waits; once it is in a group it is finished.
  Result<Applied> commit(const WriteSet& set, const Interrupt& interrupt = {});

  /// Waits for a turn like commit() and keeps it until the transaction is committed or destroyed, by whichever thread.
  /// The transaction must not outlive the queue. Interrupted when the interrupt trips before the turn comes.
  Result<std::unique_ptr<Transaction>> exclusive(const Interrupt& interrupt = {});

 private:
  class ExclusiveTransaction;
  struct Waiter;

  Result<Applied> commit_in_turn(const WriteSet& set, const Interrupt& interrupt);
  void tidy(bool all, const Interrupt& interrupt);
  Error wait_for_turn(std::unique_lock<std::mutex>& lock, Waiter& self, const Interrupt& interrupt);
  std::vector<Waiter*> take_group();
  void commit_group(const std::vector<Waiter*>& group);
  void release_turn();
  void wake_front();

  Backend& backend_;
  Generations& generations_;
  LogEnd& log_end_;
  std::mutex mutex_;
  std::deque<Waiter*> waiting_;  // guarded by mutex_; the waiters live on their threads' stacks
  bool turn_taken_ = false;      // guarded by mutex_
  // Sets that removed much, and how many of them are known to have left nothing. They differ at first, since an earlier
  // process may have left something; looking waits for the first write, so that opening a catalog never does.
  std::atomic<std::uint64_t> removals_ = 1;
  std::atomic<std::uint64_t> reaped_ = 0;
  std::atomic<int> reapers_ = 0;  ///< threads in tidy()
};

}  // namespace metadata::store

#endif  // METADATA_LIB_STORE_COMMIT_QUEUE_H
