#include "change/describe.h"

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
};

change::Change compare(const model::EntityType& type, std::string_view before, std::string_view after) {
  return change::describe(type, parsed(before), parsed(after), Version{2});
}

void check_all(const model::EntityType& type, const std::vector<Case>& cases) {
  for (const Case& one : cases) {
    CAPTURE(one.what);
    const auto change = compare(type, one.before, one.after);
    CHECK(change.description == one.description);
    CHECK(change.fields == one.fields);
    CHECK(change.versioned);
    CHECK_FALSE(change.major);
  }
}

}  // namespace

TEST_CASE("scalars that came, changed and went are told as JSON values") {
  check_all(
      table(),
      {
          {"text that came",
           R"({})",
           R"({"description":"x"})",
           R"({"fieldsAdded":[{"name":"description","newValue":"x"}],"fieldsUpdated":[],"fieldsDeleted":[],)"
           R"("previousVersion":0.2})",
           {"description"}},
          {"null is absent",
           R"({"description":null})",
           R"({"description":"a \"quoted\" é"})",
           R"({"fieldsAdded":[{"name":"description","newValue":"a \"quoted\" é"}],"fieldsUpdated":[],)"
           R"("fieldsDeleted":[],"previousVersion":0.2})",
           {"description"}},
          {"text that changed",
           R"({"displayName":"a"})",
           R"({"displayName":"b"})",
           R"({"fieldsAdded":[],"fieldsUpdated":[{"name":"displayName","oldValue":"a","newValue":"b"}],)"
           R"("fieldsDeleted":[],"previousVersion":0.2})",
           {"displayName"}},
          {"text that went",
           R"({"displayName":"a"})",
           R"({"displayName":null})",
           R"({"fieldsAdded":[],"fieldsUpdated":[],"fieldsDeleted":[{"name":"displayName","oldValue":"a"}],)"
           R"("previousVersion":0.2})",
           {"displayName"}},
          {"a boolean",
           R"({"compressionEnabled":false})",
           R"({"compressionEnabled":true})",
           R"({"fieldsAdded":[],"fieldsUpdated":[{"name":"compressionEnabled","oldValue":false,"newValue":true}],)"
           R"("fieldsDeleted":[],"previousVersion":0.2})",
           {"compressionEnabled"}},
          {"a number",
           R"({"rows":1})",
           R"({"rows":2.5})",
           R"({"fieldsAdded":[],"fieldsUpdated":[{"name":"rows","oldValue":1,"newValue":2.5}],"fieldsDeleted":[],)"
           R"("previousVersion":0.2})",
           {"rows"}},
          {"the name",
           R"({"name":"a"})",
           R"({"name":"b"})",
           R"({"fieldsAdded":[],"fieldsUpdated":[{"name":"name","oldValue":"a","newValue":"b"}],"fieldsDeleted":[],)"
           R"("previousVersion":0.2})",
           {"name"}},
          {"several, in the order of the type",
           R"({"rows":1,"displayName":"a"})",
           R"({"description":"x","rows":2})",
           R"({"fieldsAdded":[{"name":"description","newValue":"x"}],"fieldsUpdated":[{"name":"rows","oldValue":1,)"
           R"("newValue":2}],)"
           R"("fieldsDeleted":[{"name":"displayName","oldValue":"a"}],"previousVersion":0.2})",
           {"displayName", "description", "rows"}},
      });
}

TEST_CASE("objects are told as JSON text") {
  check_all(
      table(),
      {
          {"came",
           R"({})",
           R"({"lifeCycle":{"created":{"timestamp":1}}})",
           R"({"fieldsAdded":[{"name":"lifeCycle","newValue":"{\"created\":{\"timestamp\":1}}"}],)"
           R"("fieldsUpdated":[],"fieldsDeleted":[],"previousVersion":0.2})",
           {"lifeCycle"}},
          {"changed",
           R"({"lifeCycle":{"a":1}})",
           R"({"lifeCycle":{"a":2}})",
           R"({"fieldsAdded":[],"fieldsUpdated":[{"name":"lifeCycle","oldValue":"{\"a\":1}",)"
           R"("newValue":"{\"a\":2}"}],"fieldsDeleted":[],"previousVersion":0.2})",
           {"lifeCycle"}},
          {"went",
           R"({"lifeCycle":{"a":1}})",
           R"({})",
           R"({"fieldsAdded":[],"fieldsUpdated":[],"fieldsDeleted":[{"name":"lifeCycle","oldValue":"{\"a\":1}"}],)"
           R"("previousVersion":0.2})",
           {"lifeCycle"}},
      });
}

