#ifndef METADATA_LIB_STORE_SQLITE_BACKEND_H
#define METADATA_LIB_STORE_SQLITE_BACKEND_H

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "metadata/options.h"
#include "store/backend.h"
#include "store/sqlite/guarded_vfs.h"
#include "store/sqlite/memory_vfs.h"
#include "store/sqlite/pool.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/transaction.h"

namespace metadata::store::sqlite {

/// A store in one SQLite database: one writing connection, a pool of reading ones, a write-ahead log.
/// Threads as Backend says. Readers and transactions must not outlive it.
class SqliteBackend : public Backend {
 public:
  /// Opens the file, or makes it. The caller keeps other processes away from it.
  /// Corrupt for a file of another program or of a newer format, which stays as it is.
  /// An older one is migrated by the steps that it lacks; its copy is kept beside (former_format.h).
  static Result<std::unique_ptr<SqliteBackend>> open(const std::string& file, const Options& options,
                                                     std::span<const std::string> steps = schema_steps());
  /// Opens an existing file to be read only: nothing is written, beside it neither. PermissionDenied when it needs
  /// writing first, because a log lies beside it or its format is an older one.
  static Result<std::unique_ptr<SqliteBackend>> open_read_only(const std::string& file, const Options& options);
  /// A new empty store in RAM.
  static Result<std::unique_ptr<SqliteBackend>> open_memory(const Options& options);
  SqliteBackend(const SqliteBackend&) = delete;
  SqliteBackend& operator=(const SqliteBackend&) = delete;
  /// Moves the log into the file.
  ~SqliteBackend() override;

  Result<std::unique_ptr<Reader>> snapshot(const Interrupt& interrupt) override;
  Result<std::unique_ptr<Reader>> glance(const Interrupt& interrupt) override;
  Result<std::unique_ptr<Transaction>> begin() override;
  Result<std::vector<Problem>> check() override;
  Error repair(const std::string& copy, std::vector<Problem>& mended) override;
  Writes writes() const noexcept override;
  std::uint64_t statements() const noexcept override { return statements_; }
  const std::string& store_id() const noexcept { return writer_.store_id; }
  /// Was the store made by open()?
  bool fresh() const noexcept { return fresh_; }

 private:
  SqliteBackend() = default;
  Error guard();
  Error start(ConnectionSetup setup, const Options& options, std::span<const std::string> steps);
  Error start_reading(ConnectionSetup setup, const Options& options);

  std::atomic<std::uint64_t> statements_ = 0;
  // One of the two; must go after the connections.
  std::unique_ptr<MemoryVfs> memory_;
  std::unique_ptr<GuardedVfs> disk_;
  Writer writer_;
  std::unique_ptr<Pool> readers_;
  bool fresh_ = false;
};

}  // namespace metadata::store::sqlite

#endif  // METADATA_LIB_STORE_SQLITE_BACKEND_H
