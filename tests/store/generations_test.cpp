#include "store/generations.h"

#include <atomic>
#include <thread>

#include "failing_disk.h"
#include "fixture.h"

using namespace metadata;
using namespace metadata::store;
using namespace metadata::store::test;

namespace {

Footprint of_entity(std::uint64_t number) {
  Footprint places;
  places.entity(id(number));
  return places;
}
Footprint below(const std::string& slashed_key) {
  Footprint places;
  places.above(key(slashed_key));
  return places;
}
Footprint of_side(const std::string& kind, const std::string& name) {
  Footprint places;
  places.side(kind, name);
  return places;
}

/// Does committing the operations count as a change of these places?
bool changes(Store& store, const Footprint& places, std::vector<Operation> operations) {
  const auto since = store.generations().now();
  REQUIRE(store.generations().unchanged(places, since));
  commit(store, set_of(std::move(operations)));
  REQUIRE(store.generations().unchanged(places, store.generations().now()));
  return !store.generations().unchanged(places, since);
}

EntityRow table(std::uint64_t number, const std::string& slashed_key) { return row(number, slashed_key); }

}  // namespace

TEST_CASE("every operation changes what it touches, and nothing far from it") {
  auto store = open(":memory:");
  commit(*store, tables_under_service({"a", "b", "c"}));  // ids 1 to 4
  const std::vector<std::string> tables = {"table"};
  const Footprint bystander = of_entity(4);
  const auto touches = [&](const Footprint& places, const Operation& operation) {
    const auto since = store->generations().now();
    const bool touched = changes(*store, places, {operation});
    CHECK(store->generations().unchanged(bystander, since));
    return touched;
  };

  CHECK(touches(of_entity(5), insert(table(5, "s/d"))));
  CHECK(touches(below("s/e/f"), insert(table(6, "s/e"))));
  CHECK(touches(of_entity(2), UpdateEntity{table(2, "s/a"), {}, {}}));
  CHECK(touches(of_entity(2), PutRelation{id(2), "owns", id(3), 0, {}}));
  CHECK(touches(of_entity(3), PutRelation{id(2), "owns", id(3), 1, {}}));
  CHECK(touches(of_entity(3), DeleteRelation{id(2), "owns", id(3)}));
  CHECK(touches(of_entity(2), PutLineage{id(2), id(3), "Manual", {}, "", "{}", {}}));
  CHECK(touches(of_entity(3), PutLineage{id(2), id(3), "ViewLineage", {}, "", "{}", {}}));
  CHECK(touches(of_entity(2), DropLineageColumns{id(2), {".c"}}));
  CHECK(touches(of_entity(3), DeleteLineage{id(2), id(3)}));
  CHECK(touches(of_entity(2), ReplaceTags{id(2), {}}));
  CHECK(touches(of_entity(2), PutSeries{id(2), "runs", {"1", 1, "{}"}}));
  CHECK(touches(of_entity(2), DeleteSeries{id(2), "runs", "1"}));
  CHECK(touches(of_side("kind", "k"), PutSide{{"kind", "k", id(2), 0, "{}"}}));
  CHECK(touches(of_entity(2), PutSide{{"kind", "l", id(2), 0, "{}"}}));
  CHECK(touches(of_side("kind", "k"), DeleteSide{"kind", "k"}));
  CHECK(touches(of_entity(2), DeleteSideOf{"kind", id(2)}));
  CHECK(touches(below("s/a/x/y"), MarkRange{tables, "service", key("s/a"), true, 1, "me"}));
  CHECK(touches(below("s/a/x"), DeleteRange{tables, "service", key("s/a")}));
  CHECK(touches(of_entity(5), RenameRange{id(5), "z", tables, "service", key("s/d"), key("s/z")}));
  CHECK(touches(below("s/z/x"), RenameRange{id(5), "d", tables, "service", key("s/z"), key("s/d")}));
  CHECK(touches(of_entity(2), DeleteEntity{id(2)}));
  Footprint expiry;
  expiry.expiry();
  CHECK(touches(expiry, ExpireSide{1}));
  CHECK_FALSE(touches(of_entity(3), PutSetting{"x", "y"}));
  CHECK_FALSE(touches(of_entity(3), log_of(table(3, "s/b"))));
}

