#include "model/registry.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>

#include "cpu_time.h"
#include "fixture.h"

using namespace metadata;
using namespace metadata::model;
using test::says;
using test::type;

namespace {

std::string file_text(const char* path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE(file.good());
  return {std::istreambuf_iterator<char>(file), {}};
}

std::set<std::string> texts(const json::Value& object, std::string_view member) {
  std::set<std::string> set;
  for (const json::Value& item : json::find(object, member)->GetArray()) set.emplace(json::view(item));
  return set;
}

Error loading(const std::string& description) {
  const auto registry = Registry::load({description});
  REQUIRE_FALSE(registry.ok());
  return registry.error();
}

// A type of its own with this in the middle of its description.
Error loading_with(const std::string& members) {
  return loading(R"({"type":"x","collection":"xs","traits":["named"],)" + members + "}");
}

const char* const kGadget = R"({
  "type": "gadget", "collection": "gadgets", "traits": ["named", "softDeleted", "owned", "tagged"],
  "parent": { "fields": ["service"], "required": true },
  "filters": ["color"],
  "types": { "GadgetColor": { "enum": ["red", "green"] } },
  "fields": {
    "service": { "type": "EntityReference", "place": "container", "of": ["databaseService"], "create": "required" },
    "color": { "type": "GadgetColor", "default": "green" }
  } })";

}  // namespace

TEST_CASE("the built-in types have the fields, routes and parents that clients know") {
  const json::Document facts = test::parsed(file_text(METADATA_CONTRACT_FACTS));
  CHECK(facts.MemberCount() == 56);
  for (const auto& entry : facts.GetObject()) {
    const EntityType& compiled = type(json::view(entry.name));
    CAPTURE(compiled.name);
    CHECK("/" + compiled.collection == json::string_or(entry.value, "route"));
    std::vector<std::string> parents;
    for (const json::Value& parent : json::find(entry.value, "parent")->GetArray())
      parents.emplace_back(json::view(parent));
    const bool linked = !compiled.parent_link.empty();  // a link names the container, which then is never shown
    CHECK((linked ? std::vector{compiled.parent_link} : compiled.parent_fields) == parents);

    std::set<std::string> create;
    std::set<std::string> required;
    std::set<std::string> known = texts(entry.value, "fields");
    for (const std::string& name : known) {
      CAPTURE(name);
      CHECK(compiled.has(name));
    }
    known.merge(texts(entry.value, "create"));
    for (const Field& field : compiled.fields) {
      CAPTURE(field.name);
      CHECK((known.contains(field.name) || field.hidden));
      if (field.hidden && !known.contains(field.name)) continue;
      if (field.in_create) create.insert(field.name);
      if (field.required) required.insert(field.name);
    }
    for (const std::string& name : texts(entry.value, "create")) {
      CAPTURE(name);
      CHECK(create.contains(name));
    }
    for (const std::string& name : texts(entry.value, "required")) {
      CAPTURE(name);
      CHECK(required.contains(name));
    }
  }
}

TEST_CASE("what a reader gets only on request are relations, labels, custom properties and side tables") {
  for (const char* name :
       {"columns", "tableType", "tableConstraints", "databaseSchema", "database", "service", "serviceType",
        "sourceHash", "lifeCycle", "schemaDefinition", "deleted", "changeDescription"}) {
    CAPTURE(name);
    CHECK_FALSE(type("table").find(name)->on_request);
  }
  for (const char* name : {"owners", "tags", "followers", "votes", "extension", "domains", "dataProducts",
                           "usageSummary", "joins", "sampleData", "profile"}) {
    CAPTURE(name);
    CHECK(type("table").find(name)->on_request);
  }
  CHECK_FALSE(type("bot").find("botUser")->on_request);
  CHECK_FALSE(type("tag").find("parent")->on_request);
  CHECK(type("team").find("users")->on_request);
}

TEST_CASE("containment is closed over all types") {
  using Names = std::vector<std::string>;
  CHECK(type("databaseService").below == Names{"dataContract", "database", "databaseSchema", "ingestionPipeline",
                                               "query", "storedProcedure", "table", "testCase", "testSuite"});
  CHECK(type("table").above == Names{"database", "databaseSchema", "databaseService"});
  CHECK(type("tag").above == Names{"classification", "tag"});
  CHECK(type("classification").below == Names{"tag"});
  CHECK(type("user").below.empty());
  CHECK(type("ingestionPipeline").find("service")->types == Names{"apiService", "dashboardService", "databaseService",
                                                                  "driveService", "messagingService", "metadataService",
                                                                  "mlmodelService", "pipelineService", "searchService",
                                                                  "securityService", "storageService"});
  CHECK(type("dashboardService").below ==
        Names{"chart", "dashboard", "dashboardDataModel", "dataContract", "ingestionPipeline"});
  CHECK(type("pipeline").above == Names{"pipelineService"});
}

