#include "store/commit_queue.h"

#include <algorithm>
#include <condition_variable>
#include <optional>
#include <utility>

#include "base/interrupt.h"
#include "store/forwarding_reader.h"

namespace metadata::store {
namespace {

// Bounds what one leader does for others, and what one failed COMMIT takes with it.
constexpr std::size_t kMaxGroup = 256;
// Rows of each table that are reaped in one turn: some milliseconds, for which another writer may have to wait.
constexpr std::size_t kReapedInTurn = 512;

}  // namespace

/// A thread in the queue. Guarded by the queue's mutex, but for `set` and, while its group is committed, `outcome`.
struct CommitQueue::Waiter {
  const WriteSet* set = nullptr;  ///< null: wants the turn alone
  std::optional<Result<Applied>> outcome;
  bool done = false;
  std::condition_variable moved;  ///< signalled when done, or when at the front of a free queue
};

/// The turn, kept for as long as the transaction lasts.
class CommitQueue::ExclusiveTransaction : public ForwardingReader<Transaction> {
 public:
  ExclusiveTransaction(CommitQueue& queue, std::unique_ptr<Transaction> inner)
      : ForwardingReader(inner.get()), queue_(queue), inner_(std::move(inner)) {}
  ExclusiveTransaction(const ExclusiveTransaction&) = delete;
  ExclusiveTransaction& operator=(const ExclusiveTransaction&) = delete;
  ~ExclusiveTransaction() override { end(); }

  Result<Applied> apply(const WriteSet& set) override {
    if (!inner_) return internal_error("a write set was applied after the transaction's end");
    Result<Applied> applied = inner_->apply(set);
    leftovers_ = leftovers_ || (applied.ok() && applied->leftovers);
    if (!applied.ok()) return applied;
    changed_.writes(set);
    last_ = std::max(last_, applied->seq);
    return applied;
  }

  Error commit() override {
    if (!inner_) return internal_error("a transaction was committed after its end");
    const Error error = [&] {
      const Generations::Change change(queue_.generations_, changed_);
      return inner_->commit();
    }();
    if (error.ok()) queue_.log_end_.grow(last_);
    end();
    if (error.ok()) queue_.tidy(leftovers_, {});
    return error;
  }

 private:
  void end() {
    if (!inner_) return;
    detach();
    inner_.reset();  // rolls back what was not committed, before the next writer begins
    queue_.release_turn();
  }

  CommitQueue& queue_;
  std::unique_ptr<Transaction> inner_;  // null once ended
  bool leftovers_ = false;
  Footprint changed_;  // by what was applied
  Seq last_ = 0;       // of what was applied
};

Result<Applied> CommitQueue::commit(const WriteSet& set, const Interrupt& interrupt) {
  Result<Applied> applied = commit_in_turn(set, interrupt);
  if (applied.ok()) tidy(applied->leftovers, interrupt);
  return applied;
}

/// Reaps what removed entities left: all of it, or one piece when it is somebody else's.
void CommitQueue::tidy(bool all, const Interrupt& interrupt) {
  if (all) ++removals_;
  if (!all && (removals_ == reaped_ || reapers_ > 0)) return;
  ++reapers_;
  const WriteSet piece{{}, {Reap{kReapedInTurn}}};
  bool left = true;
  do {
    const std::uint64_t removals = removals_;
    const Result<Applied> applied = commit_in_turn(piece, interrupt);
    // What the caller wrote is safe. A piece that fails (a full disk, no time left) is left to a later writer.
    if (!applied.ok()) break;
    left = applied->leftovers;
    if (!left) reaped_ = removals;
  } while (all && left);
  --reapers_;
}

Result<Applied> CommitQueue::commit_in_turn(const WriteSet& set, const Interrupt& interrupt) {
  Waiter self;
  self.set = &set;
  std::unique_lock lock(mutex_);
  MD_OK(wait_for_turn(lock, self, interrupt));
  if (self.done) return *std::move(self.outcome);

  const std::vector<Waiter*> group = take_group();
  lock.unlock();
  commit_group(group);
  lock.lock();
  turn_taken_ = false;
  for (Waiter* member : group) {
    member->done = true;
    // Under the lock: a waiter's condition dies with its stack frame as soon as it may see `done`.
    if (member != &self) member->moved.notify_one();
  }
  wake_front();
  return *std::move(self.outcome);
}

Result<std::unique_ptr<Transaction>> CommitQueue::exclusive(const Interrupt& interrupt) {
  Waiter self;
  {
    std::unique_lock lock(mutex_);
    MD_OK(wait_for_turn(lock, self, interrupt));
    waiting_.pop_front();
    turn_taken_ = true;
  }
  Result<std::unique_ptr<Transaction>> inner = backend_.begin();
  if (!inner.ok()) {
    release_turn();
    return inner.error();
  }
  return std::unique_ptr<Transaction>(std::make_unique<ExclusiveTransaction>(*this, *std::move(inner)));
}

/// Ok when a leader has done our work, or when we stand at the front and nobody has the turn.
/// Interrupted: the queue has forgotten us.
Error CommitQueue::wait_for_turn(std::unique_lock<std::mutex>& lock, Waiter& self, const Interrupt& interrupt) {
  MD_OK(base::check(interrupt));
  waiting_.push_back(&self);
  const auto ready = [&] { return self.done || (!turn_taken_ && !waiting_.empty() && waiting_.front() == &self); };
  if (base::wait(self.moved, lock, interrupt, ready)) return {};
  const auto place = std::find(waiting_.begin(), waiting_.end(), &self);
  if (place == waiting_.end()) {
    // A leader has taken our set: it is being committed, and only the outcome is true.
    self.moved.wait(lock, ready);
    return {};
  }
  waiting_.erase(place);
  if (!turn_taken_) wake_front();  // the turn that was signalled to us is the next one's
  return base::why(interrupt);
}

/// Takes the turn for the sets at the front of the queue, up to the first thread that wants it alone.
std::vector<CommitQueue::Waiter*> CommitQueue::take_group() {
  turn_taken_ = true;
  std::vector<Waiter*> group;
  while (!waiting_.empty() && waiting_.front()->set != nullptr && group.size() < kMaxGroup) {
    group.push_back(waiting_.front());
    waiting_.pop_front();
  }
  return group;
}

/// Gives every member its outcome. Runs without the lock; the members sleep until they are marked done.
void CommitQueue::commit_group(const std::vector<Waiter*>& group) {
  const auto fail_rest = [&](const Error& error) {
    for (Waiter* member : group) {
      if (!member->outcome || member->outcome->ok()) member->outcome = error;
    }
  };
  Result<std::unique_ptr<Transaction>> transaction = backend_.begin();
  if (!transaction.ok()) return fail_rest(transaction.error());
  bool any = false;
  Seq last = 0;
  Footprint changed;
  for (Waiter* member : group) {
    member->outcome = (*transaction)->apply(*member->set);
    if (!member->outcome->ok()) continue;
    any = true;
    last = std::max(last, (*member->outcome)->seq);
    changed.writes(*member->set);
  }
  if (!any) return;  // destroyed uncommitted: there is nothing to make durable
  const Generations::Change change(generations_, changed);
  if (Error error = (*transaction)->commit(); !error.ok()) return fail_rest(error);
  log_end_.grow(last);
}

void CommitQueue::release_turn() {
  const std::lock_guard lock(mutex_);
  turn_taken_ = false;
  wake_front();
}

void CommitQueue::wake_front() {
  if (!waiting_.empty()) waiting_.front()->moved.notify_one();
}

}  // namespace metadata::store
