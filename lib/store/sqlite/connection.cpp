#include "store/sqlite/connection.h"

#include <utility>

#include <sqlite3.h>

#include "base/interrupt.h"
#include "store/sqlite/numbers.h"
#include "store/sqlite/row_condition.h"

namespace metadata::store::sqlite {
namespace {

constexpr int kBusyTimeoutMs = 10'000;  // readers meet a lock only while the log is recovered or restarted
constexpr int kReaderCacheKiB = 8 * 1024;
constexpr int kWriterCacheKiB = 16 * 1024;
constexpr std::int64_t kLogKeptBytes = std::int64_t{64} << 20;  // the log file is cut to this when it starts over

// About a tenth of a millisecond of work: the look itself is not seen beside it.
constexpr int kStepsBetweenLooks = 4000;

// The program's own texts are some two hundred; those of conditions follow from policies, of which there is no end.
constexpr std::size_t kMaxPrepared = 1000;

/// The path as SQLite's URI form takes it.
std::string file_uri(const std::string& file) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  // Two slashes in front would make the path's first part a host.
  std::string uri = file.starts_with('/') ? "file:" : "file:./";
  for (const char c : file) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
                       c == '.' || c == '-' || c == '_';
    if (plain) {
      uri.push_back(c);
    } else {
      uri.append({'%', kHex[byte >> 4], kHex[byte & 15]});
    }
  }
  return uri;
}

bool mentions(std::string_view text, std::string_view word) { return text.find(word) != std::string_view::npos; }

/// The URI of a file that does not change: SQLite then takes no locks on it and looks for no log.
std::string still_uri(const std::string& file) { return file_uri(file) + "?immutable=1"; }

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(const ConnectionSetup& setup, Role role) {
  sqlite3* handle = nullptr;
  using File = ConnectionSetup::File;
  const bool frozen = setup.how == File::Frozen;
  // NOMUTEX: a connection is in one thread's hands at a time, so SQLite's own lock would only cost.
  const int flags = SQLITE_OPEN_NOMUTEX | (frozen ? SQLITE_OPEN_READONLY | SQLITE_OPEN_URI : SQLITE_OPEN_READWRITE) |
                    (setup.how == File::Create ? SQLITE_OPEN_CREATE : 0);
  const std::string name = frozen ? still_uri(setup.file) : setup.file;
  const int code = sqlite3_open_v2(name.c_str(), &handle, flags, setup.vfs.empty() ? nullptr : setup.vfs.c_str());
  if (handle == nullptr) return internal_error("no memory for a database connection");
  std::unique_ptr<Connection> connection(new Connection(handle, setup.statements));
  // Readers are opened while requests wait: what they are told names no path.
  const bool writer = role == Role::Writer;
  if (code != SQLITE_OK) return connection->error(code, writer ? "cannot open " + setup.file : "cannot open the store");
  // SQLite falls back to reading when it may not write, and would say so only at the first write.
  if (writer && sqlite3_db_readonly(handle, "main") == 1) {
    return permission_denied("cannot write " + setup.file + ": no permission, or the file system is read-only");
  }
  MD_OK(connection->configure(setup, role));
  return connection;
}

Result<std::unique_ptr<Connection>> Connection::observe(const std::string& file, Use use) {
  sqlite3* handle = nullptr;
  const std::string uri = use == Use::Still ? still_uri(file) : file_uri(file);
  constexpr int kFlags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI;
  const int code = sqlite3_open_v2(uri.c_str(), &handle, kFlags, nullptr);
  if (handle == nullptr) return internal_error("no memory for a database connection");
  std::unique_ptr<Connection> connection(new Connection(handle, nullptr));
  if (code != SQLITE_OK) return connection->error(code, "cannot open " + file);
  connection->keep_log_on_close(true);
  // The first statement reads the file's head.
  const Error failed = connection->configure({file, {}, {}, nullptr}, Role::Reader);
  if (failed.code() == Code::Corrupt) return corrupt(file + " is not the database of a catalog");
  MD_OK(failed);
  return connection;
}

Connection::~Connection() {
  for (const auto& [sql, statement] : prepared_) sqlite3_finalize(statement);
  sqlite3_close(handle_);
}

