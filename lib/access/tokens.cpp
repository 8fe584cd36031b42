#include "access/tokens.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/jwt.h"
#include "json/parse.h"
#include "metadata/json.h"

namespace metadata::access {
namespace {

constexpr std::string_view kIssuer = "open-metadata.org";
constexpr std::string_view kUserType = "OM_USER";
constexpr std::string_view kBotType = "BOT";
constexpr std::string_view kPersonalType = "PERSONAL_ACCESS";
constexpr std::int64_t kLastSecond = 253'402'300'799;  // 9999-12-31T23:59:59Z
// Roles are there to be read by people and clients; a long list must not make the token too large to issue.
constexpr std::size_t kMaxRoleBytes = 2048;

constexpr JsonLimits kTokenLimits{.max_bytes = base::kMaxTokenBytes,
                                  .max_depth = 8,
                                  .max_values = 1000,
                                  .max_members = 100,
                                  .max_string_bytes = base::kMaxTokenBytes};

/// An object that a stranger wrote.
bool parse_object(std::string_view text, json::Document& out) {
  return json::parse(text, out, kTokenLimits).ok() && out.IsObject();
}

/// The key that may have signed it, of those we know.
struct Signer {
  const base::SigningKey* key = nullptr;
  std::int64_t retired_at_s = 0;  ///< 0: it is the present one
};

/// Whose token the header says it is; no key when it is not one of ours. `jwk`, `jku`, `x5u` and the like are not even
/// looked at, and `kid` is compared and nothing else.
Signer find_signer(std::string_view text, const KeySet& keys) {
  json::Document header;
  if (!parse_object(text, header)) return {};
  const std::string_view kid = json::string_or(header, "kid");
  if (json::string_or(header, "alg") != "RS256" || json::find(header, "crit") != nullptr) return {};
  if (!base::is_kid(kid)) return {};
  if (kid == keys.signing->kid()) return {keys.signing.get(), 0};
  for (const RetiredKey& retired : keys.retired) {
    if (kid == retired.key.kid()) return {&retired.key, retired.retired_at_s};
  }
  return {};
}

/// A time in seconds: 0 when it is absent, nothing when it is not a time.
std::optional<std::int64_t> read_time(const json::Value& claims, std::string_view name) {
  if (json::find(claims, name) == nullptr) return 0;
  const std::optional<std::int64_t> time = json::int_member(claims, name);
  return time && *time > 0 && *time <= kLastSecond ? time : std::nullopt;
}

std::optional<TokenKind> read_kind(const json::Value& claims) {
  const std::string_view type = json::string_or(claims, "tokenType");
  if (type == kUserType) return TokenKind::User;
  if (type == kBotType) return TokenKind::Bot;
  if (type == kPersonalType) return TokenKind::Personal;
  return std::nullopt;
}

std::optional<Claims> read_claims(std::string_view text) {
  json::Document body;
  // We issue no token for an audience, so one that has it was meant for somebody else.
  if (!parse_object(text, body) || json::string_or(body, "iss") != kIssuer || json::find(body, "aud") != nullptr)
    return std::nullopt;
  const std::optional<TokenKind> kind = read_kind(body);
  const std::optional<EntityId> user = EntityId::parse(json::string_or(body, "uid"));
  const std::optional<std::int64_t> generation = json::int_member(body, "ver");
  const std::optional<std::int64_t> issued_at = read_time(body, "iat");
  const std::optional<std::int64_t> not_before = read_time(body, "nbf");
  const std::optional<std::int64_t> expires_at = read_time(body, "exp");
  if (!kind || !user || !generation || !issued_at || !not_before || !expires_at) return std::nullopt;

  Claims claims;
  claims.name = json::string_or(body, "sub");
  claims.email = json::string_or(body, "email");
  claims.user = *user;
  claims.kind = *kind;
  claims.generation = *generation;
  claims.issued_at = *issued_at;
  claims.not_before = *not_before;
  claims.expires_at = *expires_at;
  claims.id = json::string_or(body, "jti");
  const bool never_expires = claims.expires_at == 0;
  if (claims.name.empty() || claims.id.empty() || claims.issued_at == 0 ||
      (never_expires && claims.kind == TokenKind::User)) {
    return std::nullopt;
  }
  return claims;
}

void write_roles(JsonWriter& out, const std::vector<std::string>& roles) {
  out.begin_array();
  std::size_t bytes = 0;
  for (const std::string& role : roles) {
    bytes += role.size();
    if (bytes > kMaxRoleBytes) break;
    out.string(role);
  }
  out.end_array();
}

}  // namespace

Error invalid_token() { return unauthenticated("Invalid token"); }

Result<std::string> write_token(const base::SigningKey& key, const Claims& claims) {
  const bool is_bot = claims.kind == TokenKind::Bot;
  const std::string_view type = is_bot ? kBotType : claims.kind == TokenKind::Personal ? kPersonalType : kUserType;
  JsonWriter out;
  out.begin_object();
  out.key("iss").string(kIssuer);
  out.key("sub").string(claims.name);
  out.key("email").string(claims.email);
  out.key("isBot").boolean(is_bot);
  out.key("roles");
  write_roles(out, claims.roles);
  out.key("tokenType").string(type);
  out.key("uid").string(claims.user.text());
  out.key("ver").integer(claims.generation);
  out.key("jti").string(claims.id);
  out.key("iat").integer(claims.issued_at);
  if (claims.not_before != 0) out.key("nbf").integer(claims.not_before);
  if (claims.expires_at != 0) out.key("exp").integer(claims.expires_at);
  out.end_object();
  return base::make_jwt(key, out.text());
}

Result<Claims> read_token(const KeySet& keys, std::string_view token) {
  if (token.empty()) return unauthenticated("Not Authorized! Token not present");
  const Result<base::JwtParts> parts = base::split_jwt(token);
  // Nothing in the claims is looked at before the signature is known to be ours.
  if (!parts.ok()) return invalid_token();
  const Signer signer = find_signer(parts->header, keys);
  if (signer.key == nullptr || !base::has_signature(*parts, *signer.key)) return invalid_token();
  std::optional<Claims> claims = read_claims(parts->claims);
  if (!claims) return invalid_token();
  claims->keys = keys.generation;
  // Of a bot's or a personal token the store has the hash, so its key need not end.
  if (signer.retired_at_s != 0 && claims->kind == TokenKind::User)
    claims->key_ends_at = signer.retired_at_s + kAccessTokenLifetimeS + kLeewayS;
  return *std::move(claims);
}

Error check_times(const Claims& claims, std::int64_t now_ms, std::int64_t newest_ms) {
  const auto ms = [](std::int64_t seconds) { return seconds * 1000; };
  if (claims.expires_at != 0 && now_ms >= ms(claims.expires_at + kLeewayS)) return unauthenticated("Expired token!");
  if (claims.key_ends_at != 0 && now_ms >= ms(claims.key_ends_at)) return invalid_token();
  if (std::max(now_ms, newest_ms) < ms(claims.issued_at - kLeewayS)) return invalid_token();
  if (claims.not_before != 0 && now_ms < ms(claims.not_before - kLeewayS)) return invalid_token();
  return {};
}

}  // namespace metadata::access
