#include "fixture.h"

using namespace metadata;
using namespace metadata::store;
using namespace metadata::store::test;
using Keys = std::vector<std::string>;

namespace {

// Names that are prefixes of one another, and that sort on both sides of the separator.
const Keys kNear = {"a", "a/x", "a/x/y", "a.b", "a.b/x", "ab", "ab/x", "a b", "a b/x"};
const std::vector<std::string> kTable = {"table"};

}  // namespace

TEST_CASE("marking a range as deleted touches exactly what lies under the key and writes its history") {
  auto store = open(":memory:");
  commit(*store, tables_under_service(kNear));
  commit(*store, set_of({MarkRange{kTable, "service", key("s/a"), true, 5000, "bob"}}));

  auto reader = look(*store);
  CHECK(keys_of(*reader, listing("table", Rows::Deleted)) == Keys{"s/a/x", "s/a/x/y"});
  const StoredEntity x = get(*store, 3);
  CHECK(x.row.version.text() == "0.2");
  CHECK(x.row.revision == 2);
  CHECK(x.row.mark == Mark::SoftDeleted);
  CHECK(x.row.updated_at == 5000);
  CHECK(x.row.updated_by == "bob");
  const auto past = must(reader->history(x.row.rid, 10, 0));
  REQUIRE(past.size() == 1);
  CHECK(past[0].version.text() == "0.1");
  CHECK(past[0].updated_by == "ann");
  CHECK_FALSE(past[0].deleted);
  CHECK_FALSE(past[0].full);
  CHECK(past[0].body.empty());
  CHECK(must(reader->count(listing("table"))) == 7);
  CHECK(must(reader->count(listing("table", Rows::Deleted))) == 2);
}

TEST_CASE("a range is restored, rows that are live already stay untouched, and time does not run backwards") {
  auto store = open(":memory:");
  commit(*store, tables_under_service({"a", "a/x", "a/y"}));
  commit(*store, set_of({MarkRange{kTable, "service", key("s/a"), true, 5000, "bob"}}));
  commit(*store, set_of({insert(row(10, "s/a/z"))}));
  commit(*store, set_of({MarkRange{kTable, "service", key("s/a"), false, 4000, "eve"}}));

  CHECK(get(*store, 10).row.version.text() == "0.1");
  const StoredEntity x = get(*store, 3);
  CHECK(x.row.version.text() == "0.3");
  CHECK(x.row.mark == Mark::Restored);
  CHECK(x.row.updated_at == 5000);
  CHECK_FALSE(x.row.deleted);
  const auto past = must(look(*store)->history(x.row.rid, 10, 0));
  REQUIRE(past.size() == 2);
  CHECK(past[0].mark == Mark::SoftDeleted);
  CHECK(past[0].deleted);
  CHECK(past[0].change.empty());
  CHECK(must(look(*store)->count(listing("table"))) == 4);
  CHECK(broken_rules(*store).empty());
}

TEST_CASE("the history of a marked row has the change of its present version, unless a mark made that one too") {
  auto store = open(":memory:");
  WriteSet set = tables_under_service({"a"});
  std::get<InsertEntity>(set.operations[1]).body.change = R"({"c":1})";
  commit(*store, set);
  commit(*store, set_of({MarkRange{kTable, "service", "s", true, 1, "bob"},
                         MarkRange{kTable, "service", "s", false, 2, "bob"}}));
  const auto past = must(look(*store)->history(get(*store, 2).row.rid, 10, 0));
  REQUIRE(past.size() == 2);
  CHECK(past[0].change.empty());
  CHECK(past[1].change == R"({"c":1})");
}

TEST_CASE("removing a range removes exactly what lies under the key, of the given types and tree") {
  auto store = open(":memory:");
  WriteSet set = tables_under_service(kNear);
  set.operations.emplace_back(insert(row(50, "s/a/v", "view")));
  EntityRow other = row(51, "s/a/x", "other");
  other.tree = "elsewhere";
  set.operations.emplace_back(insert(other));
  EntityRow root = row(52, "s", "elsewhere");
  root.tree = "elsewhere";
  set.operations.emplace_back(insert(root));
  set.operations.emplace_back(PutRelation{id(1), "owns", id(3), 0, ""});
  commit(*store, set);
  commit(*store, set_of({DeleteRange{{"table", "other"}, "service", key("s/a")}}));

  auto reader = look(*store);
  CHECK(keys_of(*reader, listing("table", Rows::All)) ==
        Keys{"s/a", "s/a b", "s/a b/x", "s/a.b", "s/a.b/x", "s/ab", "s/ab/x"});
  CHECK(must(reader->find(id(50))));
  CHECK(must(reader->find(id(51))));
  CHECK(must(reader->count(listing("table", Rows::All))) == 7);
  reader.reset();
  CHECK(broken_rules(*store).empty());
}

