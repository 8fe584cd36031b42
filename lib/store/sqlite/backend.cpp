#include "store/sqlite/backend.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/log.h"
#include "base/streams.h"
#include "store/sqlite/check.h"
#include "store/sqlite/copy.h"
#include "store/sqlite/former_format.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/statement.h"

namespace metadata::store::sqlite {
namespace {

constexpr int kCloseWaitMs = 1'000;
constexpr std::size_t kPageBytes = 16'384;
constexpr std::size_t kMinLogPages = 64;  // 1 MiB: below it the log would be copied into the file with every commit

/// A connection of the pool; after begin() a read transaction on it, which is a stable view.
class Snapshot : public SqliteReader {
 public:
  Snapshot(Pool& pool, std::unique_ptr<Connection> connection, const std::string& store_id)
      : SqliteReader(*connection, store_id), pool_(pool), owned_(std::move(connection)) {}
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

  ~Snapshot() override {
    connection().set_interrupt({});  // the end of the transaction is not to be interrupted, nor is the next reader
    // A connection whose transaction does not end is closed by the pool, so its failure needs no telling.
    static_cast<void>(end().ok());
    pool_.give_back(std::move(owned_));
  }

  Error begin(const Interrupt& interrupt = {}) {
    connection().set_interrupt(interrupt);
    MD_OK(Statement(connection(), "BEGIN").run());
    // BEGIN alone fixes nothing: the first row read does.
    return Statement(connection(), "SELECT 1 FROM setting LIMIT 1").run();
  }

 private:
  Error end() {
    if (!connection().in_transaction()) return {};
    return Statement(connection(), "COMMIT").run();
  }

  Pool& pool_;
  std::unique_ptr<Connection> owned_;
};

Error system_failure(std::string_view verb, const std::string& path) {
  return unavailable("cannot " + std::string(verb) + " " + path + ": " + std::strerror(errno));
}

std::string folder_of(const std::string& file) {
  const std::size_t slash = file.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : file.substr(0, slash);
}

Error sync_path(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return system_failure("open", path);
  const bool synced = ::fsync(fd) == 0;
  const Error error = synced ? Error() : system_failure("sync", path);
  ::close(fd);
  return error;
}

/// An empty file that only its owner can use, whatever the umask. SQLite gives the log files beside it the same mode.
Error make_empty(const std::string& file) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return system_failure("create", file);
  const bool modest = ::fchmod(fd, 0600) == 0;
  const Error error = modest ? Error() : system_failure("set the mode of", file);
  ::close(fd);
  return error;
}

Error remove_if_there(const std::string& path) {
  if (::unlink(path.c_str()) == 0 || errno == ENOENT) return {};
  return system_failure("remove", path);
}

bool has_content(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && status.st_size > 0;
}

Result<std::string> read_store_id(Connection& connection, const std::string& file) {
  Statement id(connection, "SELECT value FROM setting WHERE name = 'store.id'");
  MD_LET(found, id.step());
  if (!found) return corrupt(file + " has lost its store id");
  return id.text(0);
}

Error make_tables(const ConnectionSetup& setup, std::span<const std::string> steps) {
  MD_LET(connection, Connection::open(setup, Role::Writer));
  // The page size is fixed by the first page, so it comes before anything else.
  MD_OK(connection->execute("PRAGMA page_size=16384"));
  return migrate(*connection, steps, setup.file);
}

/// Makes the database beside its place and then puts it there, so that a crash leaves a whole one or none, and so that
/// the file's first page always says whose it is, whatever still lies in a log.
Error make_file(ConnectionSetup setup, std::span<const std::string> steps) {
  const std::string file = setup.file;
  setup.file += ".new";
  MD_OK(remove_if_there(setup.file + "-journal"));
  MD_OK(remove_if_there(setup.file));
  MD_OK(make_empty(setup.file));
  MD_OK(make_tables(setup, steps));
  MD_OK(sync_path(setup.file));
  // A log would be taken for the new file's; whoever moved its database away may still bring it back.
  if (::access((file + "-wal").c_str(), F_OK) == 0)
    return corrupt(file + " is missing, but its log " + file + "-wal is there");
  if (::rename(setup.file.c_str(), file.c_str()) != 0) return system_failure("put in place", file);
  return sync_path(folder_of(file));
}

}  // namespace

