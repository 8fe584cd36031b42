#include <algorithm>

#include "change/describe.h"
#include "cpu_time.h"
#include "json/write.h"
#include "types.h"

using namespace metadata;
using change_test::parsed;
using change_test::table;

namespace {

struct Case {
  std::string what;
  const char* before;
  const char* after;
  const char* description;
  std::vector<std::string> fields;
  bool major;
};

void check_all(const model::EntityType& type, const std::vector<Case>& cases) {
  for (const Case& one : cases) {
    CAPTURE(one.what);
    const auto change = change::describe(type, parsed(one.before), parsed(one.after), Version{3});
    CHECK(change.description == one.description);
    CHECK(change.fields == one.fields);
    CHECK(change.versioned);
    CHECK(change.major == one.major);
    CHECK(change::next_version(Version{3}, change).text() == (one.major ? "1.3" : "0.4"));
  }
}

unsigned entries(std::string_view object) {
  json::Document document;
  REQUIRE(json::parse_trusted(object, document).ok());
  return document.MemberCount();
}

bool is_major(std::string_view before, std::string_view after) {
  return change::describe(table(), parsed(before), parsed(after), Version{1}).major;
}

std::string column_with(std::string_view members) {
  return R"({"columns":[{"name":"c","dataType":"DECIMAL")" + std::string(members) + "}]}";
}

}  // namespace

TEST_CASE("a column's description and tags are named with its parents, other members by its own name") {
  check_all(
      table(),
      {
          {"a description",
           R"({"columns":[{"name":"c1","dataType":"INT","description":"a"}]})",
           R"({"columns":[{"name":"c1","dataType":"INT","description":"b"}]})",
           R"({"fieldsAdded":[],"fieldsUpdated":[{"name":"columns.c1.description","oldValue":"a","newValue":"b"}],)"
           R"("fieldsDeleted":[],"previousVersion":0.3})",
           {"columns.c1.description"},
           false},
          {"tags of a child",
           R"({"columns":[{"name":"parent","dataType":"STRUCT","children":[{"name":"child","dataType":"INT"}]}]})",
           R"({"columns":[{"name":"parent","dataType":"STRUCT","children":[{"name":"child","dataType":"INT",)"
           R"("tags":[{"tagFQN":"PII.Email","source":"Classification"}]}]}]})",
           R"({"fieldsAdded":[{"name":"columns.parent.child.tags","newValue":"[{\"tagFQN\":\"PII.Email\",)"
           R"(\"source\":\"Classification\"}]"}],)"
           R"("fieldsUpdated":[],"fieldsDeleted":[],"previousVersion":0.3})",
           {"columns.parent.child.tags"},
           false},
          {"members of a child",
           R"({"columns":[{"name":"parent","dataType":"STRUCT","children":[{"name":"child","dataType":"INT",)"
           R"("displayName":"a","constraint":"NULL"}]}]})",
           R"({"columns":[{"name":"parent","dataType":"STRUCT","children":[{"name":"child","dataType":"INT",)"
           R"("description":"d","constraint":"UNIQUE","dataTypeDisplay":"int"}]}]})",
           R"({"fieldsAdded":[{"name":"columns.child.dataTypeDisplay","newValue":"int"},)"
           R"({"name":"columns.parent.child.description","newValue":"d"}],)"
           R"("fieldsUpdated":[{"name":"columns.child.constraint","oldValue":"NULL","newValue":"UNIQUE"}],)"
           R"("fieldsDeleted":[{"name":"columns.child.displayName","oldValue":"a"}],"previousVersion":0.3})",
           {"columns.child.displayName", "columns.child.dataTypeDisplay", "columns.parent.child.description",
            "columns.child.constraint"},
           false},
          {"a name with a dot is quoted in one scheme only",
           R"({"columns":[{"name":"a.b","dataType":"INT"}]})",
           R"({"columns":[{"name":"a.b","dataType":"INT","description":"d","displayName":"n","precision":3}]})",
           R"({"fieldsAdded":[{"name":"columns.\"a.b\".displayName","newValue":"n"},)"
           R"({"name":"columns.a.b.description","newValue":"d"},)"
           R"({"name":"columns.\"a.b\".precision","newValue":3}],"fieldsUpdated":[],"fieldsDeleted":[],)"
           R"("previousVersion":0.3})",
           {"columns.\"a.b\".displayName", "columns.a.b.description", "columns.\"a.b\".precision"},
           false},
          {"a list of a column",
           R"({"columns":[{"name":"c","dataType":"INT"}]})",
           R"({"columns":[{"name":"c","dataType":"INT","customMetrics":[{"name":"m","expression":"1"}]}]})",
           R"({"fieldsAdded":[{"name":"columns.c.customMetrics","newValue":"[{\"name\":\"m\",)"
           R"(\"expression\":\"1\"}]"}],"fieldsUpdated":[],"fieldsDeleted":[],"previousVersion":0.3})",
           {"columns.c.customMetrics"},
           false},
      });
}