TEST_CASE("renaming rewrites the keys of what lies under, of attributes too, and of nothing beside") {
  auto store = open(":memory:");
  WriteSet set = tables_under_service(kNear);
  set.operations.emplace_back(insert(row(50, "s/a/c"), {{"color", "red"}}));
  commit(*store, set);
  commit(*store, set_of({RenameRange{id(2), "ä", kTable, "service", key("s/a"), key("s/ä")}}));

  auto reader = look(*store);
  CHECK(keys_of(*reader, listing("table")) ==
        Keys{"s/a b", "s/a b/x", "s/a.b", "s/a.b/x", "s/ab", "s/ab/x", "s/ä", "s/ä/c", "s/ä/x", "s/ä/x/y"});
  ListQuery red = listing("table");
  red.attributes = {{"color", "red"}};
  red.lower = key("s/ä/b");
  CHECK(keys_of(*reader, red) == Keys{"s/ä/c"});
  CHECK(get(*store, 2).row.name == "ä");
  reader.reset();
  CHECK(broken_rules(*store).empty());
}

TEST_CASE("renaming the root of a tree moves every row of it") {
  auto store = open(":memory:");
  commit(*store, tables_under_service(kNear));
  commit(*store, set_of({RenameRange{id(1), "root", {"table", "service"}, "service", "s", "root"}}));
  CHECK(keys_of(*look(*store), listing("table")).front() == "root/a");
  CHECK(keys_of(*look(*store), listing("table")).size() == kNear.size());
  CHECK(broken_rules(*store).empty());
}

TEST_CASE("a rename onto a taken key is AlreadyExists, under itself InvalidArgument, from another key a Conflict") {
  auto store = open(":memory:");
  commit(*store, tables_under_service({"a", "a/x", "b", "c/x"}));
  const auto rename = [](const std::string& from, const std::string& to) {
    return set_of({RenameRange{id(2), to.substr(to.rfind('/') + 1), kTable, "service", key(from), key(to)}});
  };
  CHECK(refused(*store, rename("s/a", "s/b")).code() == Code::AlreadyExists);
  CHECK(refused(*store, rename("s/a", "s/c")).code() == Code::AlreadyExists);  // s/c/x is taken
  CHECK(refused(*store, rename("s/a", "s/a/b")).code() == Code::InvalidArgument);
  CHECK(refused(*store, rename("s/q", "s/r")).code() == Code::Conflict);
  CHECK(keys_of(*look(*store), listing("table")) == Keys{"s/a", "s/a/x", "s/b", "s/c/x"});
}

TEST_CASE("a term moves out of its parent though names repeat on the way") {
  auto store = open(":memory:");
  commit(*store, tables_under_service({"p", "p/p", "p/p/p", "p/p/p/c", "p/p/c"}));
  commit(*store, set_of({DeleteEntity{id(2)}}));
  commit(*store, set_of({RenameRange{id(3), "p", kTable, "service", key("s/p/p"), key("s/p")}}));
  CHECK(keys_of(*look(*store), listing("table")) == Keys{"s/p", "s/p/c", "s/p/p", "s/p/p/c"});
}

TEST_CASE("a range costs the same number of statements for 10 rows and for 1000") {
  auto store = open(":memory:");
  const auto cost = [&](std::uint64_t first, std::uint64_t n, const std::string& root) {
    WriteSet set = set_of({insert(row(first, root, "service"))});
    for (std::uint64_t i = first + 1; i <= first + n; ++i)
      set.operations.emplace_back(insert(row(i, root + "/t" + std::to_string(i))));
    commit(*store, set);
    auto turn = must(store->exclusive());
    const std::uint64_t before = store->statements();
    must(turn->apply(set_of({MarkRange{kTable, "service", root, true, 1, "bob"}})));
    must(turn->apply(set_of({RenameRange{id(first), root + "2", kTable, "service", root, root + "2"}})));
    must(turn->apply(set_of({DeleteRange{kTable, "service", root + "2"}})));
    const std::uint64_t after = store->statements();
    REQUIRE(turn->commit().ok());
    return after - before;
  };
  CHECK(cost(100, 1000, "many") <= cost(1, 10, "few"));
  CHECK(must(look(*store)->count(listing("table", Rows::All))) == 0);
  CHECK(broken_rules(*store).empty());
}
