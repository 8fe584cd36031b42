#include "fixture.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "store/sqlite/schema.h"

using namespace metadata;
using namespace metadata::store;
using namespace metadata::store::test;

namespace {

std::string content(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

void put_content(const std::string& file, const std::string& bytes) { std::ofstream(file, std::ios::binary) << bytes; }

unsigned mode_of(const std::string& path) {
  struct stat found {};
  REQUIRE(::stat(path.c_str(), &found) == 0);
  return found.st_mode & 0777U;
}

/// The failure to open what must not be opened; the file stays as it is.
Error refused_to_open(const Folder& folder) {
  const std::string before = content(folder.file());
  const auto result = Store::open(options_for(folder.path()));
  REQUIRE_FALSE(result.ok());
  CHECK(content(folder.file()) == before);
  return result.error();
}

bool names(const Error& error, std::string_view word) { return error.message().find(word) != std::string_view::npos; }

}  // namespace

TEST_CASE("what was committed is there after opening again, and only the first opening is fresh") {
  Folder folder;
  std::string event;
  {
    auto store = open(folder);
    CHECK(store->fresh());
    const EntityRow made = row(1, "s", "service");
    commit(*store, set_of({insert(made), log_of(made)}));
    event = must(look(*store)->log(0, 1)).front().event_id;
  }
  auto store = open(folder);
  CHECK_FALSE(store->fresh());
  CHECK(get(*store, 1).row.name == "s");
  const EntityRow more = row(2, "s/t");
  CHECK(commit(*store, set_of({insert(more), log_of(more)})).seq == 2);
  CHECK(must(look(*store)->log(0, 1)).front().event_id == event);
}

TEST_CASE("two stores in RAM know nothing of each other") {
  auto one = open(":memory:");
  auto two = open(":memory:");
  CHECK(one->fresh());
  commit(*one, tables_under_service({}));
  CHECK_FALSE(must(look(*two)->find(id(1))));
}

TEST_CASE("closing moves the log into the file") {
  Folder folder;
  commit(*open(folder), tables_under_service({"a"}));
  CHECK_FALSE(std::filesystem::exists(folder.file() + "-wal"));
  CHECK(sql_text(folder.file(), "SELECT count(*) FROM entity") == "2");
}

TEST_CASE("the file says what it is, in WAL mode with 16 KB pages") {
  Folder folder;
  commit(*open(folder), tables_under_service({}));
  CHECK(sql_text(folder.file(), "PRAGMA journal_mode") == "wal");
  CHECK(sql_text(folder.file(), "PRAGMA page_size") == "16384");
  CHECK(sql_text(folder.file(), "PRAGMA user_version") == std::to_string(sqlite::schema_steps().size()));
  CHECK(sql_text(folder.file(), "PRAGMA application_id") == std::to_string(sqlite::kApplicationId));
}

TEST_CASE("D22: folder and files are their owner's alone, whatever the umask") {
  Folder folder;
  const std::string inner = folder.path() + "/made";
  const mode_t before = ::umask(0);
  auto store = open(inner);
  commit(*store, tables_under_service({}));
  auto reader = look(*store);
  ::umask(before);
  CHECK(mode_of(inner) == 0700);
  for (const char* name : {"/catalog.db", "/catalog.db-wal", "/catalog.db-shm", "/lock"}) {
    CAPTURE(name);
    CHECK(mode_of(inner + name) == 0600);
  }
}

TEST_CASE("D8: a second holder of the folder is refused, in this process and in another, and the first goes on") {
  Folder folder;
  auto store = open(folder);
  CHECK(Store::open(options_for(folder.path())).error().code() == Code::Unavailable);
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto second = Store::open(options_for(folder.path()));
    const char told = !second.ok() && second.error().code() == Code::Unavailable ? 'y' : 'n';
    const bool sent = ::write(ends[1], &told, 1) == 1;
    ::_exit(sent ? 0 : 1);
  }
  char told = '?';
  REQUIRE(::read(ends[0], &told, 1) == 1);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  ::close(ends[0]);
  ::close(ends[1]);
  CHECK(told == 'y');
  commit(*store, tables_under_service({}));
  store.reset();
  CHECK(get(*open(folder), 1).row.name == "s");
}