TEST_CASE("columns that came and went stand under columns, children under their parents' path") {
  check_all(
      table(),
      {
          {"one that came",
           R"({"columns":[{"name":"a","dataType":"INT"}]})",
           R"({"columns":[{"name":"a","dataType":"INT"},{"name":"b","dataType":"INT"}]})",
           R"({"fieldsAdded":[{"name":"columns","newValue":"[{\"name\":\"b\",\"dataType\":\"INT\"}]"}],)"
           R"("fieldsUpdated":[],"fieldsDeleted":[],"previousVersion":0.3})",
           {"columns"},
           false},
          {"one that went",
           R"({"columns":[{"name":"a","dataType":"INT"},{"name":"b","dataType":"INT"}]})",
           R"({"columns":[{"name":"a","dataType":"INT"}]})",
           R"({"fieldsAdded":[],"fieldsUpdated":[],"fieldsDeleted":[{"name":"columns","oldValue":"[{\"name\":\"b\",)"
           R"(\"dataType\":\"INT\"}]"}],"previousVersion":0.3})",
           {"columns"},
           true},
          {"another data type is another column",
           R"({"columns":[{"name":"a","dataType":"INT"}]})",
           R"({"columns":[{"name":"a","dataType":"TEXT"}]})",
           R"({"fieldsAdded":[{"name":"columns","newValue":"[{\"name\":\"a\",\"dataType\":\"TEXT\"}]"}],)"
           R"("fieldsUpdated":[],)"
           R"("fieldsDeleted":[{"name":"columns","oldValue":"[{\"name\":\"a\",\"dataType\":\"INT\"}]"}],)"
           R"("previousVersion":0.3})",
           {"columns"},
           true},
          {"so is another array type",
           R"({"columns":[{"name":"a","dataType":"ARRAY","arrayDataType":"INT"}]})",
           R"({"columns":[{"name":"a","dataType":"ARRAY","arrayDataType":"TEXT"}]})",
           R"({"fieldsAdded":[{"name":"columns","newValue":"[{\"name\":\"a\",\"dataType\":\"ARRAY\",)"
           R"(\"arrayDataType\":\"TEXT\"}]"}],"fieldsUpdated":[],)"
           R"("fieldsDeleted":[{"name":"columns","oldValue":"[{\"name\":\"a\",\"dataType\":\"ARRAY\",)"
           R"(\"arrayDataType\":\"INT\"}]"}],"previousVersion":0.3})",
           {"columns"},
           true},
          {"a child that came",
           R"({"columns":[{"name":"p","dataType":"STRUCT"}]})",
           R"({"columns":[{"name":"p","dataType":"STRUCT","children":[{"name":"c","dataType":"INT"}]}]})",
           R"({"fieldsAdded":[{"name":"columns.p","newValue":"[{\"name\":\"c\",\"dataType\":\"INT\"}]"}],)"
           R"("fieldsUpdated":[],"fieldsDeleted":[],"previousVersion":0.3})",
           {"columns.p", "columns"},
           false},
          {"a grandchild that went",
           R"({"columns":[{"name":"p","dataType":"STRUCT","children":[{"name":"q","dataType":"STRUCT",)"
           R"("children":[{"name":"c","dataType":"INT"}]}]}]})",
           R"({"columns":[{"name":"p","dataType":"STRUCT","children":[{"name":"q","dataType":"STRUCT",)"
           R"("children":[]}]}]})",
           R"({"fieldsAdded":[],"fieldsUpdated":[],"fieldsDeleted":[{"name":"columns.p.q",)"
           R"("oldValue":"[{\"name\":\"c\",\"dataType\":\"INT\"}]"}],"previousVersion":0.3})",
           {"columns.p.q", "columns"},
           true},
          {"all of them",
           R"({"columns":[{"name":"a","dataType":"INT"}]})",
           R"({"description":"empty"})",
           R"({"fieldsAdded":[{"name":"description","newValue":"empty"}],"fieldsUpdated":[],)"
           R"("fieldsDeleted":[{"name":"columns","oldValue":"[{\"name\":\"a\",\"dataType\":\"INT\"}]"}],)"
           R"("previousVersion":0.3})",
           {"description", "columns"},
           true},
      });
}

