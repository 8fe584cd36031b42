#include "access/foreign_token.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "access/tokens.h"
#include "base/base64.h"
#include "base/hash.h"
#include "base/public_key.h"
#include "base/random.h"

namespace metadata {
namespace access {
namespace {

constexpr std::size_t kSecretBytes = 32;
constexpr std::int64_t kLastSecond = 253'402'300'799;  // 9999-12-31T23:59:59Z

// A provider's token may list hundreds of groups; it is bounded by its bytes all the same.
constexpr JsonLimits kForeignLimits{.max_bytes = base::kMaxTokenBytes,
                                    .max_depth = 16,
                                    .max_values = 4000,
                                    .max_members = 200,
                                    .max_elements = 2000,
                                    .max_string_bytes = base::kMaxTokenBytes};

constexpr std::array<std::string_view, 5> kOwnKeys{"jwk", "jku", "x5u", "x5c", "crit"};
// Of ID and access tokens; a log-out token or a security event is signed with the same key and is neither.
constexpr std::array<std::string_view, 3> kTypes{"jwt", "at+jwt", "application/at+jwt"};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

std::string text_of(const Json& object, std::string_view name) {
  return std::string(object[name].as_string().value_or(std::string_view{}));
}

bool is_good_head(const Json& header, const TokenHead& head) {
  if (std::any_of(kOwnKeys.begin(), kOwnKeys.end(), [&](std::string_view name) { return header.contains(name); }))
    return false;
  if (!base::signature_kind(head.algorithm)) return false;
  if (header.contains("kid") && !is_foreign_kid(head.kid)) return false;
  if (!header.contains("typ")) return true;
  return std::find(kTypes.begin(), kTypes.end(), lower(text_of(header, "typ"))) != kTypes.end();
}

Error wrong(std::string_view claim, std::string message) {
  return Error(Code::Unauthenticated, std::move(message), std::string(claim));
}

bool is_among(std::string_view text, const std::vector<std::string>& list) {
  return std::any_of(list.begin(), list.end(), [&](const std::string& one) { return one == text; });
}

Error check_audience(const Json& claims, const TokenRules& rules) {
  const Json audience = claims["aud"];
  bool found = false;
  if (const auto one = audience.as_string()) found = is_among(*one, rules.audiences);
  for (std::size_t i = 0; audience.is_array() && i < audience.size(); ++i) {
    const auto one = audience.at(i).as_string();
    if (!one) return wrong("aud", "the token's aud is no list of texts");
    found = found || is_among(*one, rules.audiences);
  }
  if (!found) return wrong("aud", "the token is for another audience (aud)");
  if (!claims.contains("azp")) {
    if (audience.is_array() && audience.size() > 1) return wrong("azp", "a token with several audiences has an azp");
    return {};
  }
  if (is_among(text_of(claims, "azp"), rules.parties)) return {};
  return wrong("azp", "the token was given to another party (azp)");
}

/// A time in seconds, which may have a fraction (RFC 7519, NumericDate); nothing when it is absent or no time.
std::optional<std::int64_t> time_of(const Json& claims, std::string_view name) {
  const Json value = claims[name];
  const auto number = value.as_double();
  if (!number || !(*number > 0) || *number > static_cast<double>(kLastSecond)) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

Error check_foreign_times(const Json& claims, const TokenRules& rules, std::int64_t now_ms) {
  const std::int64_t leeway_ms = rules.leeway_s * 1000;
  const auto expires = time_of(claims, "exp"), issued = time_of(claims, "iat"), not_before = time_of(claims, "nbf");
  if (!expires) return wrong("exp", "the token has no exp");
  if (now_ms >= *expires * 1000 + leeway_ms) return wrong("exp", "Expired token!");
  if (!issued) return wrong("iat", "the token has no iat");
  if (now_ms < *issued * 1000 - leeway_ms) return wrong("iat", "the token is from the future (iat)");
  if (!claims.contains("nbf")) return {};
  if (!not_before || now_ms < *not_before * 1000 - leeway_ms) return wrong("nbf", "the token is not good yet (nbf)");
  return {};
}

}  // namespace

bool is_foreign_kid(std::string_view text) {
  std::string plain(text);
  for (char& c : plain) c = c == '+' || c == '/' || c == '=' ? '-' : c;
  return base::is_kid(plain);
}

Result<ForeignToken> split_foreign_token(std::string_view token) {
  Result<base::JwtParts> parts = base::split_jwt(token);
  if (!parts.ok()) return invalid_token();
  const Result<Json> header = Json::parse(parts->header, kForeignLimits);
  Result<Json> claims = Json::parse(parts->claims, kForeignLimits);
  if (!header.ok() || !header->is_object() || !claims.ok() || !claims->is_object()) return invalid_token();
  TokenHead head{text_of(*header, "alg"), text_of(*header, "kid"), text_of(*claims, "iss")};
  if (!is_good_head(*header, head)) return invalid_token();
  return ForeignToken{std::move(head), *std::move(parts), *std::move(claims)};
}

}  // namespace access

Result<TokenHead> read_token_head(std::string_view token) {
  MD_LET(parts, access::split_foreign_token(token));
  return std::move(parts.head);
}

Error check_token_claims(const Json& claims, const TokenRules& rules, std::int64_t now_ms) {
  using access::wrong;
  if (!access::is_among(access::text_of(claims, "iss"), rules.issuers))
    return wrong("iss", "the token is of another issuer (iss)");
  MD_OK(access::check_audience(claims, rules));
  if (access::text_of(claims, "sub").empty()) return wrong("sub", "the token has no sub");
  if (!rules.nonce.empty() && !same_secret(access::text_of(claims, "nonce"), rules.nonce))
    return wrong("nonce", "the token belongs to another log-in (nonce)");
  return access::check_foreign_times(claims, rules, now_ms);
}

Error check_access_token_hash(const Json& claims, std::string_view algorithm, std::string_view access_token) {
  if (!claims.contains("at_hash")) return {};
  const auto kind = base::signature_kind(algorithm);
  if (!kind) return access::invalid_token();
  MD_LET(digest, base::digest_of(*kind, access_token));
  const std::string half = base::encode_base64url(std::string_view(digest).substr(0, digest.size() / 2));
  if (same_secret(access::text_of(claims, "at_hash"), half)) return {};
  return access::wrong("at_hash", "the ID token belongs to another access token (at_hash)");
}

std::string random_secret() { return base::random_token(access::kSecretBytes); }

std::string code_challenge(std::string_view verifier) {
  return base::encode_base64url(base::as_text(base::sha256(verifier)));
}

bool same_secret(std::string_view a, std::string_view b) { return base::equal_in_constant_time(a, b); }

}  // namespace metadata