TEST_CASE("D22: a folder or file that others may use is told to the log, with the remedy") {
  struct Sink final : LogSink {
    std::vector<std::string> lines;
    void write(LogLevel level, std::string_view message) override {
      if (level == LogLevel::Warning) lines.emplace_back(message);
    }
  } sink;
  Folder folder;
  Options options = options_for(folder.path());
  options.log = &sink;
  must(Store::open(options)).reset();
  CHECK(sink.lines.empty());
  REQUIRE(::chmod(folder.path().c_str(), 0755) == 0);
  REQUIRE(::chmod(folder.file().c_str(), 0640) == 0);
  must(Store::open(options)).reset();
  REQUIRE(sink.lines.size() == 2);
  CHECK(sink.lines[0].ends_with("chmod 700 " + folder.path()));
  CHECK(sink.lines[1].ends_with("chmod 600 " + folder.file()));
}

TEST_CASE("D7: a catalog that is opened for reading serves reads, refuses writes, and no file of it changes") {
  Folder folder;
  Options options = options_for(folder.path());
  options.read_only = true;
  CHECK(Store::open(options).error().code() == Code::NotFound);
  CHECK_FALSE(std::filesystem::exists(folder.file()));
  commit(*open(folder), tables_under_service({"a", "b"}));
  const std::string before = content(folder.file());
  {
    auto store = must(Store::open(options));
    auto other = must(Store::open(options));  // readers do not keep each other out
    CHECK(Store::open(options_for(folder.path())).error().code() == Code::Unavailable);
    CHECK(store->writes() == Writes::ReadOnly);
    CHECK(must(look(*store)->count(listing("table"))) == 2);
    CHECK(must(look(*other)->find(id(2)))->row.name == "a");
    CHECK(refused(*store, set_of({PutSetting{"x", "v"}})).code() == Code::Unavailable);
    CHECK(store->exclusive().error().code() == Code::Unavailable);
    CHECK(broken_rules(*store).empty());
    CHECK_FALSE(std::filesystem::exists(folder.file() + "-wal"));
    CHECK_FALSE(std::filesystem::exists(folder.file() + "-shm"));
  }
  CHECK(content(folder.file()) == before);
  auto writer = open(folder);
  CHECK(Store::open(options).error().code() == Code::Unavailable);  // while it is written to
}

TEST_CASE("D7: a log that was not moved into the file keeps it from being opened for reading") {
  Folder folder, copy;
  {
    auto store = open(folder);
    commit(*store, tables_under_service({"a"}));
    std::filesystem::copy_file(folder.file(), copy.file());
    std::filesystem::copy_file(folder.file() + "-wal", copy.file() + "-wal");
  }
  Options options = options_for(copy.path());
  options.read_only = true;
  const Error error = Store::open(options).error();
  CHECK(error.code() == Code::PermissionDenied);
  CHECK(names(error, "open the catalog once for writing"));
  open(copy).reset();
  CHECK(must(look(*must(Store::open(options)))->count(listing("table"))) == 1);
}

TEST_CASE("D7: a path with signs that mean something in a URI is opened for reading all the same") {
  Folder folder;
  const std::string path = folder.path() + "/a ?#%41&b";
  commit(*open(path), tables_under_service({"a"}));
  Options options = options_for(path);
  options.read_only = true;
  CHECK(must(look(*must(Store::open(options)))->count(listing("table"))) == 1);
}

