#include "store/sqlite/transaction.h"

#include <algorithm>
#include <utility>

#include "store/sqlite/operations.h"
#include "store/sqlite/statement.h"

namespace metadata::store::sqlite {
namespace {

// In pages of 16 KiB. Above the first the log is copied into the file after a commit, and again each time it grew by
// kTendEvery; above the second the writer also waits a moment for readers that keep the log from starting over, so that
// no stream of readers can make it grow without end.
constexpr int kCheckpointPages = 1024;
constexpr int kRestartPages = 4096;
constexpr int kTendEvery = 512;
constexpr int kRestartWaitMs = 50;

constexpr int kRenewWaitMs = 1'000;

Error stopped_error() {
  return unavailable(
      "writing has stopped because the disk failed to store an earlier write; it can begin again after a restart");
}

bool removes(const Operation& operation) {
  return std::holds_alternative<DeleteRange>(operation) || std::holds_alternative<DeleteEntity>(operation) ||
         std::holds_alternative<Reap>(operation);
}

/// Says once, to whoever runs this, that nothing is written any more.
void log_stop(Writer& writer) {
  if (!writer.stopped() || std::exchange(writer.stop_was_logged, true)) return;
  writer.log.error(writer.muddled
                       ? "writing has stopped: a failed write could not be taken back; restart this process"
                       : "writing has stopped: the disk failed to sync a file; look at the disk, then restart this "
                         "process");
}

/// Counts what the last commit added to the log.
void count_pages(Writer& writer) {
  const int pages = writer.connection->wal_pages();
  writer.pages_written += static_cast<std::uint64_t>(pages >= writer.log_pages ? pages - writer.log_pages : pages);
  writer.log_pages = pages;
}

/// Ends readers that saw the log grow by a quarter of what it may: as long as they read, it cannot start over. Past
/// three quarters all are ended, for many that follow one another hold it as one does.
void end_long_readers(Writer& writer) {
  const int most = writer.max_log_pages;
  const std::uint64_t patience = writer.log_pages < most / 4 * 3 ? static_cast<std::uint64_t>(most / 4) : 0;
  const std::uint64_t written = writer.pages_written;
  if (writer.readers != nullptr && written > patience) writer.readers->end_readers(written - patience);
}

/// Keeps the log short. What was committed is safe whatever becomes of this; only a failed sync matters.
void tend_log(Writer& writer) {
  Connection& connection = *writer.connection;
  count_pages(writer);
  const int half = writer.max_log_pages / 2;
  const int pages = connection.wal_pages();
  if (pages < writer.log_pages_tended) writer.log_pages_tended = 0;
  if (pages < std::min(kCheckpointPages, half)) return;
  // Past the half every commit looks whether the log can start over, but only now and then waits for it.
  const bool due = pages - writer.log_pages_tended >= std::min(kTendEvery, half / 8);
  if (!due && pages < half) return;
  if (due) writer.log_pages_tended = pages;
  if (pages >= half) end_long_readers(writer);
  const bool restart = pages >= std::min(kRestartPages, half);
  const auto done = connection.checkpoint(restart ? Connection::Checkpoint::Restart : Connection::Checkpoint::Passive,
                                          due ? kRestartWaitMs : 0);
  // No loss: the log still has everything. After a full disk the next commit tries again; a failed sync stops writing.
  if (!done.ok()) log_stop(writer);
}

}  // namespace

Error renew_log(Writer& writer) {
  if (!writer.log_is_old) return {};
  // With no reader of the old log left, it is cut to nothing, and the next write begins a new one.
  const auto done = writer.connection->checkpoint(Connection::Checkpoint::Truncate, kRenewWaitMs);
  if (!done.ok()) log_stop(writer);
  MD_OK(done.error());
  if (!*done) return unavailable("the store is being recovered, and readers hold that up; try again");
  writer.log_is_old = false;
  return {};
}

Result<std::unique_ptr<Transaction>> SqliteTransaction::begin(Writer& writer) {
  if (writer.stopped()) return stopped_error();
  MD_OK(renew_log(writer));
  MD_OK(Statement(*writer.connection, "BEGIN IMMEDIATE").run());
  return std::unique_ptr<Transaction>(new SqliteTransaction(writer));
}

SqliteTransaction::SqliteTransaction(Writer& writer)
    : ForwardingReader(&reader_),
      writer_(writer),
      connection_(*writer.connection),
      reader_(connection_, writer.store_id) {}

SqliteTransaction::~SqliteTransaction() {
  if (!open_) return;
  // Nothing to tell anybody: a rollback that fails leaves a connection that refuses the next BEGIN, and that is told.
  if (const Error error = roll_back(); !error.ok()) writer_.muddled = true;
  log_stop(writer_);
}

Result<Applied> SqliteTransaction::apply(const WriteSet& set) {
  if (!open_) return internal_error("a write set was applied after the transaction's end");
  if (!broken_.ok()) return broken_;
  if (Error error = Statement(connection_, "SAVEPOINT one_set").run(); !error.ok()) {
    broken_ = error;
    return error;
  }
  Result<Applied> applied = apply_inside(set);
  if (!applied.ok()) {
    MD_OK(undo_set());
    return applied;
  }
  if (Error error = Statement(connection_, "RELEASE one_set").run(); !error.ok()) {
    broken_ = error;
    return error;
  }
  return applied;
}

Result<Applied> SqliteTransaction::apply_inside(const WriteSet& set) {
  for (const Precondition& precondition : set.preconditions) MD_OK(check(connection_, precondition));
  Applied applied;
  bool removed = false;
  for (const Operation& operation : set.operations) {
    MD_LET(seq, perform(connection_, operation));
    if (seq != 0) applied.seq = seq;
    if (removes(operation)) removed = true;
  }
  if (removed) {
    MD_LET(left, has_leftovers(connection_));
    applied.leftovers = left;
  }
  return applied;
}

/// Takes the failed set back. When SQLite took back more than that (a full disk ends the whole transaction), all sets
/// are lost.
Error SqliteTransaction::undo_set() {
  if (!connection_.in_transaction()) {
    broken_ = unavailable("the transaction was given up because an earlier write in it failed");
    return {};
  }
  Error error = Statement(connection_, "ROLLBACK TO one_set").run();
  if (error.ok()) error = Statement(connection_, "RELEASE one_set").run();
  broken_ = error;
  return error;
}

// What fails before the sync leaves the file with no whole transaction, so writing may go on once it is taken back: the
// next one is written over it. What fails in the sync closes the file layer for good.
Error SqliteTransaction::commit() {
  if (!open_) return internal_error("a transaction was committed after its end");
  Error error = broken_;
  if (error.ok() && writer_.stopped()) error = stopped_error();
  if (error.ok()) error = Statement(connection_, "COMMIT").run();
  if (error.ok()) {
    open_ = false;
    detach();
    tend_log(writer_);
    return {};
  }
  if (const Error undone = roll_back(); !undone.ok()) writer_.muddled = true;
  log_stop(writer_);
  return writer_.stopped() ? stopped_error() : error;
}

Error SqliteTransaction::roll_back() {
  open_ = false;
  detach();
  if (!connection_.in_transaction()) return {};
  return Statement(connection_, "ROLLBACK").run();
}

}  // namespace metadata::store::sqlite
