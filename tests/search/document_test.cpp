#include "search/document.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>

#include "place.h"
#include "search/facet_record.h"
#include "search/terms.h"

using namespace metadata;
using namespace metadata::search;
using namespace metadata::search::test;

namespace {

/// A catalog on the disk, whose documents are looked at one by one.
struct Shelf {
  Folder folder;
  std::unique_ptr<Catalog> catalog = open(folder.path());

  Shelf() { make_world(*catalog); }

  Xapian::Document document(const Written& written) {
    catch_up(*catalog);
    const Xapian::Database index = database(folder.path());
    const std::string id = terms::of_id(terms::kId, written.entity.ref().id);
    const auto at = index.postlist_begin(id);
    REQUIRE(at != index.postlist_end(id));
    return index.get_document(*at);
  }
  std::set<std::string> terms_of(const Written& written) {
    const Xapian::Document found = document(written);
    std::set<std::string> all;
    for (auto term = found.termlist_begin(); term != found.termlist_end(); ++term) all.insert(*term);
    return all;
  }
  FacetRecord facets_of(const Written& written) {
    FacetRecord record;
    REQUIRE(unpack(document(written).get_value(terms::kSlotFacets), record));
    return record;
  }
};

std::string keyword(const std::string& field, const std::string& value) {
  return terms::of_field(terms::kKeyword, field, value);
}

std::size_t count_prefix(const std::set<std::string>& all, const std::string& prefix) {
  return static_cast<std::size_t>(
      std::ranges::count_if(all, [&](const std::string& term) { return term.starts_with(prefix); }));
}

}  // namespace

TEST_CASE("a document has the words of names, items and descriptions, each kind under its own prefix") {
  Shelf shelf;
  const auto all =
      shelf.terms_of(must(shelf.catalog->put("table", R"({"name":"CustomerOrders","databaseSchema":"s.db.main",
    "displayName":"All orders","description":"Ordered things","columns":[
      {"name":"address","dataType":"STRUCT","description":"Where to","children":[{"name":"postal_code","dataType":"STRING"}]}]})")));
  for (const char* term : {"XNcustomer", "XNorders", "XNcustomerorders", "XNall", "ZNcustom", "ZNorder", "XIpostal",
                           "XIaddress", "XDordered", "ZDorder", "XEwhere", "Ncustomerorders", "Nall orders",
                           "Wcustomer orders", "Jaddress", "Jaddress.postal_code", "Ttable", "L0"}) {
    CAPTURE(std::string(term));
    CHECK(all.contains(term));
  }
  CHECK_FALSE(all.contains("ZNall"));       // the word itself: there once
  CHECK(all.contains("ZCorder\x1ftable"));  // what lies in it is found by its name
  const auto team = shelf.terms_of(must(shelf.catalog->put("team", R"({"name":"CustomerOrders","teamType":"Group"})")));
  CHECK(team.contains("ZNorder"));
  CHECK_FALSE(team.contains("ZCorder\x1fteam"));  // nothing lies in a team
}

TEST_CASE("of containers, owners and labels a document has ids") {
  Shelf shelf;
  const auto alice = must(shelf.catalog->put("user", R"({"name":"alice","email":"alice@example.com"})"));
  must(shelf.catalog->put("classification", R"({"name":"PII","description":"d"})"));
  const auto tag = must(shelf.catalog->put("tag", R"({"name":"Sensitive","classification":"PII","description":"d"})"));
  const auto other = must(shelf.catalog->put("tag", R"({"name":"None","classification":"PII","description":"d"})"));
  const std::string label = R"("source":"Classification","labelType":"Manual","state":"Confirmed")";
  const auto table = must(shelf.catalog->put(
      "table", R"({"name":"t","databaseSchema":"s.db.main","owners":[{"id":")" + alice.entity.ref().id.text() +
                   R"(","type":"user"}],"tags":[{"tagFQN":"PII.None",)" + label +
                   R"(}],"columns":[{"name":"c","dataType":"INT","tags":[{"tagFQN":"PII.Sensitive",)" + label +
                   "}]}]}"));
  const auto all = shelf.terms_of(table);
  CHECK(all.contains(terms::of_id(terms::kOwner, alice.entity.ref().id)));
  CHECK(all.contains(terms::of_id(terms::kTag, tag.entity.ref().id)));
  CHECK_FALSE(all.contains(terms::of_id(terms::kOwnTag, tag.entity.ref().id)));
  CHECK(all.contains(terms::of_id(terms::kOwnTag, other.entity.ref().id)));
  CHECK(all.contains("Eowners"));
  CHECK(count_prefix(all, std::string(1, terms::kUnder)) == 3);
  for (const std::string& term : all) CHECK(term.find("alice") == std::string::npos);
  const FacetRecord facets = shelf.facets_of(table);
  CHECK(facets.owners == std::vector<EntityId>{alice.entity.ref().id});
  CHECK(facets.tags.size() == 2);
  const auto service = must(shelf.catalog->get(EntityRef::by_fqn("databaseService", "s")));
  const auto schema = must(shelf.catalog->get(EntityRef::by_fqn("databaseSchema", "s.db.main")));
  CHECK(facets.root == service.ref().id);
  CHECK(facets.parent == schema.ref().id);
}

