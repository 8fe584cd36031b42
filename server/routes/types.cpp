#include "render/entity.h"
#include "routes/input.h"
#include "routes/list_items.h"
#include "routes/routes.h"

namespace metadata::server {
namespace {

constexpr char kProperties[] = "customProperties";

std::string text_of(const Json& object, std::string_view member) {
  return std::string(object[member].as_string().value_or(std::string_view{}));
}

/// The custom property as it is kept: with the name of its type, which clients give by id.
Result<std::string> property_of(const Call& call, const Json& body) {
  MD_LET(name, required_text(body, "name"));
  const auto id = EntityId::parse(text_of(body["propertyType"], "id"));
  if (!id) return invalid_argument("propertyType must be a reference to a type, with its id", "propertyType");
  MD_LET(type, call.server.catalog.get(EntityRef::by_id("type", *id), {call.who, {}, Include::Live, call.interrupt}));
  JsonWriter out;
  out.begin_object();
  body.for_each_member([&](std::string_view member, const Json& value) {
    if (member != "propertyType" && member != "description" && !value.is_null()) out.key(member).raw(value.text());
  });
  out.key("description").string(text_of(body, "description"));
  out.key("propertyType").begin_object().key("id").string(id->text()).key("type").string("type");
  out.key("name").string(type.name()).key("fullyQualifiedName").string(type.fqn()).end_object();
  out.end_object();
  return std::move(out).text();
}

/// The operation that puts the property among those of the type.
Result<Patch> patch_for(const Json& type, const std::string& name, const std::string& property) {
  const Json properties = type[kProperties];
  std::string op = "add", place = "-";
  for (std::size_t i = 0; i < properties.size(); ++i) {
    if (text_of(properties.at(i), "name") != name) continue;
    op = "replace";
    place = std::to_string(i);
  }
  return Patch::parse(R"([{"op":")" + op + R"(","path":"/)" + kProperties + "/" + place + R"(","value":)" + property +
                      "}]");
}

/// Adds one custom property to an entity type, or replaces the one of its name.
Reply put_property(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  MD_LET(target, by_id(call));
  MD_OK(call.server.catalog.check_allowed(call.who, {"EditAll"}, target, call.interrupt));
  MD_LET(body, body_object(call));
  MD_LET(property, property_of(call, body));
  MD_LET(written, patch_as_read(call, target, kProperties,
                                [&](const Json& type) { return patch_for(type, text_of(body, "name"), property); }));
  return render::written(call, written);
}

}  // namespace

std::vector<Route> type_routes(const Registry& registry) {
  return {{"PUT", "/api/v1/metadata/types/{id}", put_property, needs("EditAll"), registry.find("type")}};
}

}  // namespace metadata::server
