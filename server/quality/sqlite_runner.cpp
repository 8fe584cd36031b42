#include "quality/sqlite_runner.h"

#include <re2/re2.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace metadata::server {
namespace {

constexpr int kStepsBetweenLooks = 2000;
constexpr int kMaxValueBytes = 16 << 20;
constexpr int kMaxSqlBytes = 1 << 20;
constexpr std::int64_t kMaxPatternMemory = 8 << 20;

struct Closer {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, Closer>;
using Statement = std::unique_ptr<sqlite3_stmt, Closer>;

/// Reading tables and calling plain functions; nothing else, whatever the text says.
int authorize(void*, int action, const char*, const char* second, const char*, const char*) {
  if (action == SQLITE_SELECT || action == SQLITE_READ || action == SQLITE_RECURSIVE) return SQLITE_OK;
  if (action != SQLITE_FUNCTION || second == nullptr) return SQLITE_DENY;
  const std::string_view name = second;
  for (const std::string_view refused :
       {"load_extension", "fts3_tokenizer", "readfile", "writefile", "edit", "zeroblob"}) {
    if (sqlite3_strnicmp(name.data(), refused.data(), static_cast<int>(refused.size() + 1)) == 0) return SQLITE_DENY;
  }
  return SQLITE_OK;
}

void drop_pattern(void* pattern) { delete static_cast<re2::RE2*>(pattern); }

/// `text REGEXP pattern`, by an engine whose time is linear in the text.
void regexp(sqlite3_context* context, int, sqlite3_value** values) {
  if (sqlite3_value_type(values[0]) == SQLITE_NULL || sqlite3_value_type(values[1]) == SQLITE_NULL) return;
  const auto text_of = [](sqlite3_value* value) {
    const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(value));
    return re2::StringPiece(text == nullptr ? "" : text, static_cast<std::size_t>(sqlite3_value_bytes(value)));
  };
  auto* pattern = static_cast<re2::RE2*>(sqlite3_get_auxdata(context, 0));
  const bool compiled_now = pattern == nullptr;
  if (compiled_now) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(kMaxPatternMemory);
    pattern = new re2::RE2(text_of(values[0]), options);
    if (!pattern->ok()) {
      const std::string said = "the regular expression is not valid: " + pattern->error();
      delete pattern;
      sqlite3_result_error(context, said.c_str(), -1);
      return;
    }
  }
  sqlite3_result_int(context, re2::RE2::PartialMatch(text_of(values[1]), *pattern) ? 1 : 0);
  // SQLite may drop it at once, so this comes last.
  if (compiled_now) sqlite3_set_auxdata(context, 0, pattern, drop_pattern);
}

/// When a statement has to stop.
struct Watch {
  std::chrono::steady_clock::time_point deadline;
  const std::atomic<bool>* gone = nullptr;

  bool over() const {
    return std::chrono::steady_clock::now() >= deadline || (gone != nullptr && gone->load(std::memory_order_relaxed));
  }
  static int look(void* watch) { return static_cast<const Watch*>(watch)->over() ? 1 : 0; }
};

DataCell cell_of(sqlite3_stmt* statement, int column) {
  DataCell cell;
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_NULL:
      return cell;
    case SQLITE_INTEGER:
      cell.kind = DataCell::Kind::Integer;
      break;
    case SQLITE_FLOAT:
      cell.kind = DataCell::Kind::Real;
      break;
    case SQLITE_BLOB:
      cell.kind = DataCell::Kind::Text;
      cell.text = "(" + std::to_string(sqlite3_column_bytes(statement, column)) + " bytes)";
      return cell;
    default:
      cell.kind = DataCell::Kind::Text;
  }
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
  if (text != nullptr) cell.text.assign(text, static_cast<std::size_t>(sqlite3_column_bytes(statement, column)));
  return cell;
}

class SqliteRunner final : public Runner {
 public:
  SqliteRunner(Database database, std::chrono::milliseconds time) : database_(std::move(database)), time_(time) {}

  SqlDialect dialect() const override { return SqlDialect::Sqlite; }

  Result<DataRows> query(const std::string& sql, std::size_t max_rows, const Interrupt& interrupt) override {
    Watch watch{std::min(interrupt.deadline, std::chrono::steady_clock::now() + time_), interrupt.gone};
    sqlite3_progress_handler(database_.get(), kStepsBetweenLooks, Watch::look, &watch);
    auto found = run(sql, max_rows);
    sqlite3_progress_handler(database_.get(), 0, nullptr, nullptr);
    if (!found.ok() && watch.over()) return interrupted("the statement took longer than --quality-timeout allows");
    return found;
  }

