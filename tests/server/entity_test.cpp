#include "render/entity.h"

#include <doctest/doctest.h>

#include "metadata/entity.h"
#include "metadata/json.h"

namespace metadata::server::render {
namespace {

class TwoTypes final : public Registry {
 public:
  TwoTypes() {
    TypeInfo table;
    table.name = "table";
    table.collection = "tables";
    table.fields = {{"owners", "[EntityReference]", true, false, true},
                    {"service", "EntityReference", false, false, true},
                    {"columns", "[Column]", false, false, false}};
    TypeInfo user;
    user.name = "user";
    user.collection = "users";
    types_ = {table, user};
  }
  const std::vector<TypeInfo>& types() const override { return types_; }
  const TypeInfo* find(std::string_view name) const override { return by(&TypeInfo::name, name); }
  const TypeInfo* find_collection(std::string_view name) const override { return by(&TypeInfo::collection, name); }
  std::string schemas() const override { return "{}"; }

 private:
  const TypeInfo* by(std::string TypeInfo::*member, std::string_view value) const {
    for (const TypeInfo& type : types_) {
      if (type.*member == value) return &type;
    }
    return nullptr;
  }
  std::vector<TypeInfo> types_;
};

constexpr char kTable[] = R"({"id":"t1","name":"x","columns":[{"id":"c","type":"user"}],"owners":[)"
                          R"({"id":"u1","type":"user"},{"id":"u2","type":"team"}],)"
                          R"("service":{"id":"u3","type":"user"}})";

TEST_CASE("an entity and its references carry links, nothing else does") {
  const TwoTypes registry;
  const References references(registry);
  CHECK(entity_text(kTable, registry.types()[0], references, {"http://h/api", false}) ==
        R"({"href":"http://h/api/v1/tables/t1","id":"t1","name":"x","columns":[{"id":"c","type":"user"}],)"
        R"("owners":[{"href":"http://h/api/v1/users/u1","id":"u1","type":"user"},{"id":"u2","type":"team"}],)"
        R"("service":{"href":"http://h/api/v1/users/u3","id":"u3","type":"user"}})");
}

TEST_CASE("links by the places that an entity tells are those that looking through the text finds") {
  const TwoTypes registry;
  const References references(registry);
  const TypeInfo& table = registry.types()[0];
  const std::string id = "00000000-0000-4000-8000-00000000000";
  const auto reference = [&](const std::string& digit, const std::string& type) {
    return R"({"id":")" + id + digit + R"(","type":")" + type + R"(","name":"\"owners\":[{"})";
  };
  for (const std::string& owners : {std::string("[]"), "[" + reference("1", "user") + "]",
                                    "[" + reference("2", "unknown") + "," + reference("3", "user") + "]"}) {
    Entity::Data data{"table", *EntityId::parse(id + "0"), "x", "x", Version{1}, 1, false, {}, {}};
    data.text = R"({"id":")" + id + R"(0","name":"x","columns":[)" + reference("9", "user") + R"(],"owners":)" +
                owners + R"(,"service":)" + reference("4", "user") + "}";
    const std::size_t first = data.text.find(R"("owners":)" + owners) + 9;
    for (std::size_t at = data.text.find(R"({"id":)", first); at != std::string::npos;
         at = data.text.find(R"({"id":)", at + 1)) {
      data.references.push_back(static_cast<std::uint32_t>(at));
    }
    const Entity entity(data);
    for (const bool owner : {false, true}) {
      for (const char* base : {"", "http://h/api"}) {
        CAPTURE(owners);
        CAPTURE(owner);
        CHECK(entity_text(entity, table, references, {base, owner}) ==
              entity_text(entity.text(), table, references, {base, owner}));
      }
    }
  }
}

TEST_CASE("without a base the text stays as the library wrote it") {
  const TwoTypes registry;
  const References references(registry);
  CHECK(entity_text(kTable, registry.types()[0], references, {}) == kTable);
}

TEST_CASE("the guide's owner is the first of the owners, when there is one") {
  const TwoTypes registry;
  const References references(registry);
  const TypeInfo& table = registry.types()[0];
  const auto shown = Json::parse(entity_text(kTable, table, references, {"http://h/api", true}));
  REQUIRE(shown.ok());
  CHECK((*shown)["owner"] == (*shown)["owners"].at(0));
  CHECK(entity_text(R"({"id":"t","owners":[]})", table, references, {"", true}) == R"({"id":"t","owners":[]})");
}

}  // namespace
}  // namespace metadata::server::render
