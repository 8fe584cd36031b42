#include "catalog/world.h"
#include "metadata/csv.h"

using namespace metadata;
using test::World;
using Status = CsvResult::Status;

namespace {

struct Shop : World {
  Shop() : World(false) {
    must(catalog->put("glossary", R"({"name":"g","description":"words"})"));
    must(catalog->put("glossaryTerm", R"({"name":"a","glossary":"g","description":"first","synonyms":["x","y; z"]})"));
    must(catalog->put("glossaryTerm", R"({"name":"b.c","glossary":"g","parent":"g.a","description":"second"})"));
  }

  std::string file(const std::string& type, const std::string& fqn, bool recursive = false) {
    CsvOptions options;
    options.recursive = recursive;
    return must(catalog->csv().write(type, EntityRef::by_fqn(type, fqn), {}, options));
  }
  CsvResult read(const std::string& type, const std::string& fqn, const std::string& text,
                 BulkMode mode = BulkMode::Write, bool recursive = false) {
    CsvOptions options;
    options.recursive = recursive;
    return must(catalog->csv().read(type, EntityRef::by_fqn(type, fqn), text, {}, mode, options));
  }
};

constexpr char kHead[] = "parent,name*,description\r\n";

}  // namespace

TEST_CASE("a file that is read as it was written makes no version") {
  Shop shop;
  const Seq before = World::must(shop.catalog->changes(0, 1000)).back().seq;
  const std::string text = shop.file("glossary", "g");
  CHECK(text.find("\"x;\"\"y; z\"\"\"") != std::string::npos);
  const CsvResult result = shop.read("glossary", "g", text);
  CHECK(result.status == Status::Success);
  CHECK(result.processed == 3);
  CHECK(result.seq == 0);
  CHECK(World::must(shop.catalog->changes(0, 1000)).back().seq == before);
  const std::string columns = shop.file("table", shop.table("t").entity.fqn());
  CHECK(shop.read("table", "svc.db.main.t", columns).seq == 0);
  const std::string tree = shop.file("databaseService", "svc", true);
  CHECK(shop.read("databaseService", "svc", tree, BulkMode::Write, true).seq == 0);
}

TEST_CASE("rows see what earlier rows made, and a trial says the same and leaves nothing") {
  Shop shop;
  const std::string text = std::string(kHead) + ",p,one\r\ng.p,q,two\r\ng.nobody,r,three\r\ng.p.q,s,\r\n";
  const CsvResult trial = shop.read("glossary", "g", text, BulkMode::Trial);
  CHECK_FALSE(shop.catalog->get(EntityRef::by_fqn("glossaryTerm", "g.p")).ok());
  const CsvResult real = shop.read("glossary", "g", text);
  CHECK(trial.rows == real.rows);
  CHECK(real.status == Status::Partial);
  CHECK(real.passed == 4);
  CHECK(real.failed == 1);
  CHECK(test::at(shop.get("glossaryTerm", "g.p.q"), "/description") == "\"two\"");
}

TEST_CASE("an empty cell takes a value away, and an absent column leaves it") {
  Shop shop;
  CHECK(shop.read("glossary", "g", "parent,name*,synonyms\r\n,a,\r\n").status == Status::Success);
  const Entity term = shop.get("glossaryTerm", "g.a");
  CHECK(test::at(term, "/synonyms") == "-");
  CHECK(test::at(term, "/description") == "\"first\"");
}

TEST_CASE("columns of a table are one version, and one that is wrong touches no other") {
  Shop shop;
  const std::string fqn = shop.table("t").entity.fqn();
  const std::string text =
      "column.name*,column.description,column.dataType*,column.dataLength\r\nid,Key,INT,\r\nname,Name,VARCHAR,20\r\n"
      "bad,Bad,NOTHING,\r\nworse,No length,VARCHAR,\r\nlist.item,No such,INT,\r\nlast,,DATE,\r\n";
  const CsvResult result = shop.read("table", fqn, text);
  CHECK(result.failed == 3);
  CHECK(result.passed == 4);
  const Entity table = shop.get("table", fqn);
  CHECK(table.version().text() == "0.2");
  CHECK(test::at(table, "/columns/0/description") == "\"Key\"");
  CHECK(test::at(table, "/columns/2/name") == "\"last\"");
  CHECK(test::at(table, "/columns/3") == "-");
}

TEST_CASE("what is no such file is aborted before anything is written") {
  Shop shop;
  for (const std::string text :
       {"", "description\r\n", "parent,name*,nonsense\r\n", "parent,name*,name\r\n", "parent,name*\r\n,\"x"}) {
    const CsvResult result = shop.read("glossary", "g", text);
    CHECK(result.status == Status::Aborted);
    CHECK_FALSE(result.abort_reason.empty());
  }
  const auto refused = shop.catalog->csv().read("glossary", EntityRef::by_fqn("glossary", "g"), "parent,name*\r\n,\xff",
                                                {}, BulkMode::Write);
  CHECK(refused.error().code() == Code::InvalidArgument);
}

TEST_CASE("a row cannot reach beyond the entity whose file it is") {
  Shop shop;
  World::must(shop.catalog->put("glossary", R"({"name":"h","description":"others"})"));
  const CsvResult result = shop.read("glossary", "g", std::string(kHead) + "h,x,there\r\n");
  CHECK(result.status == Status::Failure);
  CHECK(result.rows.find("#INVALID_FIELD: Field 1 error - ") != std::string::npos);
  CHECK_FALSE(shop.catalog->get(EntityRef::by_fqn("glossaryTerm", "h.x")).ok());
}

TEST_CASE("only types that are described so have files") {
  Shop shop;
  CHECK(shop.catalog->registry().find("glossary")->csv);
  CHECK_FALSE(shop.catalog->registry().find("tag")->csv);
  CHECK(shop.catalog->csv().write("tag", EntityRef::by_fqn("tag", "x"), {}).error().code() == Code::NotFound);
}