TEST_CASE("columns hold columns") {
  const Field* columns = type("table").find("columns");
  const StructType& column = *columns->type.element->fields;
  CHECK(column.find("children")->type.element->fields.get() == &column);
  CHECK(columns->match == std::vector<std::string>{"name", "dataType", "arrayDataType"});
  CHECK(column.find("children")->breaking == columns->breaking);
}

TEST_CASE("a trivial type needs one text and no code") {
  auto registry = Registry::load({kGadget});
  REQUIRE(registry.ok());
  const EntityType* gadget = (*registry)->collection("gadgets");
  REQUIRE(gadget != nullptr);
  CHECK((*registry)->type("gadget") == gadget);
  CHECK((*registry)->type_any_case("GADGET") == gadget);
  CHECK(gadget->soft_delete);
  CHECK(gadget->find("owners")->relation.kind == "owns");
  const auto& below = (*registry)->type("databaseService")->below;
  CHECK(std::ranges::find(below, "gadget") != below.end());

  json::Document body = test::parsed(R"({"name":"g","service":"s"})");
  CHECK(validate(*gadget, Body::Create, body, Limits()).ok());
  CHECK(json::write(body) == R"({"name":"g","service":"s","color":"green"})");
  body = test::parsed(R"({"name":"g","service":"s","color":"blue"})");
  const Error error = validate(*gadget, Body::Create, body, Limits());
  CHECK(error.field() == "color");
  CHECK(error.message() == R"(color must be one of red, green, not "blue")");
}

TEST_CASE("types outlive the registry that made them") {
  std::shared_ptr<const EntityType> kept;
  {
    auto registry = Registry::load();
    REQUIRE(registry.ok());
    kept = (*registry)->types().back();
  }
  CHECK(kept->has("name"));
  CHECK(kept->find("description")->type.shape == Shape::String);
}

TEST_CASE("unknown names find nothing") {
  auto registry = Registry::load();
  REQUIRE(registry.ok());
  CHECK((*registry)->type("Table") == nullptr);
  CHECK((*registry)->type_any_case("storedprocedure")->name == "storedProcedure");
  CHECK((*registry)->type("") == nullptr);
  CHECK((*registry)->collection("services/nothing") == nullptr);
}

TEST_CASE("a service type of its own can hold ingestion pipelines") {
  auto registry = Registry::load({R"({"type":"kiteService","collection":"services/kites","traits":["named"]})"});
  REQUIRE(registry.ok());
  const auto& holders = (*registry)->type("ingestionPipeline")->find("service")->types;
  CHECK(std::ranges::find(holders, "kiteService") != holders.end());
  CHECK(std::ranges::find(holders, "databaseService") != holders.end());
}

TEST_CASE("a description that contradicts itself or another is refused with its reason") {
  CHECK(says(loading("[]"), "a description is an object"));
  CHECK(says(loading("{"), "extra type 1"));
  CHECK(says(loading(R"({"type":"table","collection":"xs","traits":["named"]})"), "\"table\" is described twice"));
  CHECK(says(loading(R"({"type":"x","collection":"tables","traits":["named"]})"), "belongs to two"));
  CHECK(says(loading(R"({"type":"x y","collection":"xs"})"), "\"type\" must be a word"));
  CHECK(says(loading(R"({"type":"x","collection":"/xs"})"), "\"collection\" must be a path"));
  CHECK(says(loading(R"({"type":"x","collection":"xs"})"), "needs the trait \"named\""));
  CHECK(says(loading_with(R"("treats":[])"), "unknown member \"treats\""));
  CHECK(says(loading_with(R"("rules":["walk"])"), "unknown rule \"walk\""));
  CHECK(says(loading_with(R"("filters":["color"])"), "\"color\" is not a field"));
  CHECK(says(loading_with(R"("parent":{"fields":["service"]})"), "\"service\" is not a field of place container"));
  CHECK(says(loading_with(R"("parent":{})"), "must name a field"));
  CHECK(says(loading_with(R"("types":{"Column":{"enum":["a"]}})"), "\"Column\" is described in columns.json too"));
  CHECK(says(loading_with(R"("types":{"A":{"is":"B"},"B":{"is":"A"}})"), "stands for itself"));
  CHECK(says(loading_with(R"("types":{"A":{"enum":[]}})"), "without values"));
  CHECK(says(loading_with(R"("types":{"string":{"enum":["a"]}})"), "no type can be named \"string\""));
  CHECK(says(loading(R"({"type":"x","collection":"xs","traits":["nam"]})"), "unknown trait \"nam\""));
}

