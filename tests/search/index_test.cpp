#include "place.h"

using namespace metadata;
using namespace metadata::search::test;

TEST_CASE("an index that followed the log is the one that is built from the store") {
  for (const bool background : {true, false}) {
    CAPTURE(background);
    const Folder folder;
    const auto catalog = open(folder.path(), background);
    make_world(*catalog);
    for (int i = 0; i < 30; ++i) put_table(*catalog, "orders_" + std::to_string(i));
    catch_up(*catalog);
    CHECK(content(folder.path()).size() >= 33);
    CHECK(catalog->search().status().position == catalog->search().status().log_end);
    check_against_fresh(*catalog, folder.path());
  }
}

TEST_CASE("deleting, restoring and removing a container changes what lies below it") {
  const Folder folder;
  const auto catalog = open(folder.path());
  make_world(*catalog);
  for (int i = 0; i < 1200; ++i) put_table(*catalog, "t" + std::to_string(i));
  must(catalog->put("databaseSchema", R"({"name":"other","database":"s.db"})"));
  put_table(*catalog, "stays", "", "s.db.other");
  const auto schema = EntityRef::by_fqn("databaseSchema", "s.db.main");
  must(catalog->remove(schema, {.recursive = true}));
  check_against_fresh(*catalog, folder.path());
  must(catalog->restore(schema));
  check_against_fresh(*catalog, folder.path());
  const auto before = content(folder.path()).size();
  must(catalog->remove(schema, {.hard = true, .recursive = true}));
  catch_up(*catalog);
  CHECK(content(folder.path()).size() == before - 1201);
  check_against_fresh(*catalog, folder.path());
}

TEST_CASE("labels and owners that are removed are forgotten by what had them") {
  const Folder folder;
  const auto catalog = open(folder.path());
  make_world(*catalog);
  must(catalog->put("classification", R"({"name":"PII","description":"d"})"));
  must(catalog->put("tag", R"({"name":"a","classification":"PII","description":"d"})"));
  must(catalog->put("tag", R"({"name":"b","classification":"PII","description":"d"})"));
  const auto ada = must(catalog->put("user", R"({"name":"ada","email":"ada@example.com"})"));
  const std::string label = R"({"source":"Classification","labelType":"Manual","state":"Confirmed","tagFQN":"PII.)";
  put_table(*catalog, "one",
            R"(,"tags":[)" + label + R"(a"}],"owners":[{"type":"user","id":")" + ada.entity.id().text() + R"("}])");
  put_table(*catalog, "two", R"(,"tags":[)" + label + R"(a"},)" + label + R"(b"}])");
  catch_up(*catalog);
  must(catalog->remove(EntityRef::by_fqn("tag", "PII.a"), {.hard = true}));
  check_against_fresh(*catalog, folder.path());
  must(catalog->remove(EntityRef::by_fqn("user", "ada"), {.hard = true}));
  check_against_fresh(*catalog, folder.path());
  must(catalog->remove(EntityRef::by_fqn("classification", "PII"), {.hard = true, .recursive = true}));
  check_against_fresh(*catalog, folder.path());
}

TEST_CASE("a catalog in RAM has an index too") {
  const auto catalog = open(":memory:");
  make_world(*catalog);
  put_table(*catalog, "orders");
  catch_up(*catalog);
  CHECK(catalog->search().status().documents >= 4);
  must(catalog->search().rebuild());
  CHECK(catalog->search().status().documents >= 4);
}

TEST_CASE("a catalog that is only read has the index that was left") {
  const Folder folder;
  {
    const auto catalog = open(folder.path());
    make_world(*catalog);
    catch_up(*catalog);
  }
  Options options;
  options.path = folder.path();
  options.read_only = true;
  const auto catalog = must(Catalog::open(options));
  catch_up(*catalog);
  CHECK(catalog->search().status().position == catalog->search().status().log_end);
  CHECK(catalog->search().status().documents >= 3);
  CHECK(catalog->search().rebuild().code() == Code::Unavailable);
}
