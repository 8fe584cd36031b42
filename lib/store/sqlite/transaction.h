#ifndef METADATA_LIB_STORE_SQLITE_TRANSACTION_H
#define METADATA_LIB_STORE_SQLITE_TRANSACTION_H

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "base/log.h"
#include "store/backend.h"
#include "store/forwarding_reader.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/guarded_vfs.h"
#include "store/sqlite/pool.h"
#include "store/sqlite/reader.h"

namespace metadata::store::sqlite {

/// The one writing connection and what is known of its health. One thread at a time, but for stopped().
struct Writer {
  std::unique_ptr<Connection> connection;  ///< null for a store that is only read
  std::string store_id;
  const GuardedVfs* guard = nullptr;  ///< not owned; null in RAM, where no sync fails
  base::Log log;
  /// Set for good when a failed write could not be taken back.
  std::atomic<bool> muddled = false;
  bool stop_was_logged = false;
  Pool* readers = nullptr;                       ///< not owned; null as long as nobody can read
  int max_log_pages = 0;                         ///< Options::max_log_bytes
  std::atomic<std::uint64_t> pages_written = 0;  ///< to the log, since the start
  int log_pages = 0;                             ///< length of the log after the last commit
  int log_pages_tended = 0;                      ///< length of the log when it was last copied into the file
  /// The log was found at the opening: it may hold what an earlier process wrote and could not sync. Nothing may be
  /// appended to it before all of it is in the file, or what is acknowledged later could be lost with it.
  bool log_is_old = false;

  /// For good: after a failed sync, or a failed write that could not be taken back. Reading goes on.
  bool stopped() const noexcept { return muddled || (guard != nullptr && guard->sync_failed()); }
};

/// Moves all of a log that was found at the opening into the file and begins a new one. Unavailable when that cannot
/// be done now.
Error renew_log(Writer& writer);

/// One BEGIN IMMEDIATE … COMMIT on the writing connection, with a savepoint for each set.
/// One at a time; the writer is not owned and must outlive it. Not thread-safe.
class SqliteTransaction : public ForwardingReader<Transaction> {
 public:
  static Result<std::unique_ptr<Transaction>> begin(Writer& writer);
  SqliteTransaction(const SqliteTransaction&) = delete;
  SqliteTransaction& operator=(const SqliteTransaction&) = delete;
  ~SqliteTransaction() override;

  Result<Applied> apply(const WriteSet& set) override;
  Error commit() override;

 private:
  explicit SqliteTransaction(Writer& writer);
  Result<Applied> apply_inside(const WriteSet& set);
  Error undo_set();
  Error roll_back();

  Writer& writer_;
  Connection& connection_;
  SqliteReader reader_;
  Error broken_;  // why the transaction cannot be committed any more
  bool open_ = true;
};

}  // namespace metadata::store::sqlite

#endif  // METADATA_LIB_STORE_SQLITE_TRANSACTION_H