Error Connection::configure(const ConnectionSetup& setup, Role role) {
  sqlite3_extended_result_codes(handle_, 1);
  sqlite3_busy_timeout(handle_, kBusyTimeoutMs);
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  if (const int code = add_numbers_table(handle_); code != SQLITE_OK) return error(code, "cannot open the store");
  if (const int code = add_functions(handle_); code != SQLITE_OK) return error(code, "cannot add a function");
  const bool writer = role == Role::Writer;
  std::string script =
      "PRAGMA trusted_schema=OFF;"
      "PRAGMA cell_size_check=ON;"
      "PRAGMA mmap_size=0;"        // a failing disk would be a signal instead of an error
      "PRAGMA temp_store=MEMORY;"  // nothing of ours lies in a shared temporary directory
      // The store itself takes away what hangs on a removed entity, in pieces of bounded size (reap.cpp); a cascade
      // would hold the writer for seconds. check() proves what foreign keys would.
      "PRAGMA foreign_keys=OFF;";
  script += "PRAGMA cache_size=-" + std::to_string(writer ? kWriterCacheKiB : kReaderCacheKiB) + ";";
  if (writer) {
    script += setup.sync == Options::Sync::Full ? "PRAGMA synchronous=FULL;" : "PRAGMA synchronous=NORMAL;";
    script += "PRAGMA journal_size_limit=" + std::to_string(kLogKeptBytes) + ";";
    // Replaces SQLite's own automatic checkpoint, whose failures nobody sees; the backend does it after a commit.
    sqlite3_wal_hook(
        handle_,
        [](void* self, sqlite3*, const char*, int pages) {
          static_cast<Connection*>(self)->wal_pages_ = pages;
          return SQLITE_OK;
        },
        this);
  } else {
    script += "PRAGMA query_only=ON;";
  }
  return execute(script);
}

Error Connection::execute(const std::string& script) {
  const int code = sqlite3_exec(handle_, script.c_str(), nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? Error() : error(code, "database statement failed");
}

void Connection::set_interrupt(const Interrupt& interrupt) {
  const bool had = base::can_trip(interrupt_);
  interrupt_ = interrupt;
  if (base::can_trip(interrupt)) {
    sqlite3_progress_handler(
        handle_, kStepsBetweenLooks,
        [](void* self) { return base::has_tripped(static_cast<Connection*>(self)->interrupt_) ? 1 : 0; }, this);
  } else if (had) {
    sqlite3_progress_handler(handle_, 0, nullptr, nullptr);
  }
}

Error Connection::error(int code, std::string_view doing) {
  const std::string detail = sqlite3_errmsg(handle_);
  const std::string text = std::string(doing) + ": " + detail + " (" + std::to_string(code) + ")";
  switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
      // The one rule that callers meet by racing each other; whatever else is broken here is our own mistake.
      if (code == SQLITE_CONSTRAINT_UNIQUE && mentions(detail, "entity."))
        return already_exists("Entity already exists");
      return internal_error(text);
    case SQLITE_INTERRUPT:
      if (!reading_ended_) return base::why(interrupt_);
      return unavailable(
          "reading took so long that the log of later writes reached max_log_bytes; ask again, for less at a time");
    case SQLITE_FULL:
      return unavailable("the disk is full and nothing was written; it can be sent again when there is space");
    case SQLITE_IOERR:
      return unavailable("the disk failed to read or write (" + std::to_string(code) + ")");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_NOMEM:
    case SQLITE_NOLFS:
    case SQLITE_PROTOCOL:
      return unavailable(text);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
      return corrupt(text);
    case SQLITE_TOOBIG:
      return too_large(text);
    default:
      return internal_error(text);
  }
}

bool Connection::in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }
std::int64_t Connection::changes() const { return sqlite3_changes64(handle_); }
std::int64_t Connection::last_rowid() const { return sqlite3_last_insert_rowid(handle_); }

Result<bool> Connection::checkpoint(Checkpoint mode, int wait_ms) {
  const int kind = mode == Checkpoint::Passive   ? SQLITE_CHECKPOINT_PASSIVE
                   : mode == Checkpoint::Restart ? SQLITE_CHECKPOINT_RESTART
                                                 : SQLITE_CHECKPOINT_TRUNCATE;
  sqlite3_busy_timeout(handle_, wait_ms);
  int pages = 0, copied = 0;
  const int code = sqlite3_wal_checkpoint_v2(handle_, nullptr, kind, &pages, &copied);
  sqlite3_busy_timeout(handle_, kBusyTimeoutMs);
  if (code == SQLITE_OK) return pages == copied;
  if ((code & 0xff) == SQLITE_BUSY) return false;
  return error(code, "cannot move the log into the database file");
}

void Connection::end_reading() noexcept {
  reading_ended_ = true;
  sqlite3_interrupt(handle_);
}

void Connection::keep_log_on_close(bool keep) {
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep ? 1 : 0, nullptr);
}

sqlite3_stmt* Connection::prepared(std::string_view sql, int& code) {
  if (const auto known = prepared_.find(sql); known != prepared_.end()) return known->second;
  if (prepared_.size() >= kMaxPrepared && open_ == 0) {
    for (const auto& [text, old] : prepared_) sqlite3_finalize(old);
    prepared_.clear();
  }
  sqlite3_stmt* statement = nullptr;
  code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement,
                            nullptr);
  if (code != SQLITE_OK) return nullptr;
  prepared_.emplace(std::string(sql), statement);
  return statement;
}

void Connection::count_statement() noexcept {
  if (statements_ != nullptr) statements_->fetch_add(1, std::memory_order_relaxed);
}

}  // namespace metadata::store::sqlite
