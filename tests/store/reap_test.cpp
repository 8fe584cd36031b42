#include "fixture.h"

#include <atomic>
#include <thread>

#include "store/sqlite/backend.h"

using namespace metadata;
using namespace metadata::store;
using namespace metadata::store::test;

namespace {

constexpr std::uint64_t kRows = 2'000;
const std::vector<std::string> kTable = {"table"};

/// A service "s" with many tables, each with something in every table of the store, all owned by a user and labelled.
/// User: id 1, tag: id 2, service: id 3, tables: from id 10 on.
void fill(Store& store, std::uint64_t rows = kRows) {
  EntityRow user = row(1, "ann", "user"), tag = row(2, "tag", "tag");
  user.tree = "user";
  tag.tree = "tag";
  commit(store, set_of({insert(user), insert(tag), insert(row(3, "s", "service"))}));
  WriteSet set;
  for (std::uint64_t i = 10; i < 10 + rows; ++i) {
    const EntityRow table = row(i, "s/t" + std::to_string(i));
    AppendHistory past{table.id, {}};
    past.row.version = Version{0};
    set.operations.insert(
        set.operations.end(),
        {insert(table, {{"color", "red"}}, R"({"text":")" + std::string(2'000, 'x') + R"("})"),
         PutRelation{user.id, "owns", table.id, 0, ""}, PutRelation{table.id, "inDomain", tag.id, 0, ""},
         ReplaceTags{table.id, {{"", tag.id, "C", "Manual", "Confirmed", "", 0}}},
         PutSeries{table.id, "status", {"r", 1, "{}"}}, PutSide{{"session", std::to_string(i), table.id, 0, "b"}}});
  }
  commit(store, set);
}

const WriteSet kRemoveAll = set_of({DeleteRange{kTable, "service", "s"}});

/// Removes the tables and stops as if the process had died before anything was reaped.
void remove_and_die(const Folder& folder) {
  auto backend = must(sqlite::SqliteBackend::open(folder.file(), options_for(folder.path())));
  auto transaction = must(backend->begin());
  CHECK(must(transaction->apply(kRemoveAll)).leftovers);
  REQUIRE(transaction->commit().ok());
}

/// What is left in the file of what hung on removed entities.
std::string left_in(const Folder& folder) {
  return sql_text(folder.file(),
                  "SELECT (SELECT count(*) FROM body) || ' ' || (SELECT count(*) FROM history) || ' ' ||"
                  " (SELECT count(*) FROM relation) || ' ' || (SELECT count(*) FROM tag_usage) || ' ' ||"
                  " (SELECT count(*) FROM attribute) || ' ' || (SELECT count(*) FROM series) || ' ' ||"
                  " (SELECT count(*) FROM side) || ' ' || (SELECT count(*) FROM gone)");
}

}  // namespace

TEST_CASE("removing a large range leaves nothing in the file when it returns") {
  Folder folder;
  {
    auto store = open(folder);
    fill(*store);
    CHECK_FALSE(commit(*store, kRemoveAll).seq != 0);
    CHECK(broken_rules(*store).empty());
  }
  CHECK(left_in(folder) == "3 0 0 0 0 0 0 0");
}

TEST_CASE("so does a removal in a turn of its own") {
  Folder folder;
  {
    auto store = open(folder);
    fill(*store);
    auto turn = must(store->exclusive());
    CHECK(must(turn->apply(kRemoveAll)).leftovers);
    CHECK(turn->commit().ok());
  }
  CHECK(left_in(folder) == "3 0 0 0 0 0 0 0");
}