TEST_CASE("lists tell the items that came, went, changed and moved") {
  check_all(
      table(),
      {
          {"plain values that came and went",
           R"({"packages":["a","b"]})",
           R"({"packages":["b","c"]})",
           R"({"fieldsAdded":[{"name":"packages","newValue":"[\"c\"]"}],"fieldsUpdated":[],)"
           R"("fieldsDeleted":[{"name":"packages","oldValue":"[\"a\"]"}],"previousVersion":0.2})",
           {"packages"}},
          {"a value that stands twice",
           R"({"packages":["a"]})",
           R"({"packages":["a","a"]})",
           R"({"fieldsAdded":[{"name":"packages","newValue":"[\"a\"]"}],"fieldsUpdated":[],"fieldsDeleted":[],)"
           R"("previousVersion":0.2})",
           {"packages"}},
          {"the stretch that moved",
           R"({"packages":["a","b","c","d"]})",
           R"({"packages":["a","c","b","d"]})",
           R"({"fieldsAdded":[],"fieldsUpdated":[{"name":"packages","oldValue":"[\"b\",\"c\"]","newValue":"[\"c\",)"
           R"(\"b\"]"}],"fieldsDeleted":[],"previousVersion":0.2})",
           {"packages"}},
          {"objects without identity",
           R"({"grants":[{"a":1,"b":2},{"c":3}]})",
           R"({"grants":[{"b":2,"a":1.0},{"c":4}]})",
           R"({"fieldsAdded":[{"name":"grants","newValue":"[{\"c\":4}]"}],"fieldsUpdated":[],)"
           R"("fieldsDeleted":[{"name":"grants","oldValue":"[{\"c\":3}]"}],"previousVersion":0.2})",
           {"grants"}},
          {"a matched item that changed",
           R"({"tableConstraints":[{"constraintType":"UNIQUE","columns":["a"]},{"constraintType":"FOREIGN_KEY",)"
           R"("columns":["b"],"referredColumns":["x"]}]})",
           R"({"tableConstraints":[{"constraintType":"UNIQUE","columns":["a"]},{"constraintType":"FOREIGN_KEY",)"
           R"("columns":["b"],"referredColumns":["y"]}]})",
           R"({"fieldsAdded":[],"fieldsUpdated":[{"name":"tableConstraints",)"
           R"("oldValue":"[{\"constraintType\":\"FOREIGN_KEY\",\"columns\":[\"b\"],\"referredColumns\":[\"x\"]}]",)"
           R"("newValue":"[{\"constraintType\":\"FOREIGN_KEY\",\"columns\":[\"b\"],\"referredColumns\":[\"y\"]}]"}],)"
           R"("fieldsDeleted":[],"previousVersion":0.2})",
           {"tableConstraints"}},
          {"a list that came",
           R"({"packages":[]})",
           R"({"packages":["a"]})",
           R"({"fieldsAdded":[{"name":"packages","newValue":"[\"a\"]"}],"fieldsUpdated":[],"fieldsDeleted":[],)"
           R"("previousVersion":0.2})",
           {"packages"}},
      });
}

