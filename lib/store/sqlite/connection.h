#ifndef METADATA_LIB_STORE_SQLITE_CONNECTION_H
#define METADATA_LIB_STORE_SQLITE_CONNECTION_H

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "metadata/error.h"
#include "metadata/options.h"

struct sqlite3;
struct sqlite3_stmt;

namespace metadata::store::sqlite {

enum class Role { Reader, Writer };

/// What every connection of one store is opened with.
struct ConnectionSetup {
  std::string file;
  std::string vfs;  ///< name of the SQLite file layer; empty is the system's
  Options::Sync sync = Options::Sync::Full;
  std::atomic<std::uint64_t>* statements = nullptr;  ///< not owned; counts what all connections run
  /// Existing: the file must be there. Create: it is made. Frozen: it must be there, nobody changes it, and nothing is
  /// written beside it; all connections are readers.
  enum class File { Existing, Create, Frozen } how = File::Existing;
};

/// One SQLite connection with its prepared statements. Not thread-safe: one thread at a time.
class Connection {
 public:
  /// Fails as error() says, and with PermissionDenied when a writer may not write the file.
  static Result<std::unique_ptr<Connection>> open(const ConnectionSetup& setup, Role role);
  /// How an observer finds a file. Live: other connections may use it, in whatever process; their locks and their log
  /// are respected. Still: nobody uses it, and it has no log; then nothing at all is made beside it.
  enum class Use { Live, Still };
  /// Opens an existing file of the system's file layer to look at. It changes nothing in it, nor moves its log.
  static Result<std::unique_ptr<Connection>> observe(const std::string& file, Use use);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// Runs a script of statements without parameters.
  Error execute(const std::string& script);

  /// From here on statements end with Interrupted soon after the interrupt trips. One that cannot trip costs nothing.
  void set_interrupt(const Interrupt& interrupt);

  /// What an SQLite result code means in our words. `doing` says what failed.
  Error error(int code, std::string_view doing);

  bool in_transaction() const;
  std::int64_t changes() const;  ///< rows the last statement wrote
  std::int64_t last_rowid() const;
  /// Pages in the write-ahead log after the last commit of this connection.
  int wal_pages() const noexcept { return wal_pages_; }

  enum class Checkpoint { Passive, Restart, Truncate };
  /// Copies the log into the file as far as readers allow; false when they kept it from doing all that was asked.
  Result<bool> checkpoint(Checkpoint mode, int wait_ms);
  /// Ends what is being read here and lets nothing more be read: Unavailable. Safe to call from another thread while
  /// the connection is open.
  void end_reading() noexcept;
  bool reading_ended() const noexcept { return reading_ended_; }
  /// Leaves the log as it is when the last connection goes.
  void keep_log_on_close(bool keep);

  sqlite3* handle() const noexcept { return handle_; }

 private:
  friend class Statement;
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
  };

  Connection(sqlite3* handle, std::atomic<std::uint64_t>* statements) : handle_(handle), statements_(statements) {}
  Error configure(const ConnectionSetup& setup, Role role);
  /// The prepared statement for the text, kept; all are forgotten when there are too many and none is in use. `code` is
  /// SQLite's when it is null.
  sqlite3_stmt* prepared(std::string_view sql, int& code);
  void count_statement() noexcept;

  sqlite3* handle_;
  std::atomic<std::uint64_t>* statements_;
  std::unordered_map<std::string, sqlite3_stmt*, Hash, std::equal_to<>> prepared_;
  int open_ = 0;  // Statements that there are
  Interrupt interrupt_;
  int wal_pages_ = 0;
  std::atomic<bool> reading_ended_ = false;
};

}  // namespace metadata::store::sqlite

#endif  // METADATA_LIB_STORE_SQLITE_CONNECTION_H