TEST_CASE("the children of a column that is named like a member are told apart from that member") {
  // A right to edit tags must not be enough to add columns.
  const auto change = change::describe(
      table(),
      parsed(R"({"columns":[{"name":"a","dataType":"STRUCT","children":[{"name":"tags","dataType":"STRUCT"}]}]})"),
      parsed(R"({"columns":[{"name":"a","dataType":"STRUCT","children":[{"name":"tags","dataType":"STRUCT",)"
             R"("children":[{"name":"x","dataType":"INT"}]}]}]})"),
      Version{1});
  CHECK(change.fields == std::vector<std::string>{"columns.a.tags", "columns"});
}

TEST_CASE("columns are matched without case, exact names first") {
  check_all(
      table(),
      {
          {"another case is a change of the name",
           R"({"columns":[{"name":"Id","dataType":"INT","description":"a"}]})",
           R"({"columns":[{"name":"ID","dataType":"INT","description":"b"}]})",
           R"({"fieldsAdded":[],"fieldsUpdated":[{"name":"columns.Id.name","oldValue":"Id","newValue":"ID"},)"
           R"({"name":"columns.Id.description","oldValue":"a","newValue":"b"}],"fieldsDeleted":[],)"
           R"("previousVersion":0.3})",
           {"columns.Id.name", "columns.Id.description"},
           false},
          {"two that differ in case only",
           R"({"columns":[{"name":"id","dataType":"INT"},{"name":"ID","dataType":"INT","description":"a"}]})",
           R"({"columns":[{"name":"ID","dataType":"INT","description":"b"}]})",
           R"({"fieldsAdded":[],"fieldsUpdated":[{"name":"columns.ID.description","oldValue":"a","newValue":"b"}],)"
           R"("fieldsDeleted":[{"name":"columns","oldValue":"[{\"name\":\"id\",\"dataType\":\"INT\"}]"}],)"
           R"("previousVersion":0.3})",
           {"columns", "columns.ID.description"},
           true},
      });
}

TEST_CASE("a moved column is a minor change, told by names") {
  check_all(
      table(),
      {
          {"two that changed places",
           R"({"columns":[{"name":"a","dataType":"INT"},{"name":"b","dataType":"INT"},{"name":"c",)"
           R"("dataType":"INT"}]})",
           R"({"columns":[{"name":"a","dataType":"INT"},{"name":"c","dataType":"INT"},{"name":"b",)"
           R"("dataType":"INT"}]})",
           R"({"fieldsAdded":[],"fieldsUpdated":[{"name":"columns","oldValue":"[\"b\",\"c\"]","newValue":"[\"c\",)"
           R"(\"b\"]"}],"fieldsDeleted":[],"previousVersion":0.3})",
           {"columns"},
           false},
          {"the position alone",
           R"({"columns":[{"name":"a","dataType":"INT","ordinalPosition":1}]})",
           R"({"columns":[{"name":"a","dataType":"INT","ordinalPosition":2}]})",
           R"({"fieldsAdded":[],"fieldsUpdated":[{"name":"columns.a.ordinalPosition","oldValue":1,"newValue":2}],)"
           R"("fieldsDeleted":[],"previousVersion":0.3})",
           {"columns.a.ordinalPosition"},
           false},
          {"children",
           R"({"columns":[{"name":"p","dataType":"STRUCT","children":[{"name":"a","dataType":"INT"},{"name":"b",)"
           R"("dataType":"INT"}]}]})",
           R"({"columns":[{"name":"p","dataType":"STRUCT","children":[{"name":"b","dataType":"INT"},{"name":"a",)"
           R"("dataType":"INT"}]}]})",
           R"({"fieldsAdded":[],"fieldsUpdated":[{"name":"columns.p","oldValue":"[\"a\",\"b\"]","newValue":"[\"b\",)"
           R"(\"a\"]"}],"fieldsDeleted":[],"previousVersion":0.3})",
           {"columns.p", "columns"},
           false},
          {"one put in front moves nobody",
           R"({"columns":[{"name":"a","dataType":"INT"}]})",
           R"({"columns":[{"name":"z","dataType":"INT"},{"name":"a","dataType":"INT"}]})",
           R"({"fieldsAdded":[{"name":"columns","newValue":"[{\"name\":\"z\",\"dataType\":\"INT\"}]"}],)"
           R"("fieldsUpdated":[],"fieldsDeleted":[],"previousVersion":0.3})",
           {"columns"},
           false},
      });
}

