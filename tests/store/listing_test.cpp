#include "fixture.h"

#include <functional>

using namespace metadata;
using namespace metadata::store;
using namespace metadata::store::test;
using Keys = std::vector<std::string>;

TEST_CASE("a listing is in key order, skips deleted rows, and goes on from a key in both directions") {
  auto store = open(":memory:");
  commit(*store, tables_under_service({"d", "a", "c", "b", "e"}));
  ListQuery query = listing("table");
  auto reader = look(*store);
  CHECK(keys_of(*reader, query) == Keys{"s/a", "s/b", "s/c", "s/d", "s/e"});
  query.limit = 2;
  CHECK(keys_of(*reader, query) == Keys{"s/a", "s/b"});
  query.lower = key("s/b");
  CHECK(keys_of(*reader, query) == Keys{"s/c", "s/d"});
  query.lower.clear();
  query.upper = key("s/d");
  query.descending = true;
  CHECK(keys_of(*reader, query) == Keys{"s/c", "s/b"});
  query.limit = 0;
  CHECK(keys_of(*reader, query).empty());
}

TEST_CASE("live, deleted and all rows are listed and counted apart") {
  auto store = open(":memory:");
  commit(*store, tables_under_service({"a", "b", "c"}));
  StoredEntity b = get(*store, 3);
  b.row.deleted = true;
  commit(*store, set_of({UpdateEntity{b.row, b.body, {}}}));
  auto reader = look(*store);
  CHECK(keys_of(*reader, listing("table")) == Keys{"s/a", "s/c"});
  CHECK(keys_of(*reader, listing("table", Rows::Deleted)) == Keys{"s/b"});
  CHECK(keys_of(*reader, listing("table", Rows::All)) == Keys{"s/a", "s/b", "s/c"});
  CHECK(must(reader->count(listing("table"))) == 2);
  CHECK(must(reader->count(listing("table", Rows::Deleted))) == 1);
  CHECK(must(reader->count(listing("table", Rows::All))) == 3);
  CHECK(must(reader->count(listing("view", Rows::All))) == 0);
  CHECK(broken_rules(*store).empty());
}

TEST_CASE("a count within bounds sees what lies under a container") {
  auto store = open(":memory:");
  commit(*store, tables_under_service({"a", "b/x", "b/y", "c"}));
  ListQuery query = listing("table");
  query.lower = key("s/b") + kKeySeparator;
  query.upper = key("s/b") + kKeyEnd;
  auto reader = look(*store);
  CHECK(must(reader->count(query)) == 2);
  CHECK(keys_of(*reader, query) == Keys{"s/b/x", "s/b/y"});
}

TEST_CASE("attributes filter lists and counts, all of them together") {
  auto store = open(":memory:");
  const Attribute red{"color", "red"}, blue{"color", "blue"}, big{"size", "big"};
  commit(*store,
         set_of({insert(row(1, "s", "service")), insert(row(2, "s/a"), {red, big}), insert(row(3, "s/b"), {red}),
                 insert(row(4, "s/c"), {blue, big}), insert(row(5, "s/d"), {red, big})}));
  ListQuery query = listing("table");
  query.attributes = {red};
  auto reader = look(*store);
  CHECK(keys_of(*reader, query) == Keys{"s/a", "s/b", "s/d"});
  query.lower = key("s/a");
  CHECK(keys_of(*reader, query) == Keys{"s/b", "s/d"});
  query.lower.clear();
  query.attributes = {red, big};
  query.descending = true;
  CHECK(keys_of(*reader, query) == Keys{"s/d", "s/a"});
  CHECK(must(reader->count(query)) == 2);
  reader.reset();

  StoredEntity a = get(*store, 2);
  commit(*store, set_of({UpdateEntity{a.row, a.body, {blue}}}));
  reader = look(*store);
  CHECK(keys_of(*reader, query) == Keys{"s/d"});
  query.attributes.assign(17, red);
  CHECK(reader->list(query).error().code() == Code::InvalidArgument);
}

