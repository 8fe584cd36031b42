#include "fixture.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <random>

#include "store/sqlite/backend.h"
#include "store/sqlite/former_format.h"
#include "store/sqlite/schema.h"

using namespace metadata;
using namespace metadata::store;
using namespace metadata::store::test;
using sqlite::schema_steps;
using sqlite::SqliteBackend;

namespace {

constexpr int kKills = 30;
constexpr int kTables = 1500;

std::size_t newest() { return schema_steps().size(); }

/// The real steps and, behind them, two that a later version might have: a new column that every row gets, and a new
/// table that is filled from the old ones.
std::vector<std::string> later_steps() {
  std::vector<std::string> steps(schema_steps().begin(), schema_steps().end());
  steps.emplace_back(
      "ALTER TABLE entity ADD COLUMN later TEXT NOT NULL DEFAULT '';"
      "UPDATE entity SET later = upper(name) || hex(id);"
      "CREATE INDEX entity_later ON entity (later, fqn_key)");
  steps.emplace_back(
      "CREATE TABLE words (word TEXT NOT NULL, rid INTEGER NOT NULL, PRIMARY KEY (word, rid)) STRICT, WITHOUT ROWID;"
      "INSERT INTO words SELECT lower(name) || '-' || n.value, rid FROM entity, generate_series AS n;"
      "UPDATE body SET document = json_set(document, '$.later', rid)");
  // Debian's library has no generate_series; a recursive query is in every one.
  const std::string series = "generate_series AS n";
  const std::string query =
      "(WITH RECURSIVE c(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM c WHERE value < 20) SELECT value FROM c) "
      "AS n";
  steps.back().replace(steps.back().find(series), series.size(), query);
  return steps;
}

Error open_with(const std::string& file, const std::vector<std::string>& steps) {
  return SqliteBackend::open(file, options_for("unused"), steps).error();
}

/// Everything that a database holds, as one text.
std::string dump(const std::string& file) {
  std::string text;
  const std::string names = sql_text(
      file, "SELECT group_concat(name) FROM (SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name)");
  text += sql_text(file, "SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_schema ORDER BY name)");
  std::string rest = names + ",";
  for (std::size_t at = rest.find(','); at != std::string::npos; at = rest.find(',')) {
    const std::string table = rest.substr(0, at);
    rest.erase(0, at + 1);
    // A row as JSON of all its columns, which the schema tells.
    const std::string columns =
        sql_text(file, "SELECT group_concat('quote(\"' || name || '\")', ',') FROM pragma_table_info('" + table + "')");
    text += "\n" + table + ":" +
            sql_text(file, "SELECT group_concat(line, ';') FROM (SELECT json_array(" + columns + ") AS line FROM \"" +
                               table + "\" ORDER BY line)");
  }
  return text;
}

void fill(const std::string& path) {
  auto store = open(path);
  for (int batch = 0; batch < 10; ++batch) {
    WriteSet set;
    if (batch == 0) set.operations.emplace_back(insert(row(1, "s", "service")));
    for (int i = 0; i < kTables / 10; ++i) {
      const int n = batch * (kTables / 10) + i;
      const EntityRow one = row(static_cast<std::uint64_t>(n + 2), "s/t" + std::to_string(n));
      set.operations.emplace_back(
          insert(one, {{"colour", n % 2 == 0 ? "red" : "blue"}}, R"({"n":)" + std::to_string(n) + "}"));
      set.operations.emplace_back(log_of(one));
    }
    commit(*store, set);
  }
}

void copy_directory(const std::string& from, const std::string& to) {
  for (const auto& entry : std::filesystem::directory_iterator(from)) {
    std::filesystem::copy_file(entry.path(), std::filesystem::path(to) / entry.path().filename(),
                               std::filesystem::copy_options::overwrite_existing);
  }
}

std::string version_of(const std::string& file) { return sql_text(file, "PRAGMA user_version"); }

std::vector<std::string> names_in(const std::string& directory) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace

TEST_CASE("D19: an older format goes through the steps it lacks, all of them or none") {
  Folder folder;
  open(folder).reset();
  const sqlite::ConnectionSetup setup{folder.file(), {}, Options::Sync::Full, nullptr};
  auto connection = must(sqlite::Connection::open(setup, sqlite::Role::Writer));
  std::vector<std::string> steps(schema_steps().begin(), schema_steps().end());
  steps.emplace_back("CREATE TABLE second (a INTEGER) STRICT; INSERT INTO second VALUES (1)");
  steps.emplace_back("CREATE TABLE third (a INTEGER) STRICT; INSERT INTO no_such_table VALUES (1)");

  CHECK_FALSE(sqlite::migrate(*connection, steps, folder.file()).ok());
  CHECK(must(sqlite::format_of(*connection)) == static_cast<std::int64_t>(newest()));
  CHECK_FALSE(connection->execute("SELECT * FROM second").ok());

  steps.back() = "CREATE TABLE third (a INTEGER) STRICT; INSERT INTO third SELECT a FROM second";
  CHECK(sqlite::migrate(*connection, steps, folder.file()).ok());
  CHECK(must(sqlite::format_of(*connection)) == static_cast<std::int64_t>(newest() + 2));
  CHECK(sqlite::migrate(*connection, steps, folder.file()).ok());
  connection.reset();
  CHECK(sql_text(folder.file(), "SELECT count(*) FROM third") == "1");
  CHECK_FALSE(Store::open(options_for(folder.path())).ok());
}

TEST_CASE("D19: the former format is kept beside, private and whole, until the next migration") {
  Folder folder;
  fill(folder.path());
  const std::string before = dump(folder.file());
  const std::string former = sqlite::former_file(folder.file(), static_cast<std::int64_t>(newest()));
  std::vector<std::string> steps = later_steps();
  steps.pop_back();
  // What an attempt that was killed left behind goes; what is not ours stays.
  commit(*open(folder), set_of({insert(row(9000, "s/late"))}));
  std::filesystem::copy_file(folder.file(), former + ".tmp-left");
  std::filesystem::copy_file(folder.file(), folder.file() + ".mine");
  CHECK(open_with(folder.file(), steps).ok());
  CHECK(version_of(folder.file()) == std::to_string(newest() + 1));
  CHECK(version_of(former) == std::to_string(newest()));
  CHECK(sql_text(former, "SELECT count(*) FROM entity") == std::to_string(kTables + 2));
  CHECK(sql_text(former, "PRAGMA integrity_check") == "ok");
  CHECK_FALSE(std::filesystem::exists(former + ".tmp-left"));
  CHECK(std::filesystem::exists(folder.file() + ".mine"));
  struct stat status {};
  REQUIRE(::stat(former.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777U) == 0600);

  // The same format again makes no copy; the next one replaces it.
  CHECK(open_with(folder.file(), steps).ok());
  CHECK(open_with(folder.file(), later_steps()).ok());
  CHECK_FALSE(std::filesystem::exists(former));
  const std::string next = sqlite::former_file(folder.file(), static_cast<std::int64_t>(newest() + 1));
  CHECK(version_of(next) == std::to_string(newest() + 1));
}

TEST_CASE("D19: the copy of the former format opens as the catalog it was") {
  Folder folder, back;
  fill(folder.path());
  const std::string before = dump(folder.file());
  CHECK(open_with(folder.file(), later_steps()).ok());
  std::filesystem::copy_file(sqlite::former_file(folder.file(), static_cast<std::int64_t>(newest())), back.file());
  CHECK(dump(back.file()) == before);
  auto store = open(back);
  CHECK(broken_rules(*store).empty());
  commit(*store, set_of({insert(row(9000, "s/more"))}));
}

TEST_CASE("D19: no copy, no migration") {
  Folder folder;
  fill(folder.path());
  const std::string before = dump(folder.file());
  // A directory in the place of the copy cannot be replaced by it, not even by root.
  std::filesystem::create_directory(sqlite::former_file(folder.file(), static_cast<std::int64_t>(newest())));
  CHECK_FALSE(open_with(folder.file(), later_steps()).ok());
  CHECK(version_of(folder.file()) == std::to_string(newest()));
  CHECK(dump(folder.file()) == before);
  open(folder);
}

TEST_CASE("D19: kill -9 at any moment of a migration leaves the old format or the new one, and the next open ends it") {
  Folder old, whole;
  fill(old.path());
  const std::vector<std::string> steps = later_steps();
  copy_directory(old.path(), whole.path());
  REQUIRE(open_with(whole.file(), steps).ok());
  // The least of three: one beside which the machine did something else would put most kills behind the end.
  std::int64_t lasted = INT64_MAX;
  for (int i = 0; i < 3; ++i) {
    Folder again;
    copy_directory(old.path(), again.path());
    const auto began = std::chrono::steady_clock::now();
    REQUIRE(open_with(again.file(), steps).ok());
    const auto took = std::chrono::steady_clock::now() - began;
    lasted = std::min<std::int64_t>(lasted, std::chrono::duration_cast<std::chrono::microseconds>(took).count());
  }
  const std::string expected = dump(whole.file());
  const std::string before = dump(old.file());

  const auto seed = static_cast<unsigned>(std::time(nullptr));
  MESSAGE("seed " << seed << ", a migration lasts " << lasted / 1000 << " ms");
  std::mt19937 random(seed);
  int killed = 0, still_old = 0;
  for (int round = 0; round < kKills; ++round) {
    Folder folder;
    copy_directory(old.path(), folder.path());
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) ::_exit(open_with(folder.file(), steps).ok() ? 0 : 1);
    ::usleep(static_cast<useconds_t>(random() % static_cast<unsigned>(lasted)));
    ::kill(child, SIGKILL);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    killed += WIFSIGNALED(status) ? 1 : 0;
    if (!WIFSIGNALED(status)) CHECK(WEXITSTATUS(status) == 0);

    // A copy of what the kill left is looked at, so that the look itself mends nothing.
    Folder seen;
    copy_directory(folder.path(), seen.path());
    const bool unchanged = version_of(seen.file()) == std::to_string(newest());
    still_old += unchanged ? 1 : 0;
    CHECK(dump(seen.file()) == (unchanged ? before : expected));
    const std::string former = sqlite::former_file(folder.file(), static_cast<std::int64_t>(newest()));
    if (!unchanged) CHECK(std::filesystem::exists(former));
    if (std::filesystem::exists(former)) CHECK(dump(former) == before);

    REQUIRE(open_with(folder.file(), steps).ok());
    CHECK(dump(folder.file()) == expected);
    CHECK(names_in(folder.path()) == names_in(whole.path()));
  }
  MESSAGE(killed << " of " << kKills << " killed before their end, " << still_old << " found in the old format");
  CHECK(killed > 0);
  CHECK(still_old > 0);
}
