#ifndef METADATA_LIB_STORE_SQLITE_TRANSACTION_H
#define METADATA_LIB_STORE_SQLITE_TRANSACTION_H

#include <atomic>
#include <memory>
#include <string>

#include "store/backend.h"
#include "store/forwarding_reader.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/reader.h"

namespace metadata::store::sqlite {

/// The one writing connection and what is known of its health. One thread at a time, but for `stopped`.
struct Writer {
  std::unique_ptr<Connection> connection;
  std::string store_id;
  /// Set for good when a file sync failed: the kernel may have dropped what it could not write, so nothing that this
  /// process writes from then on could be promised. Reading goes on.
  std::atomic<bool> stopped = false;
  int log_pages_tended = 0;  ///< length of the log when it was last copied into the file
};

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