Result<std::unique_ptr<SqliteBackend>> SqliteBackend::open(const std::string& file, const Options& options,
                                                           std::span<const std::string> steps) {
  std::unique_ptr<SqliteBackend> backend(new SqliteBackend());
  MD_OK(backend->guard());
  const ConnectionSetup setup{file, backend->disk_->name(), options.sync, &backend->statements_};
  MD_LET(state, inspect_file(file, steps.size()));
  backend->fresh_ = state != FileState::Catalog;
  if (backend->fresh_) MD_OK(make_file(setup, steps));
  MD_OK(backend->start(setup, options, steps));
  return backend;
}

Result<std::unique_ptr<SqliteBackend>> SqliteBackend::open_read_only(const std::string& file, const Options& options) {
  std::unique_ptr<SqliteBackend> backend(new SqliteBackend());
  MD_OK(backend->guard());
  MD_LET(state, inspect_file(file, schema_steps().size()));
  if (state != FileState::Catalog) return not_found("there is no catalog in " + folder_of(file));
  if (has_content(file + "-wal")) {
    return permission_denied(file + "-wal holds writes that are not in " + file +
                             " yet; open the catalog once for writing, so that they are moved there");
  }
  const ConnectionSetup setup{file, backend->disk_->name(), options.sync, &backend->statements_,
                              ConnectionSetup::File::Frozen};
  MD_OK(backend->start_reading(setup, options));
  return backend;
}

Result<std::unique_ptr<SqliteBackend>> SqliteBackend::open_memory(const Options& options) {
  std::unique_ptr<SqliteBackend> backend(new SqliteBackend());
  MD_LET(memory, MemoryVfs::make());
  backend->memory_ = std::move(memory);
  backend->fresh_ = true;
  const ConnectionSetup setup{"catalog.db", backend->memory_->name(), options.sync, &backend->statements_,
                              ConnectionSetup::File::Create};
  MD_OK(make_tables(setup, schema_steps()));
  MD_OK(backend->start(setup, options, schema_steps()));
  return backend;
}

Error SqliteBackend::guard() {
  MD_LET(disk, GuardedVfs::make());
  disk_ = std::move(disk);
  writer_.guard = disk_.get();
  return {};
}

Error SqliteBackend::start(ConnectionSetup setup, const Options& options, std::span<const std::string> steps) {
  writer_.log = base::Log(options.log);
  writer_.log_is_old = disk_ != nullptr && has_content(setup.file + "-wal");
  MD_LET(connection, Connection::open(setup, Role::Writer));
  writer_.connection = std::move(connection);
  Connection& writer = *writer_.connection;
  // The log may hold a newer format than the file's first page shows; then nothing is to be moved into the file.
  writer.keep_log_on_close(true);
  MD_LET(format, format_of(writer));
  if (static_cast<std::uint64_t>(format) <= steps.size()) {
    writer.keep_log_on_close(false);
    // A full disk keeps the catalog from being written, not from being read: then the next write tries this again.
    if (Error error = renew_log(writer_); !error.ok() && writer_.stopped()) return error;
  }
  const bool older = static_cast<std::uint64_t>(format) < steps.size();
  if (older) MD_OK(keep_former(writer, setup.file, format));
  MD_OK(migrate(writer, steps, setup.file));
  if (older) {
    forget_formers(setup.file, format);
    base::Log(options.log)
        .write(LogLevel::Warning, "the catalog was brought from format " + std::to_string(format) + " to " +
                                      std::to_string(steps.size()) + "; the former is kept as " +
                                      former_file(setup.file, format));
  }
  MD_OK(writer.execute("PRAGMA journal_mode=WAL"));
  MD_LET(id, read_store_id(writer, setup.file));
  writer_.store_id = std::move(id);
  readers_ = std::make_unique<Pool>(std::move(setup), options.read_connections);
  writer_.readers = readers_.get();
  const std::size_t pages = options.max_log_bytes / kPageBytes;
  writer_.max_log_pages = static_cast<int>(std::clamp<std::size_t>(pages, kMinLogPages, INT_MAX));
  return {};
}