TEST_CASE("a column that narrows makes a major version, one that widens a minor one") {
  struct Row {
    const char* before;
    const char* after;
    bool major;
  };
  const std::vector<Row> rows = {
      {R"(,"dataLength":10)", R"(,"dataLength":9)", true},
      {R"(,"dataLength":10)", R"(,"dataLength":11)", false},
      {R"()", R"(,"dataLength":10)", true},
      {R"(,"dataLength":null)", R"(,"dataLength":10)", true},
      {R"(,"dataLength":10)", R"()", false},
      {R"(,"precision":10)", R"(,"precision":9)", true},
      {R"(,"precision":10)", R"(,"precision":11)", false},
      {R"(,"precision":10)", R"()", true},
      {R"()", R"(,"precision":10)", false},
      {R"(,"scale":2)", R"(,"scale":1)", true},
      {R"(,"scale":2)", R"(,"scale":3)", false},
      {R"(,"scale":2)", R"(,"scale":null)", true},
      {R"()", R"(,"scale":2)", false},
      {R"(,"constraint":"NULL")", R"(,"constraint":"UNIQUE")", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.before);
    CAPTURE(row.after);
    CHECK(is_major(column_with(row.before), column_with(row.after)) == row.major);
  }
}

TEST_CASE("a child that narrows makes a major version too") {
  CHECK(is_major(
      R"({"columns":[{"name":"p","dataType":"STRUCT","children":[{"name":"c","dataType":"CHAR","dataLength":5}]}]})",
      R"({"columns":[{"name":"p","dataType":"STRUCT","children":[{"name":"c","dataType":"CHAR",)"
      R"("dataLength":4}]}]})"));
}

TEST_CASE("without the breaking rules nothing is major") {
  model::EntityType mild = table();
  mild.fields.back().breaking.clear();
  const auto change =
      change::describe(mild, parsed(R"({"columns":[{"name":"a","dataType":"INT"}]})"), parsed("{}"), Version{1});
  CHECK(change.versioned);
  CHECK_FALSE(change.major);
}

TEST_CASE("an object that holds a nested list is compared member by member") {
  check_all(change_test::topic(),
            {
                {"members",
                 R"({"messageSchema":{"schemaText":"a","schemaFields":[{"name":"f","dataType":"INT"}],"extra":1}})",
                 R"({"messageSchema":{"schemaText":"b","schemaFields":[{"name":"f","dataType":"INT","description":"d",)"
                 R"("displayName":"n"}],"more":[1]}})",
                 R"({"fieldsAdded":[{"name":"messageSchema.schemaFields.f.displayName","newValue":"n"},)"
                 R"({"name":"messageSchema.schemaFields.f.description","newValue":"d"},{"name":"messageSchema.more",)"
                 R"("newValue":"[1]"}],)"
                 R"("fieldsUpdated":[{"name":"messageSchema.schemaText","oldValue":"a","newValue":"b"}],)"
                 R"("fieldsDeleted":[{"name":"messageSchema.extra","oldValue":1}],"previousVersion":0.3})",
                 {"messageSchema.schemaText", "messageSchema.schemaFields.f.displayName",
                  "messageSchema.schemaFields.f.description", "messageSchema.extra", "messageSchema.more"},
                 false},
                {"all of it went",
                 R"({"messageSchema":{"schemaFields":[{"name":"f","dataType":"INT"}]}})",
                 R"({})",
                 R"({"fieldsAdded":[],"fieldsUpdated":[],"fieldsDeleted":[{"name":"messageSchema.schemaFields",)"
                 R"("oldValue":"[{\"name\":\"f\",\"dataType\":\"INT\"}]"}],"previousVersion":0.3})",
                 {"messageSchema.schemaFields"},
                 true},
            });
}

