#include "fixture.h"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "store/copy.h"
#include "store/sqlite/schema.h"

using namespace metadata;
using namespace metadata::store;
using namespace metadata::store::test;

namespace {

/// An empty file to copy into.
std::string target_in(const Folder& folder) {
  const std::string target = folder.path() + "/copy.db";
  std::ofstream(target, std::ios::trunc).close();
  return target;
}

std::string content(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::size_t entries(const std::string& path) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path), {}));
}

Result<DatabaseFacts> copied(const Folder& from, const std::string& target) {
  return copy_database(from.path(), target, nullptr);
}

WriteSet pair_of_tables(std::uint64_t n) {
  const EntityRow one = row(2 * n, "s/t" + std::to_string(n)), other = row(2 * n + 1, "s/u" + std::to_string(n));
  return set_of({insert(one), insert(other), PutRelation{one.id, "twin", other.id, 0, ""}, log_of(one), log_of(other)});
}

}  // namespace

TEST_CASE("D17: a copy is made of an open store, with what was committed before, and leaves its files as they are") {
  Folder folder, aside;
  auto store = open(folder);
  commit(*store, tables_under_service({"a", "b"}));
  commit(*store, pair_of_tables(100));
  const std::string database = content(folder.file()), log = content(folder.file() + "-wal");
  const std::string target = target_in(aside);
  const DatabaseFacts facts = must(copied(folder, target));
  CHECK(facts.last_seq == 2);
  CHECK(facts.format == newest_format());
  CHECK(facts.store_id == sql_text(target, "SELECT value FROM setting WHERE name = 'store.id'"));
  CHECK(content(folder.file()) == database);
  CHECK(content(folder.file() + "-wal") == log);
  CHECK(must(prove_database(target, Depth::Rules)).last_seq == 2);
  // The store goes on with all its locks: another one is refused, and the log is moved when it closes.
  CHECK(Store::open(options_for(folder.path())).error().code() == Code::Unavailable);
  commit(*store, pair_of_tables(200));
  store.reset();
  CHECK_FALSE(std::filesystem::exists(folder.file() + "-wal"));
}

TEST_CASE("D17: the copy opens as a store of its own") {
  Folder folder, copy;
  auto store = open(folder);
  commit(*store, tables_under_service({"a"}));
  std::ofstream(copy.file()).close();
  must(copied(folder, copy.file()));
  CHECK(sql_text(copy.file(), "PRAGMA journal_mode") == "wal");
  auto second = open(copy);
  CHECK(get(*second, 2).row.name == "a");
  commit(*second, pair_of_tables(100));
  CHECK(broken_rules(*second).empty());
  CHECK_FALSE(must(look(*store)->find(id(200))));
}

TEST_CASE("D17: beside a database that nobody has open, a copy makes and changes no file") {
  Folder folder, aside;
  commit(*open(folder), tables_under_service({"a"}));
  const std::string before = content(folder.file());
  const std::size_t files = entries(folder.path());
  const std::string target = target_in(aside);
  CHECK(must(copied(folder, target)).format == newest_format());
  CHECK(content(folder.file()) == before);
  CHECK(entries(folder.path()) == files);
  CHECK(sql_text(target, "SELECT count(*) FROM entity") == "2");
}

