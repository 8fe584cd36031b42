#ifndef METADATA_LIB_STORE_SQLITE_POOL_H
#define METADATA_LIB_STORE_SQLITE_POOL_H

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "metadata/error.h"
#include "store/sqlite/connection.h"

namespace metadata::store::sqlite {

/// A bounded number of reading connections, opened when they are first needed. Safe for use from many threads.
class Pool {
 public:
  Pool(ConnectionSetup setup, std::size_t size) : setup_(std::move(setup)), size_(size == 0 ? 1 : size) {}

  /// A connection for the caller alone; waits while all are in use, or until the interrupt trips. `moment` is any
  /// measure that only grows; see end_readers().
  Result<std::unique_ptr<Connection>> take(const Interrupt& interrupt = {}, std::uint64_t moment = 0);
  /// Gives a connection of take() back. One that is still in a transaction is closed instead.
  void give_back(std::unique_ptr<Connection> connection);
  /// Ends the reading of all that were taken at or before this moment. Waits for nobody.
  void end_readers(std::uint64_t moment);

 private:
  const ConnectionSetup setup_;
  const std::size_t size_;
  std::mutex mutex_;
  std::condition_variable returned_;                      // signalled when a connection came back or was closed
  std::vector<std::unique_ptr<Connection>> idle_;         // guarded by mutex_
  std::size_t in_use_ = 0;                                // guarded by mutex_
  std::unordered_map<Connection*, std::uint64_t> taken_;  // when each was; guarded by mutex_
};

}  // namespace metadata::store::sqlite

#endif  // METADATA_LIB_STORE_SQLITE_POOL_H