TEST_CASE("the built-in table follows the same rules") {
  auto registry = model::Registry::load();
  REQUIRE(registry.ok());
  const auto* type = (*registry)->type("table");
  REQUIRE(type != nullptr);
  check_all(*type,
            {
                {"columns",
                 R"({"name":"t","columns":[{"name":"a","dataType":"VARCHAR","dataLength":10,)"
                 R"("fullyQualifiedName":"s.t.a"},{"name":"p","dataType":"STRUCT","children":[{"name":"c",)"
                 R"("dataType":"INT"}]}]})",
                 R"({"name":"t","columns":[{"name":"A","dataType":"VARCHAR","dataLength":5},{"name":"p",)"
                 R"("dataType":"STRUCT","children":[{"name":"c","dataType":"INT","description":"d",)"
                 R"("tags":[{"tagFQN":"x.y","source":"Glossary"}]}]}],"extension":{"k":1}})",
                 R"({"fieldsAdded":[{"name":"extension","newValue":"[{\"k\":1}]"},{"name":"columns.p.c.description",)"
                 R"("newValue":"d"},)"
                 R"({"name":"columns.p.c.tags","newValue":"[{\"tagFQN\":\"x.y\",\"source\":\"Glossary\"}]"}],)"
                 R"("fieldsUpdated":[{"name":"columns.a.name","oldValue":"a","newValue":"A"},)"
                 R"({"name":"columns.a.dataLength","oldValue":10,"newValue":5}],)"
                 R"("fieldsDeleted":[],"previousVersion":0.3})",
                 {"extension", "columns.a.name", "columns.a.dataLength", "columns.p.c.description", "columns.p.c.tags"},
                 true},
            });
}

TEST_CASE("ten thousand columns are compared in time that grows with their number") {
  const auto table_of = [](int count, bool reversed) {
    std::string text = R"({"columns":[)";
    for (int i = 0; i < count; ++i) {
      if (i > 0) text += ',';
      text += R"({"name":"column_)" + std::to_string(reversed ? count - 1 - i : i) +
              R"(","dataType":"VARCHAR","dataLength":64,"description":")" + (reversed ? "b" : "a") +
              R"(","tags":[{"tagFQN":"PII.None","source":"Classification"}]})";
    }
    return parsed(text + "]}");
  };
  const auto measured = [&](int count) {
    const auto before = table_of(count, false);
    const auto after = table_of(count, true);
    const double start = metadata::test::thread_cpu_s();
    const auto change = change::describe(table(), before, after, Version{1});
    const auto stored = change::provenance("{}", table(), nullptr, before, {"ann", false, "Manual", 1});
    const auto updated = change::provenance(stored, table(), &before, after, {"bob", false, "Manual", 2});
    const double took_ms = 1000 * (metadata::test::thread_cpu_s() - start);
    CHECK(change.fields.size() == static_cast<std::size_t>(count) + 1);  // the descriptions and the order
    CHECK(entries(updated) == 2 * static_cast<unsigned>(count));
    return took_ms;
  };
  const double small = std::min(measured(1000), measured(1000));
  const double large = std::min(measured(10000), measured(10000));
  MESSAGE("all changed and reversed: 1000 columns ", small, " ms, 10000 columns ", large, " ms");
  CHECK(large < 80 * small);  // a hundredfold would be quadratic; some twenty are usual, by what a cache holds
}

TEST_CASE("columns nested as deep as a document may be are compared") {
  const auto nested = [](std::string_view description) {
    std::string text = R"({"name":"c","dataType":"INT","description":")" + std::string(description) + "\"}";
    for (int i = 0; i < 30; ++i) text = R"({"name":"p","dataType":"STRUCT","children":[)" + text + "]}";
    return parsed(R"({"columns":[)" + text + "]}");
  };
  const auto change = change::describe(table(), nested("a"), nested("b"), Version{1});
  std::string path = "columns.";
  for (int i = 0; i < 30; ++i) path += "p.";
  CHECK(change.fields == std::vector<std::string>{path + "c.description"});
}