TEST_CASE("D17: what lies only in the log that a killed process left is in the copy") {
  Folder folder, aside;
  commit(*open(folder), tables_under_service({}));
  const pid_t child = ::fork();
  if (child == 0) {
    const auto store = Store::open(options_for(folder.path()));
    const bool written = store.ok() && (*store)->commit(pair_of_tables(100)).ok();
    if (written) ::kill(::getpid(), SIGKILL);
    ::_exit(1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
  const std::string before = content(folder.file()), log = content(folder.file() + "-wal");
  REQUIRE_FALSE(log.empty());
  const std::string target = target_in(aside);
  CHECK(must(copied(folder, target)).last_seq == 2);
  CHECK(sql_text(target, "SELECT count(*) FROM entity") == "3");
  CHECK(content(folder.file()) == before);
  CHECK(content(folder.file() + "-wal") == log);
  CHECK(get(*open(folder), 200).row.name == "t100");
}

TEST_CASE("D17: copies beside many writers hold pairs whole, and all that was acknowledged before they began") {
  Folder folder;
  auto store = open(folder);
  commit(*store, tables_under_service({}));
  std::atomic<bool> stop = false;
  std::atomic<std::uint64_t> written = 0;
  std::vector<std::thread> writers;
  for (std::uint64_t writer = 0; writer < 3; ++writer) {
    writers.emplace_back([&, writer] {
      for (std::uint64_t n = 1000 + writer * 1'000'000; !stop; ++n) {
        if (!store->commit(pair_of_tables(n)).ok()) return;
        ++written;
      }
    });
  }
  for (int round = 0; round < 8; ++round) {
    Folder aside;
    const std::uint64_t before = written;
    const std::string target = target_in(aside);
    const DatabaseFacts facts = must(copied(folder, target));
    const std::uint64_t after = written;
    CHECK(must(prove_database(target, Depth::Rules)).last_seq == facts.last_seq);
    const auto tables = std::stoull(sql_text(target, "SELECT count(*) FROM entity WHERE type = 'table'"));
    CHECK(tables % 2 == 0);
    CHECK(tables == facts.last_seq);
    CHECK(tables >= 2 * before);
    CHECK(tables <= 2 * (after + 3));
  }
  stop = true;
  for (std::thread& writer : writers) writer.join();
  CHECK(broken_rules(*store).empty());
}

TEST_CASE("D17: writing goes on while a copy is open, and the log is not moved by the one who copies") {
  Folder folder, aside;
  auto store = open(folder);
  commit(*store, tables_under_service({}));
  for (std::uint64_t n = 100; n < 130; ++n) {
    must(copied(folder, target_in(aside)));
    commit(*store, pair_of_tables(n));
  }
  CHECK(file_bytes(folder.file() + "-wal") > 0);
  CHECK(broken_rules(*store).empty());
}

TEST_CASE("a copy that is broken off is Unavailable") {
  Folder folder, aside;
  auto store = open(folder);
  const std::atomic<bool> cancel = true;
  CHECK(copy_database(folder.path(), target_in(aside), &cancel).error().code() == Code::Unavailable);
}

TEST_CASE("nothing is copied from a place without a catalog, from a foreign file or a newer one") {
  Folder none, text, other, newer, aside;
  CHECK(copied(none, target_in(aside)).error().code() == Code::NotFound);
  CHECK(entries(none.path()) == 0);
  std::ofstream(text.file()) << std::string(5000, 'x');
  CHECK(copied(text, target_in(aside)).error().code() == Code::Corrupt);
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open(other.file().c_str(), &database) == SQLITE_OK);
  REQUIRE(sqlite3_exec(database, "CREATE TABLE t(a)", nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(database);
  CHECK(copied(other, target_in(aside)).error().code() == Code::Corrupt);
  open(newer).reset();
  damage(newer.file(), "PRAGMA user_version=999");
  CHECK(copied(newer, target_in(aside)).error().code() == Code::Corrupt);
}

TEST_CASE("a database is proved without a trace beside it, and damage in it is found") {
  Folder folder;
  commit(*open(folder), tables_under_service({"a", "b"}));
  const std::size_t files = entries(folder.path());
  CHECK(prove_database(folder.file(), Depth::Pages).ok());
  CHECK(prove_database(folder.file(), Depth::Rules).ok());
  CHECK(entries(folder.path()) == files);
  damage(folder.file(), "DELETE FROM body WHERE rid = 2");
  CHECK(prove_database(folder.file(), Depth::Pages).ok());
  const Error broken = prove_database(folder.file(), Depth::Rules).error();
  CHECK(broken.code() == Code::Corrupt);
  CHECK(broken.message().find("row-without-body") != std::string_view::npos);
  std::string bytes = content(folder.file());
  for (std::size_t at = 16384; at < bytes.size(); at += 512) bytes[at] = '\x7f';
  std::ofstream(folder.file(), std::ios::binary) << bytes;
  CHECK(prove_database(folder.file(), Depth::Pages).error().code() == Code::Corrupt);
}