TEST_CASE("a series must name what its values and its entity have") {
  const auto described = [](const std::string& members, const std::string& fields) {
    return R"({"type":"x","collection":"xs","traits":["named"],"types":{"Run":{"fields":{"at":{"type":"timestamp"},
        "id":{"type":"string"},"parts":{"type":"[Part]"}}},"Part":{"fields":{"name":{"type":"string"}}}},
        "series":{"runs":)" +
           members + R"(},"fields":)" + fields + "}";
  };
  const auto fits = [&](const std::string& members, const std::string& fields = "{}") {
    return Registry::load({described(members, fields)}).ok();
  };
  const auto runs = [&](const std::string& members, const std::string& fields = "{}") {
    return loading(described(members, fields));
  };
  const std::string fit = R"({"type":"Run","key":"id","timestamp":"at","path":"run","answer":"entity"})";
  CHECK(fits(fit));
  CHECK(fits(fit, R"({"newest":{"type":"Run","place":"computed","from":"series.runs"}})"));
  CHECK(says(runs(fit, R"({"newest":{"type":"Run","place":"computed","from":"series.walks"}})"),
             "the type has no \"series.walks\""));
  CHECK(says(runs(R"({"type":"string","key":"id","timestamp":"at"})"), "needs the name of a type with fields"));
  CHECK(says(runs(R"({"type":"Run","key":"no","timestamp":"at"})"), "\"no\" must be a member of Run"));
  CHECK(says(runs(R"({"type":"Run","key":"id","timestamp":"at","path":"a/b"})"), "\"path\" must be a word"));
  CHECK(says(runs(R"({"type":"Run","key":"id","timestamp":"at","answer":"yes"})"), "answer"));
  CHECK(says(runs(R"({"type":"Run","key":"id","timestamp":"at","known":{"parts":"name"}})"),
             "must be lists of items with a name"));
  CHECK(fits(R"({"type":"Run","key":"id","timestamp":"at","known":{"parts":"steps"}})",
             R"({"steps":{"type":"[Part]"}})"));
}

TEST_CASE("a field's description must fit together") {
  const auto field = [](const std::string& description) {
    return loading_with(R"("fields":{"f":)" + description + "}");
  };
  CHECK(says(field(R"({"type":"strin"})"), "f: unknown type \"strin\""));
  CHECK(says(field(R"({})"), "f: needs a \"type\""));
  CHECK(says(field(R"(5)"), "f: must be an object"));
  CHECK(says(field(R"({"type":"string","put":"swap"})"), "unknown word \"swap\", known are replace"));
  CHECK(says(field(R"({"type":"string","place":"container","of":["table"]})"), "needs the type EntityReference"));
  CHECK(says(field(R"({"type":"EntityReference","place":"container"})"), "\"of\" goes with"));
  CHECK(says(field(R"({"type":"EntityReference","place":"container","of":["nothing"]})"),
             "unknown entity type \"nothing\""));
  CHECK(says(field(R"({"type":"EntityReference","place":"relation"})"), "\"relation\" with its \"kind\""));
  CHECK(says(field(R"({"type":"[string]","place":"tags"})"), "[TagLabel], not [string]"));
  CHECK(says(field(R"({"type":"[Column]","put":"nested"})"), "put nested needs \"match\""));
  CHECK(says(field(R"({"type":"[Column]","match":["nam"]})"), "\"match\" names \"nam\", which Column does not have"));
  CHECK(says(field(R"({"type":"[Column]","breaking":["moved"]})"), "unknown word \"moved\""));
  CHECK(says(field(R"({"type":"string","managed":true,"create":"required"})"), "cannot be required"));
  CHECK(says(field(R"({"type":"string","edit":"Description"})"), "begins with Edit"));
  CHECK(says(field(R"({"type":"string","resetBy":"g"})"), "unknown field \"g\""));
  CHECK(says(field(R"({"type":"EntityReference","place":"container","of":["table"]})"), "has no \"parent\""));
}

TEST_CASE("loading is quick") {
  const std::string text = file_text(METADATA_CONTRACT_FACTS);
  const double loaded = test::least_cpu_s_of(3, [] { REQUIRE(Registry::load().ok()); });
  const double read = test::least_cpu_s_of(3, [&] { CHECK(test::parsed(text).IsObject()); });
  MESSAGE("the registry was loaded in " << 1e3 * loaded << " ms, a text of half its size read in " << 1e3 * read);
  CHECK(loaded < 1000 * read);  // about a hundred; the bound leaves room for sanitizers
}
