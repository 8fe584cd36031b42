#include <algorithm>

#include "fixture.h"
#include "model/registry.h"

using namespace metadata;
using namespace metadata::model;
using test::says;
using test::type;

namespace {

// The rule of a type of its own with this "search" member.
Result<SearchRule> rule_of(const std::string& search) {
  const auto registry = Registry::load({R"({"type":"x","collection":"xs","traits":["named","owned","extended"],
    "types":{"Color":{"enum":["red","green"]},
             "Step":{"fields":{"name":{"type":"name"},"description":{"type":"string"},"steps":{"type":"[Step]"}}},
             "Plan":{"fields":{"steps":{"type":"[Step]"}}}},
    "fields":{"color":{"type":"Color"},"lit":{"type":"boolean"},"code":{"type":"string"},"plan":{"type":"Plan"},
              "token":{"type":"string","secret":true},"size":{"type":"number"},
              "steps":{"type":"[Step]","match":["name"]}},
    "search":)" + search + "}"});
  if (!registry.ok()) return registry.error();
  return (*registry)->type("x")->search;
}

Error refused(const std::string& search) {
  const auto rule = rule_of(search);
  REQUIRE_FALSE(rule.ok());
  return rule.error();
}

}  // namespace

TEST_CASE("an index name alone makes a type searchable by its names, descriptions, items and whole values") {
  const auto rule = rule_of(R"({"index":"x_search_index"})");
  REQUIRE(rule.ok());
  CHECK(*rule);
  REQUIRE(rule->text("steps.name") != nullptr);
  CHECK(rule->text("steps.name")->kind == SearchClass::Item);
  CHECK(rule->text("steps.name")->path.children == std::vector<std::string>{"steps", ""});
  CHECK(rule->text("name")->kind == SearchClass::Name);
  CHECK(rule->text("displayName")->weight > rule->text("steps.name")->weight);
  CHECK(rule->text("description")->kind == SearchClass::Text);
  CHECK(rule->text("steps.description")->kind == SearchClass::ItemText);
  CHECK(rule->text("code") == nullptr);
  CHECK(rule->keyword("color") != nullptr);
  CHECK(rule->keyword("lit") != nullptr);
  CHECK(rule->keyword("code") == nullptr);
  CHECK(rule->is_related("owners"));
  CHECK(rule->has_exists("owners"));
  CHECK(rule->custom_properties);
}

TEST_CASE("a type without a search member is not searched") { CHECK_FALSE(type("testConnectionDefinition").search); }

TEST_CASE("texts can be added, weighed and taken away; keywords and fields that exist can be added") {
  const auto rule = rule_of(R"({"index":"i","aliases":["all"],"text":{"code":3,"description":0,"plan.steps.name":4},
    "keywords":["code"],"facets":["code","owners.name"],"exists":["plan"]})");
  REQUIRE(rule.ok());
  CHECK(rule->text("code")->weight == 3);
  CHECK(rule->text("code")->kind == SearchClass::Extra);
  CHECK(rule->text("description") == nullptr);
  CHECK(rule->text("plan.steps.name")->path.children == std::vector<std::string>{"", "steps", ""});
  CHECK(rule->keyword("code") != nullptr);
  CHECK(rule->has_exists("code"));
  CHECK(rule->has_exists("plan"));
  CHECK(std::ranges::find(rule->values, "code") != rule->values.end());
  CHECK(std::ranges::find(rule->values, "owners.name") == rule->values.end());
}

TEST_CASE("names of entities that a relation leads to are searched through their ids") {
  const auto rule = rule_of(R"({"index":"i","text":{"owners.name":2}})");
  REQUIRE(rule.ok());
  REQUIRE(rule->related_texts.size() == 1);
  CHECK(rule->related_texts[0].field == "owners");
  CHECK(rule->related_texts[0].types == std::vector<std::string>{"user", "team"});
}

TEST_CASE("relations that the other end's bodies can set too are not kept in the index") {
  CHECK_FALSE(type("user").search.is_related("teams"));
  CHECK_FALSE(type("team").search.is_related("users"));
  CHECK(type("user").search.is_related("roles"));
  CHECK(type("table").search.is_related("owners"));
  CHECK(type("table").search.is_related("domains"));
  CHECK_FALSE(type("table").search.is_related("followers"));
}

TEST_CASE("a search member that contradicts its type is refused with the place") {
  CHECK(says(refused(R"({"aliases":["all"]})"), "index"));
  CHECK(says(refused(R"({"index":"i","colour":1})"), "colour"));
  CHECK(says(refused(R"({"index":"i","text":{"nothing":1}})"), "nothing"));
  CHECK(says(refused(R"({"index":"i","text":{"token":1}})"), "secret"));
  CHECK(says(refused(R"({"index":"i","text":{"size":1}})"), "not a text"));
  CHECK(says(refused(R"({"index":"i","text":{"code":-1}})"), "weights"));
  CHECK(says(refused(R"({"index":"i","text":{"code.deep":1}})"), "no members"));
  CHECK(says(refused(R"({"index":"i","keywords":["size"]})"), "size"));
  CHECK(says(refused(R"({"index":"i","facets":["nobody.name"]})"), "nobody"));
  CHECK(says(refused(R"({"index":"i","exists":["owners2"]})"), "owners2"));
}
