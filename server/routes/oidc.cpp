#include "auth/oidc.h"
#include "auth/login.h"
#include "render/page.h"
#include "routes/input.h"
#include "routes/routes.h"

namespace metadata::server {
namespace {

/// Sends the browser to the provider.
Reply begin(const Call& call) {
  const std::string& name = call.params[0];
  *call.subject = name.substr(0, 256);
  if (call.server.oidc == nullptr) return not_found("this server has no identity providers (--oidc-config)");
  MD_LET(departure, call.server.oidc->begin(name, call.interrupt));
  Response response;
  response.status = 302;
  response.set("Location", departure.location);
  response.set("Set-Cookie", departure.cookie);
  return response;
}

/// Where the provider sends it back to: answers as a log-in with a password does.
Reply finish(const Call& call) {
  if (call.server.oidc == nullptr) return not_found("this server has no identity providers (--oidc-config)");
  MD_LET(arrival,
         call.server.oidc->finish(call.query, call.request.headers.value("Cookie"), call.interrupt, *call.subject));
  *call.actor = arrival.session.user;
  Response response = render::json(session_text(arrival.session));
  response.set("Set-Cookie", arrival.cookie);
  return response;
}

}  // namespace

std::vector<Route> oidc_routes() {
  return {
      audited({"GET", "/api/v1/auth/login/{provider}", begin, kPublic}, "login.begin"),
      audited({"GET", std::string(kCallbackPath), finish, kPublic}, "login"),
  };
}

}  // namespace metadata::server