TEST_CASE("removed entities are gone for every reader before anything is reaped, and their keys are free") {
  Folder folder;
  fill(*open(folder));
  remove_and_die(folder);
  auto backend = must(sqlite::SqliteBackend::open(folder.file(), options_for(folder.path())));
  CHECK(must(backend->check()).empty());
  auto reader = must(backend->snapshot(Interrupt()));
  CHECK_FALSE(must(reader->find(id(10))));
  CHECK_FALSE(must(reader->find_key("table", key("s/t10"))));
  CHECK(must(reader->list(listing("table", Rows::All))).empty());
  CHECK(must(reader->count(listing("table", Rows::All))) == 0);
  CHECK(must(reader->refs_by_id(std::vector<EntityId>{id(10), id(11)})).empty());
  ListQuery red = listing("table", Rows::All);
  red.attributes = {{"color", "red"}};
  CHECK(must(reader->list(red)).empty());
  CHECK(must(reader->count(red)) == 0);
  const std::vector<Rid> user{must(reader->find(id(1)))->row.rid}, tag{must(reader->find(id(2)))->row.rid};
  CHECK(must(reader->relations(user, Direction::From, std::vector<std::string>{"owns"})).empty());
  CHECK(must(reader->relations(tag, Direction::To, std::vector<std::string>{"inDomain"})).empty());
  CHECK(must(reader->tag_usage_counts("tag", std::vector<std::string>{"tag"})) == std::vector<std::int64_t>{0});
  CHECK_FALSE(must(reader->side("session", "10")));
  reader.reset();

  auto transaction = must(backend->begin());
  CHECK(transaction->apply(set_of({insert(row(10, "s/t10"))}, {KeyAbsent{"table", key("s/t10")}})).ok());
  CHECK(transaction->apply(set_of({DeleteEntity{id(1)}}, {NoRelation{"user", id(1), "owns"}})).ok());
  CHECK(transaction->commit().ok());
  CHECK(must(backend->check()).empty());
}

TEST_CASE("what a crash left over is reaped by later writers, a piece each, and by the next that removes") {
  Folder folder;
  fill(*open(folder));
  remove_and_die(folder);
  const auto left = [&] { return std::stoi(sql_text(folder.file(), "SELECT count(*) FROM gone")); };
  const int before = left();
  REQUIRE(before > 1'000);
  {
    auto store = open(folder);
    CHECK(left() == before);  // opening waits for nothing
    commit(*store, set_of({PutSetting{"a", "1"}}));
    const int after = left();
    CHECK(after < before);
    CHECK(after > 0);
    commit(*store, set_of({insert(row(5'000, "s/again"))}));
    commit(*store, set_of({DeleteEntity{id(5'000)}}));
    CHECK(left() == 0);
    CHECK(broken_rules(*store).empty());
  }
  CHECK(left_in(folder) == "3 0 0 0 0 0 0 0");
}

TEST_CASE("an entity with more edges, labels and versions than one piece is removed whole, too") {
  Folder folder;
  {
    auto store = open(folder);
    fill(*store);
    WriteSet versions;
    for (std::int32_t i = 1; i < 1'500; ++i) {
      AppendHistory past{id(3), {}};
      past.row.version = Version{i};
      versions.operations.emplace_back(past);
    }
    commit(*store, versions);
    commit(*store, set_of({DeleteEntity{id(1)}, DeleteEntity{id(2)}, DeleteEntity{id(3)}}));
    auto reader = look(*store);
    CHECK(must(reader->tags(std::vector<Rid>{must(reader->find(id(10)))->row.rid})).empty());
  }
  CHECK(left_in(folder) == "2000 0 0 0 2000 2000 2000 0");
}

TEST_CASE("other writers have their turns while a large range is reaped") {
  Folder folder;
  auto store = open(folder);
  fill(*store);
  std::atomic<bool> removed = false;
  std::thread remover([&] {
    commit(*store, kRemoveAll);
    removed = true;
  });
  // The removal is durable once its rows are not seen any more; from then on it only reaps.
  while (must(look(*store)->count(listing("table"))) != 0) std::this_thread::yield();
  int turns = 0;
  while (!removed) {
    commit(*store, set_of({PutSetting{"turn", std::to_string(++turns)}}));
  }
  remover.join();
  MESSAGE("turns of another writer meanwhile: ", turns);
  // None, when this thread slept for as long as that took.
  CHECK(must(look(*store)->setting("turn")).value_or("0") == std::to_string(turns));
  CHECK(broken_rules(*store).empty());
}
