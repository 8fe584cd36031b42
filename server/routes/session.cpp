#include "auth/login.h"
#include "guard/addresses.h"
#include "render/entity.h"
#include "render/page.h"
#include "routes/input.h"
#include "routes/routes.h"

namespace metadata::server {
namespace {

Reply login(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  MD_LET(body, body_object(call));
  MD_LET(email, required_text(body, "email"));
  *call.subject = email.substr(0, 256);
  MD_LET(password, required_text(body, "password"));
  MD_LET(session, login_either_way(call.server.catalog.access(), email, password, subscriber_of(call.from)));
  *call.actor = session.user;
  return render::json(session_text(session));
}

Reply refresh(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  MD_LET(body, body_object(call));
  MD_LET(token, required_text(body, "refreshToken"));
  MD_LET(session, call.server.catalog.access().refresh(token));
  *call.actor = session.user;
  return render::json(refreshed_text(session, token));
}

/// Ends the session of the token in the body, or else of the one that was shown. A body is not needed.
Reply logout(const Call& call) {
  std::string token = call.token;
  std::string refresh_token;
  if (!call.request.body.empty()) {
    if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
    MD_LET(body, body_object(call));
    if (const auto given = body["token"].as_string(); given && !given->empty()) token = *given;
    refresh_token = body["refreshToken"].as_string().value_or(std::string_view{});
  }
  MD_OK(call.server.catalog.access().logout(token, refresh_token));
  return render::json(R"({"message":"Logged out successfully"})");
}

Reply logged_in_user(const Call& call) {
  const Fields fields = fields_of(call);
  const EntityRef user = EntityRef::by_id(call.type->name, call.who.id);
  MD_LET(entity, call.server.catalog.get(user, {call.who, fields.names, Include::Live, call.interrupt}));
  return render::entity(call, entity, fields.owner);
}

}  // namespace

std::vector<Route> session_routes(const Registry& registry) {
  std::vector<Route> rows = {
      audited({"POST", "/api/v1/users/login", login, kPublic}, "login"),
      audited({"POST", "/api/v1/auth/login", login, kPublic}, "login"),
      audited({"POST", "/api/v1/users/refresh", refresh, kPublic}, "refresh"),
      audited({"POST", "/api/v1/auth/refresh", refresh, kPublic}, "refresh"),
      audited({"POST", "/api/v1/users/logout", logout, needs("ViewBasic")}, "logout"),
      audited({"POST", "/api/v1/auth/logout", logout, needs("ViewBasic")}, "logout"),
  };
  if (const TypeInfo* user = registry.find("user")) {
    rows.push_back({"GET", "/api/v1/users/loggedInUser", logged_in_user, needs("ViewBasic"), user});
  }
  return rows;
}

}  // namespace metadata::server