TEST_CASE("whole values, facets and what exists follow from the description") {
  Shelf shelf;
  const auto table = must(shelf.catalog->put("table", R"({"name":"t","databaseSchema":"s.db.main","tableType":"View",
    "schemaDefinition":"select 1","columns":[{"name":"c","dataType":"BIGINT"}],
    "extension":{"costCenter":"CC 7","levels":[1,2],"approved":true,"nested":{"deep":"Value"}}})"));
  const auto all = shelf.terms_of(table);
  CHECK(all.contains(keyword("tableType", "view")));
  CHECK(all.contains(keyword("columns.dataType", "bigint")));
  CHECK(all.contains(keyword("extension.costCenter", "cc 7")));
  CHECK(all.contains(keyword("extension.levels", "2")));
  CHECK(all.contains(keyword("extension.approved", "true")));
  CHECK(all.contains(keyword("extension.nested.deep", "value")));
  CHECK(all.contains("XXvalue"));
  CHECK(all.contains("EtableType"));
  CHECK(all.contains("EschemaDefinition"));
  CHECK_FALSE(all.contains("Edescription"));
  const auto values = shelf.facets_of(table).values;
  CHECK(std::ranges::find(values, std::pair<std::string, std::string>("tableType", "View")) != values.end());
}

TEST_CASE("no secret stands in the index") {
  Shelf shelf;
  const auto service =
      must(shelf.catalog->put("databaseService", R"({"name":"m","serviceType":"Mysql","connection":{"config":
    {"type":"Mysql","username":"peter","password":"opensesame","hostPort":"h:1"}}})"));
  for (const std::string& term : shelf.terms_of(service)) {
    CHECK(term.find("opensesame") == std::string::npos);
    CHECK(term.find("peter") == std::string::npos);
  }
}

TEST_CASE("L8: a document is bounded, however long its texts are") {
  Shelf shelf;
  std::string text, columns;
  for (int i = 0; i < 30'000; ++i)
    text += "w" + std::string(1, static_cast<char>('a' + i % 26)) + "x" + std::to_string(i) + " ";
  for (int i = 0; i < 1'500; ++i)
    columns += (i > 0 ? "," : "") + (R"({"name":"col_)" + std::to_string(i)) + R"(","dataType":"INT"})";
  const auto all =
      shelf.terms_of(must(shelf.catalog->put("table", R"({"name":"t","databaseSchema":"s.db.main","description":")" +
                                                          text + R"(","columns":[)" + columns + "]}")));
  CHECK(count_prefix(all, "XD") <= 4000);
  CHECK(count_prefix(all, "XD") > 1000);
  CHECK(all.contains("XI1499"));
  for (const std::string& term : all) CHECK(term.size() <= terms::kMaxTermBytes);
}

TEST_CASE("a type that a host adds is searched by its description alone") {
  Options options;
  options.path = ":memory:";
  options.search.wait = options.search.deadline = kLong;
  options.extra_types = {R"({"type":"gadget","collection":"gadgets","traits":["named","softDeleted"],
    "types":{"Color":{"enum":["red","green"]},"Part":{"fields":{"name":{"type":"name"},"description":{"type":"string"}}}},
    "fields":{"color":{"type":"Color"},"serial":{"type":"string"},"parts":{"type":"[Part]","match":["name"]}},
    "search":{"index":"gadget_search_index","aliases":["gadget","all"],"keywords":["serial"]}})"};
  const auto catalog = must(Catalog::open(options));
  must(catalog->put("gadget", R"({"name":"blue_box","color":"red","serial":"A-1","parts":[{"name":"main_spring"}]})"));
  must(catalog->put("gadget", R"({"name":"other","color":"green","serial":"A-2"})"));
  const auto total = [&](const std::string& text) {
    SearchQuery query;
    query.text = text;
    query.indexes = {"gadget"};
    return must(catalog->search().query(query)).total;
  };
  CHECK(total("box") == 1);
  CHECK(total("spring") == 1);
  CHECK(total("parts.name:main_spring") == 1);
  CHECK(total("color:red") == 1);
  CHECK(total("serial:A-2") == 1);
  CHECK(total("*") == 2);
}
