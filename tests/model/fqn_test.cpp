#include "model/fqn.h"

#include "fixture.h"

using namespace metadata;
using namespace metadata::model;
using test::type;

namespace {

std::string key(std::initializer_list<std::string_view> parts) {
  std::string joined;
  for (const std::string_view part : parts) {
    if (!joined.empty()) joined.push_back(kKeySeparator);
    joined.append(part);
  }
  return joined;
}

std::string made(std::string_view type_name, std::string_view parent, std::string_view name) {
  const auto result = make_key(type(type_name), parent, name, Limits());
  INFO(std::string(result.ok() ? std::string() : result.error().text()));
  REQUIRE(result.ok());
  return *result;
}

}  // namespace

TEST_CASE("a key is the container's key and the name") {
  CHECK(made("databaseService", "", "my.svc") == "my.svc");
  CHECK(made("table", key({"s", "d", "x"}), "a.b") == key({"s", "d", "x", "a.b"}));
  CHECK(made("table", key({"s"}), "\"a.b\"") == key({"s", "a.b"}));
  CHECK(made("user", "", "John.Doe") == "john.doe");
  CHECK(made("team", "", "Sales") == "Sales");
}

TEST_CASE("a key's FQN quotes the parts that hold dots") {
  struct {
    std::string key, fqn;
  } const kCases[] = {
      {"a", "a"},
      {"a.b", "\"a.b\""},
      {key({"my.svc", "d", "x.y", "t"}), "\"my.svc\".d.\"x.y\".t"},
      {key({"s", "a/b #c"}), "s.a/b #c"},
  };
  for (const auto& c : kCases) {
    CHECK(fqn_of_key(c.key) == c.fqn);
    CHECK(*key_of_any_fqn(c.fqn) == c.key);
  }
}

TEST_CASE("flat types are found by their name with and without quotes") {
  CHECK(*key_of_fqn(type("databaseService"), "my.svc") == "my.svc");
  CHECK(*key_of_fqn(type("databaseService"), "\"my.svc\"") == "my.svc");
  CHECK(*key_of_fqn(type("testConnectionDefinition"), "SQLite.testConnectionDefinition") ==
        "SQLite.testConnectionDefinition");
  CHECK(*key_of_fqn(type("user"), "John.Doe") == "john.doe");
  CHECK(*key_of_fqn(type("table"), "s.\"d.e\".x.t") == key({"s", "d.e", "x", "t"}));
  CHECK(*key_of_fqn(type("tag"), "PII.Email") == key({"PII", "Email"}));
}

TEST_CASE("names and FQNs that break the grammar are refused") {
  CHECK(key_of_fqn(type("table"), "s..t").error().code() == Code::InvalidArgument);
  CHECK(key_of_fqn(type("table"), "s.\"t").error().code() == Code::InvalidArgument);
  CHECK(key_of_any_fqn("").error().code() == Code::InvalidArgument);
  CHECK(make_key(type("table"), "s", "a\"b", Limits()).error().field() == "name");
  CHECK(make_key(type("table"), "s", std::string("a\x1f") + "b", Limits()).error().field() == "name");
  CHECK(make_key(type("table"), "s", "", Limits()).error().field() == "name");
  CHECK(make_key(type("table"), "s", std::string(1025, 'a'), Limits()).error().field() == "name");
  CHECK(make_key(type("table"), std::string(3000, 'a'), std::string(100, 'b'), Limits()).error().field() == "name");
}

TEST_CASE("a literal part stands before the name") {
  auto registry = Registry::load({R"({"type":"model","collection":"models","traits":["named"],
    "parent":{"fields":["service"],"required":true},"fqn":{"literal":"model","prefix":"m_"},
    "fields":{"service":{"type":"EntityReference","place":"container","of":["databaseService"]}}})"});
  REQUIRE(registry.ok());
  CHECK(fqn_of_key(*make_key(*(*registry)->type("model"), "svc", "a.b", Limits())) == "svc.model.\"m_a.b\"");
}

TEST_CASE("keys come apart again") {
  CHECK(parent_key(key({"a", "b", "c"})) == key({"a", "b"}));
  CHECK(parent_key("a").empty());
  CHECK(key_parts(key({"a", "b.c"})) == std::vector<std::string_view>{"a", "b.c"});
}

TEST_CASE("nested items get the FQN of where they stand") {
  json::Document entity =
      test::parsed(R"({"columns":[{"name":"a.b","children":[{"name":"c","fullyQualifiedName":"wrong"}]}],
    "dataModel":{"columns":[{"name":"a"}]},"tags":[{"tagFQN":"x.y"}]})");
  CHECK(fill_nested_fqns(type("table"), "s.t", entity, entity.GetAllocator(), Limits{}).ok());
  CHECK(json::write(entity) ==
        R"({"columns":[{"name":"a.b","children":[{"name":"c","fullyQualifiedName":"s.t.\"a.b\".c"}],)"
        R"("fullyQualifiedName":"s.t.\"a.b\""}],)"
        R"("dataModel":{"columns":[{"name":"a","fullyQualifiedName":"s.t.a"}]},"tags":[{"tagFQN":"x.y"}]})");

  json::Document policy = test::parsed(R"({"rules":[{"name":"r"}]})");
  CHECK(fill_nested_fqns(type("policy"), "P", policy, policy.GetAllocator(), Limits{}).ok());
  CHECK(json::write(policy) == R"({"rules":[{"name":"r","fullyQualifiedName":"P.r"}]})");
}