TEST_CASE("a refused set changes nothing; one in a transaction does when it is committed") {
  auto store = open(":memory:");
  commit(*store, tables_under_service({"a"}));
  const auto since = store->generations().now();
  CHECK_FALSE(refused(*store, set_of({UpdateEntity{table(2, "s/a"), {}, {}}}, {RowAt{id(2), 99}})).ok());
  CHECK(store->generations().unchanged(of_entity(2), since));
  {
    auto turn = must(store->exclusive());
    must(turn->apply(set_of({UpdateEntity{table(2, "s/a"), {}, {}}})));
    CHECK(store->generations().unchanged(of_entity(2), since));
  }
  CHECK(store->generations().unchanged(of_entity(2), since));
  auto turn = must(store->exclusive());
  must(turn->apply(set_of({UpdateEntity{table(2, "s/a"), {}, {}}})));
  CHECK(turn->commit().ok());
  CHECK_FALSE(store->generations().unchanged(of_entity(2), since));
}

TEST_CASE("after a failed commit values can be kept again") {
  Folder folder;
  FailingDisk disk;
  auto store = open(folder);
  commit(*store, tables_under_service({"a"}));
  disk.fail_syncs(true);
  CHECK_FALSE(refused(*store, set_of({UpdateEntity{table(2, "s/a"), {}, {}}})).ok());
  const auto since = store->generations().now();
  CHECK(store->generations().unchanged(of_entity(2), since));
  // The reader's answers, kept ones among them, are those of the state before.
  for (int i = 0; i < 2; ++i) {
    const std::vector<EntityId> ids = {id(2)};
    CHECK(slashed(must(look(*store)->refs_by_id(ids))) == std::vector<std::string>{"s/a"});
  }
}

TEST_CASE("known references cost no statement and are those of the reader's moment") {
  auto store = open(":memory:");
  commit(*store, tables_under_service({"a", "b"}));
  const std::vector<EntityId> ids = {id(2), id(3), id(2), id(77)};
  const std::vector<TypedKey> keys = {{"table", key("s/a")}, {"table", key("s/a")}, {"table", key("s/b")}};
  CHECK(must(look(*store)->refs_by_id(ids)).size() == 2);
  CHECK(must(look(*store)->refs_by_key(keys)).size() == 2);

  auto reader = look(*store);
  auto before = store->statements();
  CHECK(must(reader->refs_by_key(keys)).size() == 2);
  CHECK(must(reader->refs_by_id(std::vector<EntityId>{id(2), id(3)})).size() == 2);
  CHECK(store->statements() == before);

  // What this reader sees is what was when it began.
  EntityRow changed = table(2, "s/a");
  changed.display_name = "new";
  commit(*store, set_of({UpdateEntity{changed, {}, {}}}));
  CHECK(must(reader->refs_by_id(std::vector<EntityId>{id(2)})).front().display_name == "");
  CHECK(must(look(*store)->refs_by_id(std::vector<EntityId>{id(2)})).front().display_name == "new");
  CHECK(must(look(*store)->refs_by_id(std::vector<EntityId>{id(2)})).front().display_name == "new");
  CHECK(must(reader->refs_by_id(std::vector<EntityId>{id(2)})).front().display_name == "");

  commit(*store, set_of({DeleteEntity{id(2)}}));
  CHECK(must(look(*store)->refs_by_id(std::vector<EntityId>{id(2)})).empty());
  CHECK(must(look(*store)->refs_by_key(keys)).size() == 1);
}

TEST_CASE("the answers of a glance are each of their own moment") {
  auto store = open(":memory:");
  commit(*store, tables_under_service({"a"}));
  auto glance = must(store->glance());
  const auto before = store->statements();
  CHECK(must(glance->find(id(2)))->row.name == "a");
  CHECK(store->statements() - before == 1);
  commit(*store, set_of({DeleteEntity{id(2)}}));
  CHECK_FALSE(must(glance->find(id(2))));
}

TEST_CASE("many threads' references are never older than an answered write") {
  auto store = open(":memory:");
  commit(*store, tables_under_service({"a"}));
  std::atomic<int> answered = 0;
  std::atomic<int> stale = 0;
  std::atomic<bool> stop = false;
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      int seen = 0;
      while (!stop) {
        const int least = std::max(seen, answered.load());
        const auto rows = (*store->snapshot())->refs_by_id(std::vector<EntityId>{id(2)});
        seen = rows.ok() && rows->size() == 1 ? std::atoi(rows->front().display_name.c_str()) : -1;
        if (seen < least) ++stale;
      }
    });
  }
  for (int i = 1; i <= 300; ++i) {
    EntityRow changed = table(2, "s/a");
    changed.display_name = std::to_string(i);
    if (!store->commit(set_of({UpdateEntity{changed, {}, {}}})).ok()) ++stale;
    answered = i;
  }
  stop = true;
  for (auto& reader : readers) reader.join();
  CHECK(stale == 0);
}
