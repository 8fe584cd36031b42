// bare_sqlite DIR [SECONDS [ROWS]]: what SQLite alone does with the bytes of one create: rows a second in groups of one
// and of sixteen writers, each writer waiting for its group's COMMIT, WAL and synchronous=FULL. With ROWS, so many rows
// are there before.
//
// A row is what a create of bench/create_rate leaves behind: a narrow row with its three indexes, a body of 1.2 KB
// and 1.3 KB, a record in the log and a counter. The writers need no threads of their own here: a group of n is n rows
// in one transaction, which is what a perfect queue would make of them.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

#include <sqlite3.h>

namespace {

constexpr const char* kSchema = R"sql(
PRAGMA page_size=16384; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16384; PRAGMA wal_autocheckpoint=1024;
CREATE TABLE entity (rid INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB NOT NULL UNIQUE, type TEXT NOT NULL, tree TEXT NOT NULL,
  fqn_key TEXT NOT NULL, name TEXT NOT NULL, display_name TEXT NOT NULL, deleted INTEGER NOT NULL, revision INTEGER NOT NULL,
  version INTEGER NOT NULL, updated_at INTEGER NOT NULL, updated_by TEXT NOT NULL, mark INTEGER NOT NULL, UNIQUE (type, fqn_key));
CREATE INDEX entity_list ON entity (type, deleted, fqn_key, tree);
CREATE TABLE body (rid INTEGER PRIMARY KEY, change TEXT NOT NULL, provenance TEXT NOT NULL, document TEXT NOT NULL);
CREATE TABLE change_log (seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER, kind INTEGER, type TEXT, id BLOB, tree TEXT, fqn_key TEXT,
  subtree INTEGER, revision INTEGER, version INTEGER, actor TEXT, actor_kind TEXT, source TEXT, facts TEXT, change TEXT);
CREATE TABLE counter (type TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO counter VALUES ('table', 0);
)sql";
constexpr const char* kStatements[] = {
    "INSERT INTO entity (id, type, tree, fqn_key, name, display_name, deleted, revision, version, updated_at, "
    "updated_by, mark)"
    " VALUES (?1, 'table', 'databaseService', ?2, ?3, '', 0, 1, 1, 1700000000000, 'admin', 0)",
    "INSERT INTO body (rid, change, provenance, document) VALUES (last_insert_rowid(), '', ?4, ?5)",
    "UPDATE counter SET n = n + 1 WHERE type = 'table'",
    "INSERT INTO change_log (at, kind, type, id, tree, fqn_key, subtree, revision, version, actor, actor_kind, source, "
    "facts, change)"
    " VALUES (1700000000000, 0, 'table', ?1, 'databaseService', ?2, 0, 1, 1, 'admin', 'host', 'Manual', '{}', '')",
};

class Database {
 public:
  explicit Database(const std::string& file) {
    need(sqlite3_open(file.c_str(), &handle_));
    run(kSchema);
    for (std::size_t i = 0; i < 4; ++i) need(sqlite3_prepare_v2(handle_, kStatements[i], -1, &statements_[i], nullptr));
    need(sqlite3_prepare_v2(handle_, "BEGIN IMMEDIATE", -1, &begin_, nullptr));
    need(sqlite3_prepare_v2(handle_, "COMMIT", -1, &commit_, nullptr));
  }
  ~Database() {
    for (sqlite3_stmt* statement : statements_) sqlite3_finalize(statement);
    sqlite3_finalize(begin_);
    sqlite3_finalize(commit_);
    sqlite3_close(handle_);
  }
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  void group(int rows) {
    step(begin_);
    for (int i = 0; i < rows; ++i) row();
    step(commit_);
  }

 private:
  void need(int code) {
    if (code == SQLITE_OK || code == SQLITE_DONE) return;
    std::fprintf(stderr, "bare_sqlite: %s\n", sqlite3_errmsg(handle_));
    std::exit(1);
  }
  void run(const char* script) { need(sqlite3_exec(handle_, script, nullptr, nullptr, nullptr)); }
  void step(sqlite3_stmt* statement) {
    need(sqlite3_step(statement));
    sqlite3_reset(statement);
  }
  void row() {
    char id[16];
    for (int i = 0; i < 16; i += 8) {
      const std::uint64_t bits = random_();
      __builtin_memcpy(id + i, &bits, 8);
    }
    std::string name = std::to_string((next_++ * 7919) % 10'000'000);
    name = "table_" + std::string(7 - name.size(), '0') + name;
    const std::string key =
        "rate\x1f"
        "db\x1fs\x1f" +
        name;
    for (sqlite3_stmt* statement : statements_) {
      sqlite3_bind_blob(statement, 1, id, sizeof id, SQLITE_TRANSIENT);
      sqlite3_bind_text(statement, 2, key.data(), static_cast<int>(key.size()), SQLITE_TRANSIENT);
      sqlite3_bind_text(statement, 3, name.data(), static_cast<int>(name.size()), SQLITE_TRANSIENT);
      sqlite3_bind_text(statement, 4, provenance_.data(), static_cast<int>(provenance_.size()), SQLITE_STATIC);
      sqlite3_bind_text(statement, 5, document_.data(), static_cast<int>(document_.size()), SQLITE_STATIC);
      step(statement);
    }
  }

  sqlite3* handle_ = nullptr;
  sqlite3_stmt* statements_[4] = {};
  sqlite3_stmt* begin_ = nullptr;
  sqlite3_stmt* commit_ = nullptr;
  std::mt19937_64 random_{1};
  std::uint64_t next_ = 0;
  const std::string provenance_ = std::string(1'200, 'p');
  const std::string document_ = std::string(1'300, 'd');
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: bare_sqlite DIR [SECONDS [ROWS]]\n");
    return 2;
  }
  const double seconds = argc > 2 ? std::atof(argv[2]) : 5;
  const long before = argc > 3 ? std::atol(argv[3]) : 0;
  const std::string file = std::string(argv[1]) + "/bare.db";
  for (const char* end : {"", "-wal", "-shm"}) std::remove((file + end).c_str());
  Database database(file);
  for (long done = 0; done < before; done += 1'000) database.group(1'000);
  for (const int writers : {1, 16}) {
    const auto began = std::chrono::steady_clock::now();
    long rows = 0;
    double took = 0;
    while (took < seconds) {
      database.group(writers);
      rows += writers;
      took = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    }
    std::printf("%2d writers: %.0f rows/s\n", writers, static_cast<double>(rows) / took);
  }
  return 0;
}
