#include <algorithm>

#include "dialect/aliases.h"
#include "render/entity.h"
#include "render/error.h"
#include "render/page.h"
#include "routes/input.h"
#include "routes/list_items.h"
#include "routes/routes.h"

namespace metadata::server {
namespace {

constexpr std::size_t kMaxAssets = 1000;

/// The entity that assets belong to: by id, or by name.
Result<EntityRef> holder_of(const Call& call) {
  if (const auto id = EntityId::parse(call.params.front())) return EntityRef::by_id(call.type->name, *id);
  return by_name(call);
}

/// What an asset's own list is to hold of it.
Result<Json> as_item(const Call& call, const Entity& holder) {
  JsonWriter out;
  out.begin_object();
  if (call.type->assets == "tags") {
    out.key("tagFQN").string(holder.fqn()).key("source");
    out.string(call.type->name == "glossaryTerm" ? "Glossary" : "Classification");
    out.key("labelType").string("Manual").key("state").string("Confirmed");
  } else {
    out.key("id").string(holder.id().text()).key("type").string(call.type->name);
    out.key("fullyQualifiedName").string(holder.fqn());
  }
  out.end_object();
  return Json::parse(std::move(out).text());
}

/// The asset that a reference of the body names.
Result<EntityRef> asset_of(const Call& call, const Json& reference) {
  const auto text = [&](std::string_view member) {
    return std::string(reference[member].as_string().value_or(std::string_view{}));
  };
  const TypeInfo* type = call.server.catalog.registry().find(text("type"));
  if (type == nullptr) return invalid_argument("there is no entity type '" + text("type").substr(0, 100) + "'", "type");
  if (const auto id = EntityId::parse(text("id"))) return EntityRef::by_id(type->name, *id);
  if (text("fullyQualifiedName").empty()) return invalid_argument("an asset needs an id or a fullyQualifiedName", "id");
  return EntityRef::by_fqn(type->name, canonical_fqn(type->name, text("fullyQualifiedName")));
}

/// One asset; in a dry run all but the change itself.
Error change_one(const Call& call, const Json& reference, const Json& item, Items how, bool dry) {
  MD_LET(target, asset_of(call, reference));
  if (!dry) return change_items(call, target, call.type->assets, {item}, how).error();
  const Error there =
      call.server.catalog.get(target, {call.who, call.type->assets, Include::Live, call.interrupt}).error();
  if (!there.ok()) return there;
  // The field is there: it has just been read.
  const auto& fields = call.server.catalog.registry().find(target.type)->fields;
  const auto field =
      std::find_if(fields.begin(), fields.end(), [&](const FieldInfo& one) { return one.name == call.type->assets; });
  return call.server.catalog.check_allowed(call.who, {field->edit}, target, call.interrupt);
}

std::string one_response(const Json& reference, const Error& error) {
  JsonWriter out;
  out.begin_object().key("request").raw(reference.text());
  if (!error.ok()) out.key("message").string(error.message());
  out.key("status").integer(error.ok() ? 200 : render::error(error).status).end_object();
  return std::move(out).text();
}

/// Each asset is changed by itself: what fails is told, and the others are done.
template <Items how>
Reply change(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  MD_LET(target, holder_of(call));
  MD_LET(holder, call.server.catalog.get(target, {call.who, {}, Include::Live, call.interrupt}));
  MD_OK(call.server.catalog.check_allowed(call.who, {"EditAll"}, target, call.interrupt));
  MD_LET(body, body_object(call));
  const Json assets = body["assets"];
  if (!assets.is_array()) return invalid_argument("assets must be a list of references", "assets");
  if (assets.size() > kMaxAssets)
    return too_large("at most " + std::to_string(kMaxAssets) + " assets can be named at once", "assets");
  const bool dry = body["dryRun"].as_bool().value_or(false);
  MD_LET(item, as_item(call, holder));
  std::vector<std::string> passed, failed;
  for (std::size_t i = 0; i < assets.size(); ++i) {
    const Error error = change_one(call, assets.at(i), item, how, dry);
    if (error.code() == Code::Interrupted || error.code() == Code::Unavailable) return error;
    (error.ok() ? passed : failed).push_back(one_response(assets.at(i), error));
  }
  return render::bulk_result(dry, passed, failed);
}

}  // namespace

std::vector<Route> asset_routes(const Registry& registry) {
  std::vector<Route> rows;
  for (const TypeInfo& type : registry.types()) {
    if (type.assets.empty()) continue;
    // Clients do not encode the name here.
    const std::string path = "/api/v1/" + type.collection + "/{fqn...}/assets/";
    rows.push_back({"PUT", path + "add", change<Items::Add>, needs("EditAll"), &type});
    rows.push_back({"PUT", path + "remove", change<Items::Remove>, needs("EditAll"), &type});
  }
  return rows;
}

}  // namespace metadata::server