TEST_CASE("D20: a newer format is refused with its number, and the file stays as it is") {
  Folder folder;
  open(folder).reset();
  damage(folder.file(), "PRAGMA user_version=999");
  const Error error = refused_to_open(folder);
  CHECK(error.code() == Code::Corrupt);
  CHECK(names(error, folder.file()));
  CHECK(names(error, "format 999"));
  CHECK(names(error, "up to " + std::to_string(sqlite::schema_steps().size())));
}

TEST_CASE("D20: a newer format that still lies in the log is refused, and the log stays") {
  Folder folder, copy;
  open(folder).reset();
  sqlite3* other = nullptr;
  REQUIRE(sqlite3_open(folder.file().c_str(), &other) == SQLITE_OK);
  REQUIRE(sqlite3_exec(other, "PRAGMA user_version=999", nullptr, nullptr, nullptr) == SQLITE_OK);
  std::filesystem::copy_file(folder.file(), copy.file());
  std::filesystem::copy_file(folder.file() + "-wal", copy.file() + "-wal");
  sqlite3_close(other);
  const std::string log = content(copy.file() + "-wal");
  REQUIRE(log.size() > 0);
  CHECK(names(refused_to_open(copy), "format 999"));
  CHECK(content(copy.file() + "-wal") == log);
}

TEST_CASE("D21: files of other programs, text, empty and torn files are refused and stay as they are") {
  Folder other, text, torn, empty;
  {
    sqlite3* database = nullptr;
    REQUIRE(sqlite3_open(other.file().c_str(), &database) == SQLITE_OK);
    REQUIRE(sqlite3_exec(database, "CREATE TABLE t(a); PRAGMA user_version=1", nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(database);
  }
  put_content(text.file(), std::string(5000, 'x'));
  open(torn).reset();
  put_content(torn.file(), content(torn.file()).substr(0, 40));
  put_content(empty.file(), "");
  CHECK(names(refused_to_open(empty), "is empty"));
  CHECK(refused_to_open(empty).code() == Code::Corrupt);
  CHECK(names(refused_to_open(other), "another program"));
  CHECK(names(refused_to_open(text), "not an SQLite database"));
  CHECK(refused_to_open(torn).code() == Code::Corrupt);
}

TEST_CASE("D21: what is no file in the place of the database is refused, and no pipe is waited for") {
  Folder directory, pipe;
  std::filesystem::create_directory(directory.file());
  REQUIRE(::mkfifo(pipe.file().c_str(), 0600) == 0);
  for (const Folder* folder : {&directory, &pipe}) {
    const Error error = Store::open(options_for(folder->path())).error();
    CHECK(error.code() == Code::Corrupt);
    CHECK(names(error, "not a regular file"));
  }
  CHECK(std::filesystem::is_empty(directory.file()));
}

TEST_CASE("a file cut off behind its first page is Corrupt, not a crash") {
  Folder folder;
  open(folder).reset();
  put_content(folder.file(), content(folder.file()).substr(0, 16384 + 100));
  CHECK(Store::open(options_for(folder.path())).error().code() == Code::Corrupt);
}

TEST_CASE("an opening that was cut off in the middle is done again") {
  Folder folder;
  put_content(folder.file() + ".new", "half a file");
  auto store = open(folder);
  CHECK(store->fresh());
  CHECK_FALSE(std::filesystem::exists(folder.file() + ".new"));
}

TEST_CASE("a log without its database is kept for whoever brings the database back") {
  Folder folder;
  put_content(folder.file() + "-wal", "log");
  CHECK(Store::open(options_for(folder.path())).error().code() == Code::Corrupt);
  CHECK(content(folder.file() + "-wal") == "log");
}

TEST_CASE("no path is refused, and a path that cannot be a folder is Unavailable") {
  CHECK(Store::open(options_for("")).error().code() == Code::InvalidArgument);
  Folder folder;
  put_content(folder.path() + "/file", "");
  CHECK_FALSE(Store::open(options_for(folder.path() + "/file/inner")).ok());
}
