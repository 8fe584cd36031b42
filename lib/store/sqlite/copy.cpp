#include "store/sqlite/copy.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <optional>

#include "base/files.h"
#include "store/copy.h"
#include "store/sqlite/check.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/statement.h"

namespace metadata::store {
namespace {

using sqlite::Connection;
using sqlite::Statement;

/// What shows that a file was written between two looks.
struct Trace {
  dev_t device;
  ino_t inode;
  off_t size;
  timespec written, changed;
};

bool same(const timespec& a, const timespec& b) { return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec; }

bool same(const Trace& a, const Trace& b) {
  return a.device == b.device && a.inode == b.inode && a.size == b.size && same(a.written, b.written) &&
         same(a.changed, b.changed);
}

/// The state of a database that nobody has open and that has no log; nothing when it has one or may be in use.
/// Looks without opening the database: to close it again would let go the locks that this process may have on it.
std::optional<Trace> still(const std::string& directory) {
  const std::string file = directory + "/" + kDatabaseName;
  struct stat status {};
  if (::stat((file + "-wal").c_str(), &status) == 0 && status.st_size > 0) return std::nullopt;
  if (::stat((file + "-journal").c_str(), &status) == 0) return std::nullopt;
  if (base::is_locked(directory + "/" + kLockName)) return std::nullopt;
  if (::stat(file.c_str(), &status) != 0) return std::nullopt;
  return Trace{status.st_dev, status.st_ino, status.st_size, status.st_mtim, status.st_ctim};
}

Result<std::int64_t> number(Connection& connection, const char* sql) {
  Statement query(connection, sql);
  return sqlite::number_of(query);
}

/// Refuses what is not a catalog's database, or is a newer one's.
Result<std::int64_t> known_format(Connection& connection, const std::string& file) {
  MD_LET(application, number(connection, "PRAGMA application_id"));
  if (application != sqlite::kApplicationId) return corrupt(file + " is not the database of a catalog");
  MD_LET(format, sqlite::format_of(connection));
  if (format < 1 || format > newest_format()) {
    return corrupt(file + " has format " + std::to_string(format) + "; this program knows formats up to " +
                   std::to_string(newest_format()));
  }
  return format;
}

Result<DatabaseFacts> facts_of(Connection& connection, const std::string& file) {
  DatabaseFacts facts;
  MD_LET(format, known_format(connection, file));
  facts.format = format;
  Statement id(connection, "SELECT value FROM setting WHERE name = 'store.id'");
  MD_LET(found, id.step());
  if (!found) return corrupt(file + " has lost its store id");
  facts.store_id = id.text(0);
  MD_LET(seq, number(connection, "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'change_log'"));
  facts.last_seq = static_cast<Seq>(seq);
  return facts;
}

Result<DatabaseFacts> copy_as(Connection::Use use, const std::string& file, const std::string& target,
                              const std::atomic<bool>* cancel) {
  MD_LET(source, Connection::observe(file, use));
  // One read transaction around all: the facts and the pages are of the same moment, whatever is written meanwhile.
  MD_OK(source->execute("BEGIN"));
  MD_LET(facts, facts_of(*source, file));
  MD_OK(sqlite::copy_pages(*source, target, cancel));
  MD_OK(source->execute("COMMIT"));
  return facts;
}

}  // namespace

std::int64_t newest_format() { return static_cast<std::int64_t>(sqlite::schema_steps().size()); }

Result<DatabaseFacts> copy_database(const std::string& directory, const std::string& target,
                                    const std::atomic<bool>* cancel) {
  const std::string file = directory + "/" + kDatabaseName;
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return base::file_error("open", file, errno);
  // SQLite would leave an empty log beside a database that nobody has open. So that one is read as it lies there, and
  // when somebody wrote it meanwhile, once more with the respect for others that this needs.
  if (const std::optional<Trace> before = still(directory)) {
    Result<DatabaseFacts> facts = copy_as(Connection::Use::Still, file, target, cancel);
    const std::optional<Trace> after = still(directory);
    if (after && same(*before, *after)) return facts;
    if (::truncate(target.c_str(), 0) != 0) return base::file_error("empty", target, errno);
  }
  return copy_as(Connection::Use::Live, file, target, cancel);
}

Result<DatabaseFacts> prove_database(const std::string& file, Depth depth) {
  MD_LET(connection, Connection::observe(file, Connection::Use::Still));
  MD_LET(facts, facts_of(*connection, file));
  if (depth == Depth::Rules && facts.format == newest_format()) {
    MD_LET(problems, sqlite::check_rules(*connection));
    if (problems.empty()) return facts;
    return corrupt(file + " is damaged: " + problems.front().rule + ": " + problems.front().text);
  }
  Statement pages(*connection, "SELECT quick_check FROM pragma_quick_check(1)");
  MD_LET(found, pages.step());
  const std::string told = found ? pages.text(0) : "the check of its pages says nothing";
  if (told != "ok") return corrupt(file + " is damaged: " + told);
  return facts;
}

namespace sqlite {
namespace {

constexpr int kPagesAtOnce = 256;  // 4 MiB

/// The connection that the copy is written through. The file has no other user and is thrown away when the copy fails,
/// so it needs neither journal nor sync.
Result<std::unique_ptr<Connection>> open_target(const std::string& target) {
  MD_LET(connection, Connection::open({target, {}, Options::Sync::Full, nullptr}, Role::Writer));
  connection->keep_log_on_close(true);
  MD_OK(connection->execute("PRAGMA journal_mode=MEMORY;PRAGMA synchronous=OFF;PRAGMA locking_mode=EXCLUSIVE"));
  return connection;
}

struct Finish {
  void operator()(sqlite3_backup* backup) const { sqlite3_backup_finish(backup); }
};

}  // namespace

Error copy_pages(Connection& source, const std::string& target, const std::atomic<bool>* cancel) {
  MD_LET(copy, open_target(target));
  std::unique_ptr<sqlite3_backup, Finish> backup(sqlite3_backup_init(copy->handle(), "main", source.handle(), "main"));
  if (!backup) return copy->error(sqlite3_errcode(copy->handle()), "cannot begin the copy " + target);
  int code = SQLITE_OK;
  while (code == SQLITE_OK) {
    if (cancel != nullptr && cancel->load()) return unavailable("the copy was broken off");
    code = sqlite3_backup_step(backup.get(), kPagesAtOnce);
  }
  if (code != SQLITE_DONE) {
    backup.reset();
    return copy->error(code, "cannot copy the database to " + target);
  }
  backup.reset();
  return {};
}

}  // namespace sqlite
}  // namespace metadata::store
