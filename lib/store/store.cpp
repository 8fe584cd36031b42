#include "store/store.h"

#include <optional>
#include <utility>

#include "base/files.h"
#include "store/commit_queue.h"
#include "store/copy.h"
#include "store/sqlite/backend.h"

namespace metadata::store {
namespace {

constexpr const char* kMemoryPath = ":memory:";

}  // namespace

/// In the order in which they need each other: the lock is let go last.
struct Store::Parts {
  Parts(std::optional<base::FileLock> held, std::unique_ptr<sqlite::SqliteBackend> opened)
      : lock(std::move(held)), backend(std::move(opened)), queue(*backend) {}

  std::optional<base::FileLock> lock;  ///< nothing for a store in RAM
  std::unique_ptr<sqlite::SqliteBackend> backend;
  CommitQueue queue;
};

Store::Store(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::open(const Options& options) {
  if (options.path.empty()) return invalid_argument("path: the directory of the catalog is not given", "path");
  if (options.path == kMemoryPath) {
    MD_LET(memory, sqlite::SqliteBackend::open_memory(options));
    return std::make_unique<Store>(std::make_unique<Parts>(std::nullopt, std::move(memory)));
  }
  MD_OK(base::make_private_directory(options.path));
  MD_LET(lock, base::FileLock::acquire(options.path + "/" + kLockName));
  MD_LET(backend, sqlite::SqliteBackend::open(options.path + "/" + kDatabaseName, options));
  return std::make_unique<Store>(std::make_unique<Parts>(std::move(lock), std::move(backend)));
}

Result<std::unique_ptr<Reader>> Store::snapshot(const Interrupt& interrupt) const {
  return parts_->backend->snapshot(interrupt);
}
Result<Applied> Store::commit(const WriteSet& set, const Interrupt& interrupt) {
  return parts_->queue.commit(set, interrupt);
}
Result<std::unique_ptr<Transaction>> Store::exclusive(const Interrupt& interrupt) {
  return parts_->queue.exclusive(interrupt);
}
Result<std::vector<Problem>> Store::check() { return parts_->backend->check(); }
std::uint64_t Store::statements() const noexcept { return parts_->backend->statements(); }
bool Store::fresh() const noexcept { return parts_->backend->fresh(); }

}  // namespace metadata::store
