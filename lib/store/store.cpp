#include "store/store.h"

#include <array>
#include <optional>
#include <utility>

#include "base/files.h"
#include "base/log.h"
#include "store/commit_queue.h"
#include "store/copy.h"
#include "store/reference_cache.h"
#include "store/sqlite/backend.h"

namespace metadata::store {
namespace {

constexpr const char* kMemoryPath = ":memory:";
constexpr std::array kDatabaseFiles = {"/catalog.db", "/catalog.db-wal", "/catalog.db-shm"};

/// What lies in the directory is made for its owner alone; it may have been copied there with wider rights.
void warn_of_wide_modes(const Options& options) {
  const base::Log log(options.log);
  if (const std::string said = base::widely_open(options.path); !said.empty()) log.warning(said);
  for (const char* name : kDatabaseFiles) {
    if (const std::string said = base::widely_open(options.path + name); !said.empty()) log.warning(said);
  }
}

/// That another process has the directory is a fault of the path that was given; that a disk fails is not.
Error at_path(const Error& error) { return error.code() == Code::Unavailable ? error.with_field("path") : error; }

/// Keeps writers away while this process reads. Where no lock file can be made, nobody can begin to write either.
Result<std::optional<base::FileLock>> share_lock(const std::string& directory) {
  const std::string path = directory + "/" + kLockName;
  Result<base::FileLock> lock = base::FileLock::share(path);
  if (lock.error().code() == Code::NotFound && base::make_empty_file(path) == base::Made::Done) {
    lock = base::FileLock::share(path);
  }
  if (lock.error().code() == Code::NotFound) return std::optional<base::FileLock>();
  if (!lock.ok()) return at_path(lock.error());
  return std::optional<base::FileLock>(*std::move(lock));
}

}  // namespace

/// In the order in which they need each other: the lock is let go last.
struct Store::Parts {
  Parts(std::optional<base::FileLock> held, std::unique_ptr<sqlite::SqliteBackend> opened, const Options& options)
      : lock(std::move(held)),
        backend(std::move(opened)),
        references(generations, options.reference_cache_bytes),
        queue(*backend, generations, log_end) {}

  std::optional<base::FileLock> lock;  ///< nothing for a store in RAM
  std::unique_ptr<sqlite::SqliteBackend> backend;
  Generations generations;
  ReferenceCache references;
  LogEnd log_end;
  CommitQueue queue;
};

Store::Store(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::start(std::unique_ptr<Parts> parts) {
  {
    MD_LET(reader, parts->backend->glance({}));
    MD_LET(last, reader->last_seq());
    parts->log_end.grow(last);
  }
  return std::make_unique<Store>(std::move(parts));
}

Result<std::unique_ptr<Store>> Store::open(const Options& options) {
  if (options.path.empty()) return invalid_argument("path: the directory of the catalog is not given", "path");
  if (options.path == kMemoryPath) {
    MD_LET(memory, sqlite::SqliteBackend::open_memory(options));
    return start(std::make_unique<Parts>(std::nullopt, std::move(memory), options));
  }
  warn_of_wide_modes(options);
  if (options.read_only) {
    MD_LET(shared, share_lock(options.path));
    MD_LET(frozen, sqlite::SqliteBackend::open_read_only(options.path + "/" + kDatabaseName, options));
    return start(std::make_unique<Parts>(std::move(shared), std::move(frozen), options));
  }
  MD_OK(base::make_private_directory(options.path));
  MD_OK(base::refuse_unwritable(options.path));
  Result<base::FileLock> lock = base::FileLock::acquire(options.path + "/" + kLockName);
  if (!lock.ok()) return at_path(lock.error());
  for (const char* name : kDatabaseFiles) MD_OK(base::refuse_unwritable(options.path + name));
  MD_LET(backend, sqlite::SqliteBackend::open(options.path + "/" + kDatabaseName, options));
  return start(std::make_unique<Parts>(*std::move(lock), std::move(backend), options));
}

Result<std::unique_ptr<Reader>> Store::snapshot(const Interrupt& interrupt) const {
  const auto since = parts_->generations.now();
  MD_LET(reader, parts_->backend->snapshot(interrupt));
  return parts_->references.in_front_of(std::move(reader), since);
}
Result<std::unique_ptr<Reader>> Store::glance(const Interrupt& interrupt) const {
  const auto since = parts_->generations.now();
  MD_LET(reader, parts_->backend->glance(interrupt));
  return parts_->references.in_front_of(std::move(reader), since);
}
const Generations& Store::generations() const noexcept { return parts_->generations; }
Result<Applied> Store::commit(const WriteSet& set, const Interrupt& interrupt) {
  return parts_->queue.commit(set, interrupt);
}
Result<std::unique_ptr<Transaction>> Store::exclusive(const Interrupt& interrupt) {
  return parts_->queue.exclusive(interrupt);
}
Seq Store::last_seq() const noexcept { return parts_->log_end.last(); }
LogEnd& Store::log_end() noexcept { return parts_->log_end; }
const std::string& Store::id() const noexcept { return parts_->backend->store_id(); }
Result<std::vector<Problem>> Store::check() { return parts_->backend->check(); }
Error Store::repair(const std::string& copy, std::vector<Problem>& mended) {
  return parts_->backend->repair(copy, mended);
}
Writes Store::writes() const noexcept { return parts_->backend->writes(); }
std::uint64_t Store::statements() const noexcept { return parts_->backend->statements(); }
bool Store::fresh() const noexcept { return parts_->backend->fresh(); }

}  // namespace metadata::store
