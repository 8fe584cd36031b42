#include <array>
#include <utility>

#include "metadata/json.h"
#include "render/page.h"
#include "routes/input.h"
#include "routes/routes.h"

namespace metadata::server {
namespace {

constexpr std::int64_t kHourS = 3600;
constexpr std::int64_t kDayS = 24 * kHourS;

/// The words of the API for how long a token lives.
struct Lifetime {
  std::string_view word;
  std::int64_t seconds;  ///< 0: for ever
};
constexpr std::array<Lifetime, 7> kLifetimes{{{"OneHour", kHourS},
                                              {"1", kDayS},
                                              {"7", 7 * kDayS},
                                              {"30", 30 * kDayS},
                                              {"60", 60 * kDayS},
                                              {"90", 90 * kDayS},
                                              {"Unlimited", 0}}};

Result<EntityId> id_of(std::string_view text, std::string field) {
  if (const auto id = EntityId::parse(text)) return *id;
  return invalid_argument("'" + std::string(text) + "' is not a UUID", std::move(field));
}

/// The body, which may be left out.
Result<Json> body_or_nothing(const Call& call) {
  if (call.request.body.empty()) return Json();
  return body_object(call);
}

/// A body's `JWTTokenExpiry`; for ever when it does not say.
Result<std::int64_t> lifetime_of(const Json& body) {
  const Json expiry = body["JWTTokenExpiry"];
  if (expiry.is_null()) return 0;
  std::string allowed;
  for (const Lifetime& one : kLifetimes) {
    if (expiry.as_string() == one.word) return one.seconds;
    allowed.append(allowed.empty() ? "" : ", ").append(one.word);
  }
  return invalid_argument("JWTTokenExpiry is one of " + allowed, "JWTTokenExpiry");
}

std::string_view word_of(const BotToken& token) {
  if (token.expires_at == 0) return "Unlimited";
  for (const Lifetime& one : kLifetimes) {
    if (one.seconds != 0 && token.expires_at - token.issued_at == one.seconds * 1000) return one.word;
  }
  return "OneHour";  // of a token from a host that gave it another lifetime; the API has no word for it
}

void write_mechanism(JsonWriter& out, const BotToken& token) {
  out.begin_object();
  if (!token.jwt.empty()) out.key("JWTToken").string(token.jwt);
  out.key("JWTTokenExpiry").string(word_of(token));
  if (token.expires_at != 0) out.key("JWTTokenExpiresAt").integer(token.expires_at);
  out.end_object();
}

Response mechanism(const BotToken& token) {
  JsonWriter out;
  write_mechanism(out, token);
  return render::json(std::move(out).text());
}

/// Who holds a key that leaks must not be able to make others that outlive its revocation.
Error check_may_issue(const Call& call) {
  if (call.credential == Credential::Session || call.credential == Credential::BotToken) return {};
  return permission_denied("a key or a personal token makes no others: log in for that");
}

// ---- API keys ---------------------------------------------------------------------------------------------------

void write_key(JsonWriter& out, const ApiKey& key, std::string_view secret) {
  out.begin_object();
  out.key("id").string(key.id.text());
  out.key("name").string(key.name);
  if (!secret.empty()) out.key("key").string(secret);
  out.key("start").string(key.start);
  out.key("userId").string(key.user.text());
  out.key("createdBy").string(key.created_by);
  out.key("createdAt").integer(key.created_at);
  if (key.expires_at != 0) out.key("expiresAt").integer(key.expires_at);
  if (key.last_used_at != 0) out.key("lastUsedAt").integer(key.last_used_at);
  out.end_object();
}

Reply create_key(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  MD_OK(check_may_issue(call));
  MD_LET(user, id_of(call.params.at(0), "id"));
  MD_LET(body, body_object(call));
  MD_LET(name, required_text(body, "name"));
  std::int64_t expires_at = 0;
  if (const Json given = body["expiresAt"]; !given.is_null()) {
    const auto number = given.as_int();
    if (!number || *number <= 0) {
      return invalid_argument("expiresAt is a number of milliseconds since 1970, in the future", "expiresAt");
    }
    expires_at = *number;
  }
  MD_LET(made, call.server.catalog.access().create_api_key(user, name, expires_at, call.who));
  JsonWriter out;
  write_key(out, made.key, made.secret);
  Response response = render::json(std::move(out).text());
  response.status = 201;
  return response;
}

Reply list_keys(const Call& call) {
  MD_LET(user, id_of(call.params.at(0), "id"));
  MD_LET(keys, call.server.catalog.access().api_keys(user, call.who));
  JsonWriter out;
  out.begin_object().key("data").begin_array();
  for (const ApiKey& key : keys) write_key(out, key, {});
  out.end_array();
  out.key("paging").begin_object().key("total").integer(static_cast<std::int64_t>(keys.size())).end_object();
  out.end_object();
  return render::json(std::move(out).text());
}

Reply revoke_key(const Call& call) {
  MD_LET(user, id_of(call.params.at(0), "id"));
  MD_LET(key, id_of(call.params.at(1), "keyId"));
  MD_OK(call.server.catalog.access().revoke_api_key(user, key, call.who));
  Response response;
  response.status = 204;
  return response;
}

// ---- tokens of bots -----------------------------------------------------------------------------------------------

Reply generate_token(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  MD_OK(check_may_issue(call));
  MD_LET(user, id_of(call.params.at(0), "id"));
  MD_LET(body, body_or_nothing(call));
  MD_LET(lifetime, lifetime_of(body));
  MD_LET(token, call.server.catalog.access().renew_bot_token(user, lifetime, call.who));
  return mechanism(token);
}

Reply revoke_token(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  MD_LET(body, body_object(call));
  MD_LET(text, required_text(body, "id"));
  MD_LET(user, id_of(text, "id"));
  MD_OK(call.server.catalog.access().revoke_bot_token(user, call.who));
  return render::json(R"({"message":"Token Revoked Successfully"})");
}

Reply token(const Call& call) {
  MD_LET(user, id_of(call.params.at(0), "id"));
  MD_LET(found, call.server.catalog.access().bot_token(user, call.who));
  return mechanism(found);
}

Reply auth_mechanism(const Call& call) {
  MD_LET(user, id_of(call.params.at(0), "id"));
  MD_LET(found, call.server.catalog.access().bot_token(user, call.who));
  JsonWriter out;
  out.begin_object().key("authType").string("JWT").key("config");
  write_mechanism(out, found);
  out.end_object();
  return render::json(std::move(out).text());
}

// ---- personal access tokens -----------------------------------------------------------------------------------------

void write_personal(JsonWriter& out, const PersonalToken& token, std::string_view jwt) {
  out.begin_object();
  out.key("token").string(token.id.text());
  out.key("tokenName").string(token.name);
  out.key("userId").string(token.user.text());
  out.key("tokenType").string("PERSONAL_ACCESS_TOKEN");
  if (token.expires_at != 0) out.key("expiryDate").integer(token.expires_at);
  if (!jwt.empty()) out.key("jwtToken").string(jwt);
  out.end_object();
}

/// Whose tokens: the caller's, or `username`'s.
Result<EntityId> token_owner(const Call& call) {
  const std::string name = call.query.text("username");
  if (name.empty()) return call.who.id;
  MD_LET(user, call.server.catalog.get(EntityRef::by_fqn("user", name), {call.who, "", Include::Live, call.interrupt}));
  return user.id();
}

Reply create_personal(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  MD_OK(check_may_issue(call));
  MD_LET(body, body_object(call));
  MD_LET(name, required_text(body, "tokenName"));
  MD_LET(lifetime, lifetime_of(body));
  MD_LET(made, call.server.catalog.access().create_personal_token(call.who.id, name, lifetime, call.who));
  JsonWriter out;
  write_personal(out, made.token, made.jwt);
  return render::json(std::move(out).text());
}

Reply list_personal(const Call& call) {
  MD_LET(user, token_owner(call));
  MD_LET(tokens, call.server.catalog.access().personal_tokens(user, call.who));
  JsonWriter out;
  out.begin_object().key("data").begin_array();
  for (const PersonalToken& one : tokens) write_personal(out, one, {});
  out.end_array();
  out.key("paging").begin_object().key("total").integer(static_cast<std::int64_t>(tokens.size())).end_object();
  out.end_object();
  return render::json(std::move(out).text());
}

Reply revoke_personal(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  MD_LET(all, call.query.flag("removeAll", false));
  MD_LET(user, token_owner(call));
  MD_LET(body, body_or_nothing(call));
  std::vector<EntityId> ids;
  const Json given = body["tokenIds"];
  for (std::size_t i = 0; i < given.size(); ++i) {
    MD_LET(id, id_of(given.at(i).as_string().value_or(std::string_view{}), "tokenIds"));
    ids.push_back(id);
  }
  if (!all && ids.empty()) return invalid_argument("tokenIds names no token; removeAll=true revokes all", "tokenIds");
  if (all) ids.clear();
  MD_OK(call.server.catalog.access().revoke_personal_tokens(user, ids, call.who));
  return list_personal(call);
}

}  // namespace

std::vector<Route> credential_routes() {
  const std::string users = "/api/v1/users";
  const Need issue = needs("GenerateToken");
  return {
      audited({"POST", users + "/{id}/apiKeys", create_key, issue}, "apiKey.create"),
      {"GET", users + "/{id}/apiKeys", list_keys, issue},
      audited({"DELETE", users + "/{id}/apiKeys/{keyId}", revoke_key, issue}, "apiKey.revoke"),
      audited({"PUT", users + "/generateToken/{id}", generate_token, issue}, "botToken.renew"),
      audited({"PUT", users + "/revokeToken", revoke_token, issue}, "botToken.revoke"),
      audited({"GET", users + "/token/{id}", token, issue}, "botToken.read"),
      audited({"GET", users + "/auth-mechanism/{id}", auth_mechanism, issue}, "botToken.read"),
      audited({"PUT", users + "/security/token", create_personal, issue}, "personalToken.create"),
      {"GET", users + "/security/token", list_personal, issue},
      audited({"PUT", users + "/security/token/revoke", revoke_personal, issue}, "personalToken.revoke"),
  };
}

}  // namespace metadata::server
