#include <utility>

#include "auth/credentials.h"
#include "guard/addresses.h"
#include "metadata/json.h"
#include "render/page.h"
#include "routes/input.h"
#include "routes/routes.h"

namespace metadata::server {
namespace {

constexpr std::string_view kUser = "user";

Response said(std::string_view message) {
  JsonWriter out;
  out.begin_object().key("message").string(message).end_object();
  return render::json(std::move(out).text());
}

/// The new password of a body that has it twice, under `name` and as `confirmPassword`.
Result<std::string> new_password(const Json& body, std::string_view name) {
  MD_LET(password, required_text(body, name));
  MD_LET(again, required_text(body, "confirmPassword"));
  if (again != password) return invalid_argument("the two passwords differ", "confirmPassword");
  return password;
}

Reply change_password(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  MD_LET(body, body_object(call));
  MD_LET(password, new_password(body, "newPassword"));
  const std::string_view kind = body["requestType"].as_string().value_or("SELF");
  Access& access = call.server.catalog.access();
  if (kind == "USER") {
    if (call.who.kind != Principal::Kind::Admin) return permission_denied("admins alone set another user's password");
    MD_LET(name, required_text(body, "username"));
    MD_OK(access.set_password(name, password));
  } else if (kind == "SELF") {
    MD_LET(old_password, required_text(body, "oldPassword"));
    MD_OK(access.change_password(call.who.name, old_password, password, subscriber_of(call.from)));
  } else {
    return invalid_argument("requestType is SELF or USER", "requestType");
  }
  return said("Password Updated Successfully");
}

/// Public, because people who forgot their password are to use it; what can be done without mail is for admins.
Reply reset_link(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  MD_LET(body, body_object(call));
  MD_LET(email, required_text(body, "email"));
  const Headers& headers = call.request.headers;
  if (headers.field("Authorization") == nullptr && headers.field("X-API-Key") == nullptr) {
    return unimplemented("this server sends no mail: ask an admin for a link to set a new password");
  }
  Access& access = call.server.catalog.access();
  *call.subject = email.substr(0, 256);
  MD_LET(asker, identify(call.request, access, call.interrupt, call.server.oidc));
  *call.actor = asker.principal.name;
  MD_LET(token, access.create_password_reset(email, asker.principal));
  MD_LET(user, call.server.catalog.access().has_password(email));
  JsonWriter out;
  out.begin_object();
  out.key("token").string(token);
  out.key("hasPassword").boolean(user);
  out.key("expiresIn").integer(3600);
  out.key("usage").string("POST /api/v1/users/password/reset {token, password, confirmPassword}");
  out.end_object();
  return render::json(std::move(out).text());
}

Reply reset_password(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  MD_LET(body, body_object(call));
  MD_LET(token, required_text(body, "token"));
  MD_LET(password, new_password(body, "password"));
  MD_OK(call.server.catalog.access().reset_password(token, password));
  return said("Password Changed Successfully");
}

Reply random_password(const Call&) {
  Response response = render::json(Access::generate_password());
  response.content_type = "text/plain";
  return response;
}

/// The live users with an address, as it is written: nobody, one, or (which is no log-in) more.
Result<Page> users_with(const Call& call, const std::string& email) {
  ListOptions options;
  options.as = call.who;
  options.limit = 2;
  options.filters.push_back({"email", email});
  options.interrupt = call.interrupt;
  return call.server.catalog.list(kUser, options);
}

Reply email_in_use(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  MD_LET(body, body_object(call));
  MD_LET(email, required_text(body, "email"));
  MD_LET(page, users_with(call, email));
  return render::json(page.entities.empty() ? "false" : "true");
}

Reply email_verified(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  MD_LET(body, body_object(call));
  MD_LET(email, required_text(body, "email"));
  MD_LET(page, users_with(call, email));
  if (page.entities.empty()) return not_found("there is no user with this e-mail");
  const auto verified = page.entities.front().get("/isEmailVerified");
  return render::json(verified && verified->as_bool().value_or(false) ? "true" : "false");
}

Reply sign_up(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  if (!call.server.config.self_signup) return permission_denied("users do not sign up here: an admin makes them");
  MD_LET(body, body_object(call));
  MD_LET(email, required_text(body, "email"));
  *call.subject = email.substr(0, 256);
  MD_LET(password, required_text(body, "password"));
  MD_LET(first, required_text(body, "firstName"));
  MD_LET(last, required_text(body, "lastName"));
  JsonWriter out;
  out.begin_object();
  out.key("name").string(email.substr(0, email.find('@')));
  out.key("email").string(email);
  out.key("displayName").string(first + " " + last);
  out.key("createPasswordType").string("ADMIN_CREATE");
  out.key("password").string(password).key("confirmPassword").string(password);
  out.end_object();
  // Nobody is logged in yet: the server itself makes the user, with nothing but a name and a password.
  WriteOptions options;
  options.as.name = email.substr(0, email.find('@'));
  options.interrupt = call.interrupt;
  MD_LET(written, call.server.catalog.create(kUser, out.text(), options));
  Response response = render::entity(call, written.entity, false);
  response.status = 201;
  return response;
}

/// The caller's teams of the kind that may own things.
Reply group_teams(const Call& call) {
  const auto user = call.server.catalog.get(EntityRef::by_id(std::string(kUser), call.who.id),
                                            {call.who, "teams", Include::Live, call.interrupt});
  if (!user.ok()) return user.error();
  JsonWriter out;
  out.begin_array();
  const Json teams = user->get("/teams").value_or(Json());
  for (std::size_t i = 0; i < teams.size(); ++i) {
    const Json team = teams.at(i);
    const auto id = EntityId::parse(team["id"].as_string().value_or(std::string_view{}));
    if (!id) continue;
    // A person is in a handful of teams.
    const auto found =
        call.server.catalog.get(EntityRef::by_id("team", *id), {call.who, "", Include::Live, call.interrupt});
    if (!found.ok()) return found.error();
    const auto kind = found->get("/teamType");
    if (kind && kind->as_string() == "Group") out.raw(team.text());
  }
  out.end_array();
  return render::json(std::move(out).text());
}

}  // namespace

std::vector<Route> account_routes(const Registry& registry) {
  const std::string users = "/api/v1/users";
  const TypeInfo* user = registry.find(kUser);
  if (user == nullptr) return {};
  return {
      audited({"PUT", users + "/changePassword", change_password, needs("ViewBasic")}, "password.change"),
      audited({"POST", users + "/generatePasswordResetLink", reset_link, kPublic}, "password.resetLink"),
      audited({"POST", users + "/password/reset", reset_password, kPublic}, "password.reset"),
      {"GET", users + "/generateRandomPwd", random_password, needs("ViewBasic")},
      {"POST", users + "/checkEmailInUse", email_in_use, needs("ViewBasic")},
      {"POST", users + "/checkEmailVerified", email_verified, needs("ViewBasic")},
      audited({"POST", users + "/signup", sign_up, kPublic, user}, "user.signup"),
      {"GET", users + "/loggedInUser/groupTeams", group_teams, needs("ViewBasic")},
  };
}

}  // namespace metadata::server