TEST_CASE("children are one part longer, in key order, of several parents at once") {
  auto store = open(":memory:");
  commit(*store, tables_under_service({"b", "b/x", "b/y", "b/y/z", "ab", "a b", "a.b", "a", "a/q"}));
  auto reader = look(*store);
  const auto names = [&](const Keys& keys, std::size_t limit = 100) {
    return slashed(must(reader->children("table", "service", keys, Rows::Live, limit)));
  };
  CHECK(names({"s"}) == Keys{"s/a", "s/a b", "s/a.b", "s/ab", "s/b"});
  CHECK(names({"s"}, 2) == Keys{"s/a", "s/a b"});
  CHECK(names({key("s/b")}) == Keys{"s/b/x", "s/b/y"});
  CHECK(names({key("s/b"), key("s/a"), key("s/b")}) == Keys{"s/a/q", "s/b/x", "s/b/y"});
  CHECK(names({}).empty());
  const Keys root = {"s"};
  CHECK(must(reader->children("table", "other", root, Rows::All, 10)).empty());
  CHECK(must(reader->children("table", "service", root, Rows::Deleted, 10)).empty());
  CHECK(must(reader->children("table", "service", root, Rows::All, 10)).size() == 5);
  const Keys asked = {key("s/b"), "s", key("s/a"), "none"};
  CHECK(must(reader->count_under("table", "service", asked)) == std::vector<std::int64_t>{3, 9, 1, 0});
}

TEST_CASE("references are found by many ids and keys, unknown and repeated ones left out") {
  auto store = open(":memory:");
  commit(*store, tables_under_service({"a", "b \"q\\", "ü"}));
  auto reader = look(*store);
  const std::vector<EntityId> ids = {id(2), id(99), id(4), id(2)};
  CHECK(must(reader->refs_by_id(ids)).size() == 2);
  CHECK(must(reader->refs_by_id({})).empty());
  const std::vector<TypedKey> keys = {
      {"table", key("s/ü")}, {"table", key("s/b \"q\\")}, {"view", key("s/a")}, {"service", "s"}, {"service", "s"}};
  CHECK(must(reader->refs_by_key(keys)).size() == 3);
  CHECK(must(reader->refs_by_key({})).empty());
}

TEST_CASE("every question is the same number of statements for 10 keys and for 1000") {
  auto store = open(":memory:");
  WriteSet set = tables_under_service({});
  for (std::uint64_t i = 2; i < 1002; ++i) {
    const std::string name = "t" + std::to_string(i);
    set.operations.emplace_back(insert(row(i, "s/" + name), {{"a", "b"}}));
    set.operations.emplace_back(PutRelation{id(1), "has", id(i), 0, ""});
  }
  commit(*store, set);
  auto reader = look(*store);
  const auto cost = [&](std::size_t n) {
    std::vector<EntityId> ids;
    std::vector<TypedKey> typed;
    Keys keys;
    std::vector<Rid> rids;
    for (std::uint64_t i = 2; i < 2 + n; ++i) {
      ids.push_back(id(i));
      keys.push_back(key("s/t" + std::to_string(i)));
      typed.push_back({"table", keys.back()});
      rids.push_back(static_cast<Rid>(i));
    }
    ListQuery query = listing("table");
    query.limit = n;
    ListQuery filtered = query;
    filtered.attributes = {{"a", "b"}};
    const Keys kinds = {"has", "owns"};
    std::vector<std::uint64_t> costs;
    const auto measure = [&](const std::function<std::size_t()>& ask, std::size_t expected) {
      const std::uint64_t before = store->statements();
      CHECK(ask() == expected);
      costs.push_back(store->statements() - before);
    };
    measure([&] { return must(reader->refs_by_id(ids)).size(); }, n);
    measure([&] { return must(reader->refs_by_key(typed)).size(); }, n);
    measure([&] { return must(reader->list(query)).size(); }, n);
    measure([&] { return must(reader->list(filtered)).size(); }, n);
    measure([&] { return must(reader->relations(rids, Direction::To, kinds)).size(); }, n);
    measure([&] { return must(reader->tags(rids)).size(); }, 0);
    measure([&] { return must(reader->children("table", "service", keys, Rows::All, n)).size(); }, 0);
    measure([&] { return must(reader->count_under("table", "service", keys)).size(); }, n);
    measure([&] { return must(reader->tag_usage_counts("service", keys)).size(); }, n);
    measure([&] { return must(reader->latest_series(rids, "x")).size(); }, 0);
    return costs;
  };
  const std::vector<std::uint64_t> ten = cost(10);
  CHECK(ten == cost(1000));
  CHECK(ten == std::vector<std::uint64_t>(ten.size(), 1));
}
