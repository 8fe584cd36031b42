#include "fixture.h"

using namespace metadata;
using namespace metadata::store;
using namespace metadata::store::test;
using Texts = std::vector<std::string>;

namespace {

/// Four tables: two with values, one without, one that is deleted; and a view with a value.
std::unique_ptr<Store> filled() {
  auto store = open(":memory:");
  commit(*store, tables_under_service({"a", "b", "c", "d"}));
  commit(*store, set_of({insert(row(9, "s/a/v", "view"))}));
  const auto put = [](int owner, const char* value, std::int64_t at, const char* word) {
    return PutSeries{id(owner), "x", {value, at, std::string(R"({"is":")") + word + R"(","name":")" + value + "\"}"}};
  };
  commit(*store,
         set_of({put(2, "a1", 10, "good"), put(2, "a2", 30, "bad"), put(3, "b1", 20, "good"), put(3, "b2", 30, "good"),
                 put(5, "d1", 40, "bad"), put(9, "v1", 50, "bad"), PutSeries{id(2), "other", {"o", 60, "{}"}}}));
  StoredEntity d = get(*store, 5);
  d.row.deleted = true;
  commit(*store, set_of({UpdateEntity{d.row, d.body, {}}}));
  return store;
}

Survey values() {
  Survey query;
  query.of = listing("table");
  query.series = "x";
  query.order = Survey::Order::Newest;
  return query;
}

Texts ids_of(const Surveyed& found) {
  Texts texts;
  for (const auto& one : found.rows) texts.push_back(one.value ? one.value->id : "-");
  return texts;
}

}  // namespace

TEST_CASE("a survey has the values of all entities in the order of time, with their number") {
  const auto store = filled();
  auto reader = look(*store);
  Survey query = values();
  CHECK(ids_of(must(reader->survey(query))) == Texts{"b2", "a2", "b1", "a1"});
  query.order = Survey::Order::Oldest;
  CHECK(ids_of(must(reader->survey(query))) == Texts{"a1", "b1", "a2", "b2"});
  query.of.rows = Rows::All;
  query.order = Survey::Order::Newest;
  const auto all = must(reader->survey(query));
  CHECK(ids_of(all) == Texts{"d1", "b2", "a2", "b1", "a1"});
  CHECK(all.total == 5);
}

TEST_CASE("a page of a survey lies anywhere, and its total does not depend on it") {
  const auto store = filled();
  auto reader = look(*store);
  for (const auto order : {Survey::Order::Newest, Survey::Order::Oldest, Survey::Order::Key}) {
    Survey query = values();
    query.order = order;
    const Texts whole = ids_of(must(reader->survey(query)));
    REQUIRE(whole.size() == 4);
    for (std::size_t offset = 0; offset < 6; ++offset) {
      for (std::size_t limit = 0; limit < 6; ++limit) {
        query.offset = offset;
        query.limit = limit;
        const auto page = must(reader->survey(query));
        Texts expected;
        for (std::size_t i = offset; i < std::min(offset + limit, whole.size()); ++i) expected.push_back(whole[i]);
        CHECK(ids_of(page) == expected);
        CHECK(page.total == 4);
      }
    }
  }
}

TEST_CASE("a survey is narrowed by time, by members of values, and to the newest value of each") {
  const auto store = filled();
  auto reader = look(*store);
  Survey query = values();
  query.from = 15;
  query.to = 30;
  CHECK(ids_of(must(reader->survey(query))) == Texts{"b2", "a2", "b1"});
  query.members = {{"$.is", "good"}};
  CHECK(ids_of(must(reader->survey(query))) == Texts{"b2", "b1"});
  query = values();
  query.latest = true;
  CHECK(ids_of(must(reader->survey(query))) == Texts{"b2", "a2"});
  query.members = {{"$.is", "good"}};
  CHECK(ids_of(must(reader->survey(query))) == Texts{"b2"});
  query.members = {{"$.is", "good"}, {"$.name", "a1"}};
  CHECK(must(reader->survey(query)).total == 0);
  query = values();
  query.latest = true;
  query.to = 25;
  CHECK(ids_of(must(reader->survey(query))).empty());
}

TEST_CASE("entities without a value come last when they are wanted") {
  const auto store = filled();
  auto reader = look(*store);
  Survey query = values();
  query.latest = query.without = true;
  CHECK(ids_of(must(reader->survey(query))) == Texts{"b2", "a2", "-"});
  query.order = Survey::Order::Oldest;
  CHECK(ids_of(must(reader->survey(query))) == Texts{"a2", "b2", "-"});
  query.order = Survey::Order::Key;
  CHECK(ids_of(must(reader->survey(query))) == Texts{"a2", "b2", "-"});
  query.of.descending = true;
  CHECK(ids_of(must(reader->survey(query))) == Texts{"-", "b2", "a2"});
}

TEST_CASE("a survey of entities alone goes by their keys, and what it finds can be read") {
  const auto store = filled();
  auto reader = look(*store);
  Survey query;
  query.of = listing("table");
  query.offset = 1;
  query.limit = 1;
  const auto found = must(reader->survey(query));
  CHECK(found.total == 3);
  REQUIRE(found.rows.size() == 1);
  const std::vector<Rid> rids = {found.rows[0].rid, 12345};
  const auto rows = must(reader->find_rows(rids));
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].row.fqn_key == key("s/b"));
  query.offset = 0;
  query.of.descending = true;
  CHECK(must(reader->find_rows(std::vector<Rid>{must(reader->survey(query)).rows[0].rid}))[0].row.fqn_key ==
        key("s/c"));
}

TEST_CASE("words, and how deep an entity lies, narrow lists and counts") {
  const auto store = filled();
  auto reader = look(*store);
  ListQuery query = listing("table");
  query.words = "S.B";
  CHECK(keys_of(*reader, query) == std::vector<std::string>{"s/b"});
  CHECK(must(reader->count(query)) == 1);
  query.words = "nothing";
  CHECK(must(reader->count(query)) == 0);
  query.words.clear();
  query.min_parts = 3;
  CHECK(must(reader->count(query)) == 0);
  query.type = "view";
  CHECK(must(reader->count(query)) == 1);
  query.max_parts = 3;
  CHECK(must(reader->count(query)) == 1);
  query.min_parts = query.max_parts = 2;
  CHECK(must(reader->count(query)) == 0);
}

TEST_CASE("a survey costs two statements however much it finds, and refuses what has no end") {
  const auto store = filled();
  auto reader = look(*store);
  const auto before = store->statements();
  must(reader->survey(values()));
  CHECK(store->statements() - before == 2);
  Survey query = values();
  query.offset = 1'000'001;
  CHECK(reader->survey(query).error().code() == Code::InvalidArgument);
  query.offset = 0;
  query.members.assign(17, {"$.is", "good"});
  CHECK(reader->survey(query).error().code() == Code::InvalidArgument);
}
