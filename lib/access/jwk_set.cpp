// Keys of other issuers, and the signatures they made.
#include <optional>
#include <utility>

#include "access/foreign_token.h"
#include "access/tokens.h"
#include "base/base64.h"
#include "base/public_key.h"
#include "metadata/oidc.h"

namespace metadata {

namespace {

struct KnownKey {
  std::string kid;  ///< empty: it has none
  base::PublicKey key;
};

std::optional<std::string> bytes_of(const Json& jwk, std::string_view name) {
  const auto text = jwk[name].as_string();
  if (!text) return std::nullopt;
  Result<std::string> bytes = base::decode_base64url(*text);
  return bytes.ok() ? std::optional(*std::move(bytes)) : std::nullopt;
}

bool is_for_signatures(const Json& jwk) {
  if (jwk.contains("use") && jwk["use"].as_string() != "sig") return false;
  if (jwk.contains("d") || jwk.contains("k")) return false;  // its secret is known to everybody
  if (!jwk.contains("key_ops")) return true;
  const Json operations = jwk["key_ops"];
  for (std::size_t i = 0; i < operations.size(); ++i) {
    if (operations.at(i).as_string() == "verify") return true;
  }
  return false;
}

std::optional<base::PublicKey> read_rsa(const Json& jwk, std::optional<base::SignatureKind> named) {
  const auto modulus = bytes_of(jwk, "n"), exponent = bytes_of(jwk, "e");
  if (!modulus || !exponent) return std::nullopt;
  Result<base::PublicKey> key = base::PublicKey::rsa(*modulus, *exponent, named.value_or(base::SignatureKind::Rs256));
  return key.ok() ? std::optional(*std::move(key)) : std::nullopt;
}

std::optional<base::PublicKey> read_ec(const Json& jwk, std::optional<base::SignatureKind> named) {
  const auto x = bytes_of(jwk, "x"), y = bytes_of(jwk, "y");
  const bool fits =
      jwk["crv"].as_string() == "P-256" && named.value_or(base::SignatureKind::Es256) == base::SignatureKind::Es256;
  if (!fits || !x || !y) return std::nullopt;
  Result<base::PublicKey> key = base::PublicKey::p256(*x, *y);
  return key.ok() ? std::optional(*std::move(key)) : std::nullopt;
}

/// A key that is of use; nothing for any other.
std::optional<KnownKey> read_jwk(const Json& jwk) {
  if (!jwk.is_object() || !is_for_signatures(jwk)) return std::nullopt;
  const std::string kid(jwk["kid"].as_string().value_or(std::string_view{}));
  if (jwk.contains("kid") && !access::is_foreign_kid(kid)) return std::nullopt;
  std::optional<base::SignatureKind> named;
  if (jwk.contains("alg")) {
    named = base::signature_kind(jwk["alg"].as_string().value_or(std::string_view{}));
    if (!named) return std::nullopt;
  }
  const auto type = jwk["kty"].as_string();
  std::optional<base::PublicKey> key;
  if (type == "RSA") key = read_rsa(jwk, named);
  if (type == "EC") key = read_ec(jwk, named);
  if (!key) return std::nullopt;
  return KnownKey{kid, *std::move(key)};
}

constexpr JsonLimits kSetLimits{
    .max_bytes = JwkSet::kMaxBytes, .max_depth = 8, .max_values = 10'000, .max_members = 100, .max_elements = 200};

}  // namespace

struct JwkSet::Keys {
  std::vector<KnownKey> list;

  /// Those that a token with this head may be of. A `kid` may stand for several keys, of several kinds.
  template <class Visit>
  bool any_for(const TokenHead& head, const Visit& visit) const {
    const auto kind = base::signature_kind(head.algorithm);
    if (head.kid.empty() && list.size() != 1) return false;
    for (const KnownKey& known : list) {
      const bool is_named = head.kid.empty() || known.kid == head.kid;
      if (is_named && kind == known.key.kind() && visit(known.key)) return true;
    }
    return false;
  }
};

JwkSet::JwkSet() = default;

Result<JwkSet> JwkSet::parse(std::string_view json) {
  MD_LET(document, Json::parse(json, kSetLimits));
  const Json list = document["keys"];
  if (!list.is_array()) return invalid_argument("not a JWK Set: it has no list \"keys\"");
  if (list.size() > kMaxKeys) {
    return invalid_argument("a JWK Set with " + std::to_string(list.size()) + " keys; at most " +
                            std::to_string(kMaxKeys) + " are read");
  }
  auto keys = std::make_shared<Keys>();
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (auto known = read_jwk(list.at(i))) keys->list.push_back(*std::move(known));
  }
  if (keys->list.empty()) return invalid_argument("a JWK Set without a key that could be used");
  return JwkSet(std::shared_ptr<const Keys>(std::move(keys)));
}

std::size_t JwkSet::size() const noexcept { return keys_ ? keys_->list.size() : 0; }

bool JwkSet::has_key_for(const TokenHead& head) const {
  return keys_ && keys_->any_for(head, [](const base::PublicKey&) { return true; });
}

Result<Json> JwkSet::claims_of(std::string_view token) const {
  MD_LET(foreign, access::split_foreign_token(token));
  const auto is_signer = [&](const base::PublicKey& key) {
    return key.verify(foreign.parts.signed_text, foreign.parts.signature);
  };
  if (!keys_ || !keys_->any_for(foreign.head, is_signer)) return access::invalid_token();
  return std::move(foreign.claims);
}

}  // namespace metadata
