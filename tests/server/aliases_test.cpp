#include "dialect/aliases.h"

#include <doctest/doctest.h>

namespace metadata::server {
namespace {

TEST_CASE("owner in fields means owners, and is remembered") {
  const FieldsAsked asked = canonical_fields("columns, owner,tags,");
  CHECK(asked.fields == "columns,owners,tags");
  CHECK(asked.owner);
  CHECK_FALSE(canonical_fields("owners,*").owner);
  CHECK(canonical_fields("").fields.empty());
}

TEST_CASE("an operation on exactly /owner is one on the list of owners") {
  CHECK(canonical_patch(R"([{"op":"replace","path":"/owner","value":{"id":"x","type":"user"}}])") ==
        R"([{"op":"add","path":"/owners","value":[{"id":"x","type":"user"}]}])");
  CHECK(canonical_patch(R"([{"op":"add","path":"/owner","value":null}])") ==
        R"([{"op":"add","path":"/owners","value":[]}])");
  CHECK(canonical_patch(R"([{"op":"remove","path":"/owner"},{"op":"add","path":"/a","value":1}])") ==
        R"([{"op":"remove","path":"/owners"},{"op":"add","path":"/a","value":1}])");
}

TEST_CASE("every other patch, and what is none, stays as it is") {
  for (const char* body :
       {R"([{"op":"add","path":"/owners","value":[]}])", R"([{"op":"add","path":"/x/owner","value":1}])",
        R"({"path":"/owner"})", R"([{"path":"/owner")", ""}) {
    CHECK(canonical_patch(body) == body);
  }
}

TEST_CASE("a test connection is found by its bare name, which holds a dot") {
  CHECK(canonical_fqn("testConnectionDefinition", "SQLite.testConnectionDefinition") ==
        "\"SQLite.testConnectionDefinition\"");
  CHECK(canonical_fqn("testConnectionDefinition", "\"a.b\"") == "\"a.b\"");
  CHECK(canonical_fqn("table", "a.b") == "a.b");
}

}  // namespace
}  // namespace metadata::server