TEST_CASE("references are matched by id and shown without what is looked up") {
  check_all(
      table(),
      {
          {"owners",
           R"({"owners":[{"id":"1","type":"user","name":"ann"}]})",
           R"({"owners":[{"id":"2","type":"team","name":"it","fullyQualifiedName":"it","displayName":"IT",)"
           R"("href":"h","inherited":false}]})",
           R"({"fieldsAdded":[{"name":"owners","newValue":"[{\"id\":\"2\",\"type\":\"team\",\"name\":\"it\",)"
           R"(\"fullyQualifiedName\":\"it\"}]"}],)"
           R"("fieldsUpdated":[],"fieldsDeleted":[{"name":"owners","oldValue":"[{\"id\":\"1\",\"type\":\"user\",)"
           R"(\"name\":\"ann\"}]"}],"previousVersion":0.2})",
           {"owners"}},
          {"without ids",
           R"({"owners":[{"type":"user","fullyQualifiedName":"ann"}]})",
           R"({"owners":[{"type":"user","fullyQualifiedName":"ann"},{"type":"user","fullyQualifiedName":"bob"}]})",
           R"({"fieldsAdded":[{"name":"owners","newValue":"[{\"type\":\"user\",\"fullyQualifiedName\":\"bob\"}]"}],)"
           R"("fieldsUpdated":[],"fieldsDeleted":[],"previousVersion":0.2})",
           {"owners"}},
          {"a single one that came",
           R"({})",
           R"({"steward":{"id":"1","type":"user","href":"h"}})",
           R"({"fieldsAdded":[{"name":"steward","newValue":"{\"id\":\"1\",\"type\":\"user\"}"}],"fieldsUpdated":[],)"
           R"("fieldsDeleted":[],"previousVersion":0.2})",
           {"steward"}},
          {"a single one that changed",
           R"({"steward":{"id":"1","type":"user"}})",
           R"({"steward":{"id":"2","type":"user"}})",
           R"({"fieldsAdded":[],"fieldsUpdated":[{"name":"steward","oldValue":"{\"id\":\"1\",\"type\":\"user\"}",)"
           R"("newValue":"{\"id\":\"2\",\"type\":\"user\"}"}],"fieldsDeleted":[],"previousVersion":0.2})",
           {"steward"}},
          {"a single one that went",
           R"({"steward":{"id":"1","type":"user"}})",
           R"({})",
           R"({"fieldsAdded":[],"fieldsUpdated":[],"fieldsDeleted":[{"name":"steward","oldValue":"{\"id\":\"1\",)"
           R"(\"type\":\"user\"}"}],"previousVersion":0.2})",
           {"steward"}},
      });
}

TEST_CASE("labels are matched by tag and source; another type or state is another label") {
  check_all(
      table(),
      {
          {"came and went",
           R"({"tags":[{"tagFQN":"PII.None","source":"Classification","labelType":"Manual","state":"Confirmed"}]})",
           R"({"tags":[{"tagFQN":"PII.None","source":"Glossary","labelType":"Manual","state":"Confirmed",)"
           R"("name":"None","description":"d"}]})",
           R"({"fieldsAdded":[{"name":"tags","newValue":"[{\"tagFQN\":\"PII.None\",\"source\":\"Glossary\",)"
           R"(\"labelType\":\"Manual\",\"state\":\"Confirmed\"}]"}],)"
           R"("fieldsUpdated":[],"fieldsDeleted":[{"name":"tags","oldValue":"[{\"tagFQN\":\"PII.None\",)"
           R"(\"source\":\"Classification\",\"labelType\":\"Manual\",\"state\":\"Confirmed\"}]"}],)"
           R"("previousVersion":0.2})",
           {"tags"}},
          {"another state",
           R"({"tags":[{"tagFQN":"a.b","source":"Classification","labelType":"Automated","state":"Suggested"}]})",
           R"({"tags":[{"tagFQN":"a.b","source":"Classification","labelType":"Automated","state":"Confirmed"}]})",
           R"({"fieldsAdded":[{"name":"tags","newValue":"[{\"tagFQN\":\"a.b\",\"source\":\"Classification\",)"
           R"(\"labelType\":\"Automated\",\"state\":\"Confirmed\"}]"}],)"
           R"("fieldsUpdated":[],"fieldsDeleted":[{"name":"tags","oldValue":"[{\"tagFQN\":\"a.b\",)"
           R"(\"source\":\"Classification\",\"labelType\":\"Automated\",\"state\":\"Suggested\"}]"}],)"
           R"("previousVersion":0.2})",
           {"tags"}},
      });
}

TEST_CASE("custom properties are told one by one when updated, together when they came or went") {
  check_all(table(),
            {
                {"came",
                 R"({})",
                 R"({"extension":{"cost":1,"unit":"EUR"}})",
                 R"({"fieldsAdded":[{"name":"extension","newValue":"[{\"cost\":1},{\"unit\":\"EUR\"}]"}],)"
                 R"("fieldsUpdated":[],"fieldsDeleted":[],"previousVersion":0.2})",
                 {"extension"}},
                {"all at once",
                 R"({"extension":{"kept":0,"cost":1,"unit":"EUR","gone":[1]}})",
                 R"({"extension":{"kept":0,"cost":2,"unit":"USD","fresh":{"a":1}}})",
                 R"({"fieldsAdded":[{"name":"extension","newValue":"[{\"fresh\":{\"a\":1}}]"}],)"
                 R"("fieldsUpdated":[{"name":"extension.cost","oldValue":"1","newValue":"2"},)"
                 R"({"name":"extension.unit","oldValue":"\"EUR\"","newValue":"\"USD\""}],)"
                 R"("fieldsDeleted":[{"name":"extension","oldValue":"[{\"gone\":[1]}]"}],"previousVersion":0.2})",
                 {"extension.cost", "extension.unit", "extension"}},
            });
}