Error SqliteBackend::start_reading(ConnectionSetup setup, const Options& options) {
  MD_LET(connection, Connection::open(setup, Role::Reader));
  MD_LET(format, format_of(*connection));
  if (static_cast<std::uint64_t>(format) < schema_steps().size()) {
    return permission_denied(setup.file + " has the older format " + std::to_string(format) +
                             "; open the catalog once for writing, so that it is brought to the present one");
  }
  MD_LET(id, read_store_id(*connection, setup.file));
  writer_.store_id = std::move(id);
  readers_ = std::make_unique<Pool>(std::move(setup), options.read_connections);
  return {};
}

SqliteBackend::~SqliteBackend() {
  if (readers_ == nullptr) return;  // never started: the files are to stay as they were found
  writer_.readers = nullptr;
  readers_.reset();
  if (writer_.connection == nullptr) return;
  if (writer_.stopped()) {
    writer_.connection->keep_log_on_close(true);
    return;
  }
  // A failure loses nothing: the log stays and is read by the next open().
  static_cast<void>(writer_.connection->checkpoint(Connection::Checkpoint::Truncate, kCloseWaitMs).ok());
}

Result<std::unique_ptr<Reader>> SqliteBackend::snapshot(const Interrupt& interrupt) {
  MD_OK(base::check(interrupt));
  MD_LET(connection, readers_->take(interrupt, writer_.pages_written));
  auto snapshot = std::make_unique<Snapshot>(*readers_, std::move(connection), writer_.store_id);
  MD_OK(snapshot->begin(interrupt));
  return std::unique_ptr<Reader>(std::move(snapshot));
}

Result<std::unique_ptr<Reader>> SqliteBackend::glance(const Interrupt& interrupt) {
  MD_OK(base::check(interrupt));
  MD_LET(connection, readers_->take(interrupt, writer_.pages_written));
  connection->set_interrupt(interrupt);
  return std::unique_ptr<Reader>(std::make_unique<Snapshot>(*readers_, std::move(connection), writer_.store_id));
}

Result<std::unique_ptr<Transaction>> SqliteBackend::begin() {
  if (writer_.connection == nullptr) return unavailable("this catalog is open for reading only");
  return SqliteTransaction::begin(writer_);
}

Writes SqliteBackend::writes() const noexcept {
  if (writer_.connection == nullptr) return Writes::ReadOnly;
  return writer_.stopped() ? Writes::Stopped : Writes::Open;
}

Error SqliteBackend::repair(const std::string& copy, std::vector<Problem>& mended) {
  if (writer_.connection == nullptr) return unavailable("this catalog is open for reading only");
  MD_LET(kept, base::NewFile::beside(copy));
  MD_OK(copy_pages(*writer_.connection, kept.temporary_path(), nullptr));
  MD_OK(kept.put_in_place(base::NewFile::Existing::Keep));
  return mend_rules(writer_, mended);
}

Result<std::vector<Problem>> SqliteBackend::check() {
  MD_LET(connection, readers_->take({}, writer_.pages_written));
  // The rules are proved on one state; the snapshot gives the connection back.
  Connection& view = *connection;
  Snapshot snapshot(*readers_, std::move(connection), writer_.store_id);
  MD_OK(snapshot.begin());
  return check_rules(view);
}

}  // namespace metadata::store::sqlite
