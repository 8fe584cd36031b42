#include <algorithm>
#include <string>

#include "metadata/events.h"
#include "render/page.h"
#include "routes/input.h"
#include "routes/routes.h"

namespace metadata::server {
namespace {

/// The event, whatever the dialect: clients of both know it.
Reply answer(const Result<ChangeEvent>& event) {
  if (!event.ok()) return event.error();
  Response response = render::json(change_event(*event));
  response.set("X-OpenMetadata-Change", "entityFieldsChanged");
  return response;
}

Result<EntityId> user_id(std::string_view text) {
  if (const auto id = EntityId::parse(text)) return *id;
  return invalid_argument("'" + std::string(text.substr(0, 100)) + "' is not a UUID: the id of a user is expected");
}

/// The body is the user's id, as JSON text.
Reply follow(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  MD_LET(target, by_id(call));
  MD_LET(body, Json::parse(call.request.body));
  if (!body.is_string()) return invalid_argument("the body must be the id of a user, as a JSON string");
  MD_LET(user, user_id(body.as_string().value_or("")));
  MD_LET(options, write_options(call));
  return answer(call.server.catalog.follow(target, user, options));
}

Reply unfollow(const Call& call) {
  MD_LET(target, by_id(call));
  MD_LET(user, user_id(call.params.back()));
  MD_LET(options, write_options(call));
  return answer(call.server.catalog.unfollow(target, user, options));
}

Reply vote(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  MD_LET(target, by_id(call));
  MD_LET(body, body_object(call));
  MD_LET(word, required_text(body, "updatedVoteType"));
  MD_LET(options, write_options(call));
  return answer(call.server.catalog.vote(target, word, options));
}

bool has(const TypeInfo& type, std::string_view field) {
  return std::any_of(type.fields.begin(), type.fields.end(), [&](const FieldInfo& one) { return one.name == field; });
}

}  // namespace

std::vector<Route> follower_routes(const Registry& registry) {
  std::vector<Route> rows;
  for (const TypeInfo& type : registry.types()) {
    const std::string path = "/api/v1/" + type.collection + "/{id}";
    if (has(type, "followers")) {
      rows.push_back({"PUT", path + "/followers", follow, needs("ViewBasic"), &type});
      rows.push_back({"DELETE", path + "/followers/{userId}", unfollow, needs("ViewBasic"), &type});
    }
    if (has(type, "votes")) rows.push_back({"PUT", path + "/vote", vote, needs("ViewBasic"), &type});
  }
  return rows;
}

}  // namespace metadata::server