TEST_CASE("what is the same in the terms of the API is no change") {
  const std::vector<std::pair<const char*, const char*>> cases = {
      {R"({})", R"({})"},
      {R"({"description":null})", R"({})"},
      {R"({"owners":[],"packages":[],"tags":[],"columns":[]})", R"({"packages":null})"},
      {R"({"extension":{}})", R"({})"},
      {R"({"rows":1})", R"({"rows":1.0})"},
      {R"({"lifeCycle":{"a":1,"b":2}})", R"({"lifeCycle":{"b":2,"a":1}})"},
      // Edges have no order; names of neighbours are looked up.
      {R"({"owners":[{"id":"1","type":"user","name":"a"},{"id":"2","type":"user"}]})",
       R"({"owners":[{"id":"2","type":"user"},{"id":"1","type":"user","name":"b"}]})"},
      {R"({"steward":{"id":"1","type":"user","name":"a"}})", R"({"steward":{"id":"1","type":"user","name":"b"}})"},
      // Labels are kept sorted, and their defaults may be left out.
      {R"({"tags":[{"tagFQN":"a","source":"Glossary"},{"tagFQN":"b","source":"Glossary","style":{}}]})",
       R"({"tags":[{"tagFQN":"b","source":"Glossary"},{"tagFQN":"a","source":"Glossary","labelType":"Manual",)"
       R"("state":"Confirmed"}]})"},
      // The server's own, write-only and looked-up fields, and what no description names.
      {R"({"version":0.1,"service":{"id":"1","type":"databaseService"}})",
       R"({"version":0.2,"password":"x","unknown":1})"},
      {R"({"columns":[{"name":"a","dataType":"INT"}]})",
       R"({"columns":[{"name":"a","dataType":"INT","fullyQualifiedName":"x.a","tags":[],"children":[],)"
       R"("description":null}]})"},
  };
  for (const auto& [before, after] : cases) {
    const std::string from = before;  // clang 14 lets no lambda hold a structured binding
    CAPTURE(from);
    const auto change = compare(table(), before, after);
    CHECK(change.empty());
    CHECK(change.description == "");
    CHECK_FALSE(change.versioned);
    CHECK(change::next_version(Version{2}, change) == Version{2});
  }
}

TEST_CASE("a field that is not versioned is told but makes no version") {
  const auto change = compare(table(), R"({"pipelineStatus":{"a":1}})", R"({"pipelineStatus":{"a":2}})");
  CHECK(change.fields == std::vector<std::string>{"pipelineStatus"});
  CHECK_FALSE(change.versioned);
  CHECK(change::next_version(Version{2}, change) == Version{2});

  const auto both = compare(table(), R"({"pipelineStatus":{"a":1}})", R"({"description":"x"})");
  CHECK(both.fields == std::vector<std::string>{"description", "pipelineStatus"});
  CHECK(both.versioned);
}

TEST_CASE("a type without versions has none, whatever changes") {
  model::EntityType plain = table();
  plain.versioned = false;
  const auto change = compare(plain, R"({"columns":[{"name":"a","dataType":"INT"}]})", R"({"description":"x"})");
  CHECK(change.fields == std::vector<std::string>{"description", "columns"});
  CHECK_FALSE(change.versioned);
  CHECK_FALSE(change.major);
}

TEST_CASE("versions grow by a tenth or by one") {
  change::Change minor;
  minor.versioned = true;
  change::Change major = minor;
  major.major = true;
  CHECK(change::next_version(Version{1}, minor).text() == "0.2");
  CHECK(change::next_version(Version{9}, minor).text() == "1.0");
  CHECK(change::next_version(Version{3}, major).text() == "1.3");
  CHECK(change::next_version(Version{3}, {}).text() == "0.3");
}