 private:
  Result<DataRows> run(const std::string& sql, std::size_t max_rows) {
    sqlite3_stmt* raw = nullptr;
    const char* rest = nullptr;
    const int prepared = sqlite3_prepare_v2(database_.get(), sql.data(), static_cast<int>(sql.size()), &raw, &rest);
    const Statement statement(raw);
    if (prepared != SQLITE_OK) return refused();
    const std::string_view left(rest, sql.size() - static_cast<std::size_t>(rest - sql.data()));
    if (!statement || left.find_first_not_of(" \t\r\n;") != std::string_view::npos)
      return invalid_argument("one query is expected, not several");
    if (sqlite3_stmt_readonly(raw) == 0) return invalid_argument("the query would change the database");
    DataRows found;
    const int columns = sqlite3_column_count(raw);
    for (int i = 0; i < columns; ++i) {
      const char* name = sqlite3_column_name(raw, i);
      found.columns.emplace_back(name == nullptr ? "" : name);
    }
    int step = sqlite3_step(raw);
    for (; step == SQLITE_ROW && found.rows.size() < max_rows; step = sqlite3_step(raw)) {
      auto& row = found.rows.emplace_back();
      for (int i = 0; i < columns; ++i) row.push_back(cell_of(raw, i));
    }
    if (step != SQLITE_ROW && step != SQLITE_DONE) return refused();
    found.complete = step == SQLITE_DONE;
    return found;
  }

  Error refused() const {
    const int code = sqlite3_errcode(database_.get()) & 0xff;
    const std::string said = sqlite3_errmsg(database_.get());
    if (code == SQLITE_BUSY || code == SQLITE_IOERR || code == SQLITE_CANTOPEN || code == SQLITE_NOMEM)
      return unavailable("the database cannot be read: " + said);
    return invalid_argument("the database refuses the query: " + said);
  }

  Database database_;
  const std::chrono::milliseconds time_;
};

bool is_below(const std::filesystem::path& file, const std::filesystem::path& directory) {
  const auto [end, unused] = std::mismatch(directory.begin(), directory.end(), file.begin(), file.end());
  return end == directory.end();
}

/// The same file under another name (a hard link) is no less the server's.
bool is_one_of(const struct stat& file, const std::filesystem::path& directory) {
  std::error_code failed;
  for (auto it = std::filesystem::recursive_directory_iterator(directory, failed);
       !failed && it != std::filesystem::recursive_directory_iterator(); it.increment(failed)) {
    struct stat own {};
    if (::stat(it->path().c_str(), &own) == 0 && own.st_dev == file.st_dev && own.st_ino == file.st_ino) return true;
  }
  return false;
}

/// The path without links, when tests may read what is there.
Result<std::string> allowed_path(const std::string& said, const SqliteFiles& files) {
  if (said.empty() || said.front() != '/')
    return invalid_argument("databaseMode of the service must be the absolute path of a file, not '" +
                            said.substr(0, 200) + "'");
  const Error outside = permission_denied("the file of the service is not one that this server may read");
  std::error_code failed;
  const auto path = std::filesystem::canonical(said, failed);
  struct stat about {};
  const bool there = !failed && ::stat(path.c_str(), &about) == 0 && S_ISREG(about.st_mode);
  const auto own = std::filesystem::canonical(files.own, failed);
  if (failed) return internal_error("the data directory cannot be looked at");
  if (there && (is_below(path, own) || is_one_of(about, own))) return outside;
  if (files.only_listed || !files.directories.empty()) {
    const bool listed = there && std::any_of(files.directories.begin(), files.directories.end(), [&](const auto& name) {
                          std::error_code unseen;
                          const auto directory = std::filesystem::canonical(name, unseen);
                          return !unseen && is_below(path, directory);
                        });
    // Whether there is a file elsewhere is nobody's business.
    if (!listed)
      return permission_denied("the file of the service does not lie below a directory of --quality-directory");
  }
  if (!there) return invalid_argument("there is no file '" + said.substr(0, 200) + "'");
  return path.string();
}

}  // namespace

Result<std::unique_ptr<Runner>> open_sqlite(const std::string& said, const SqliteFiles& files,
                                            std::chrono::milliseconds time) {
  MD_LET(path, allowed_path(said, files));
  sqlite3* raw = nullptr;
  const int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_NOFOLLOW;
  const int opened = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  Database database(raw);
  if (opened != SQLITE_OK) return unavailable("the database cannot be opened");
  for (const auto& [option, value] : {std::pair{SQLITE_DBCONFIG_DEFENSIVE, 1},
                                      {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
                                      {SQLITE_DBCONFIG_DQS_DML, 0},
                                      {SQLITE_DBCONFIG_DQS_DDL, 0},
                                      {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0}})
    sqlite3_db_config(raw, option, value, nullptr);
  sqlite3_limit(raw, SQLITE_LIMIT_ATTACHED, 0);
  sqlite3_limit(raw, SQLITE_LIMIT_LENGTH, kMaxValueBytes);
  sqlite3_limit(raw, SQLITE_LIMIT_SQL_LENGTH, kMaxSqlBytes);
  sqlite3_busy_timeout(raw, static_cast<int>(std::min<long long>(time.count(), 5000)));
  const int kind = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
  sqlite3_create_function_v2(raw, "regexp", 2, kind, nullptr, regexp, nullptr, nullptr, nullptr);
  sqlite3_set_authorizer(raw, authorize, nullptr);
  return std::unique_ptr<Runner>(std::make_unique<SqliteRunner>(std::move(database), time));
}

}  // namespace metadata::server
