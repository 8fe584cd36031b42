#ifndef METADATA_OIDC_H
#define METADATA_OIDC_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "metadata/error.h"
#include "metadata/export.h"
#include "metadata/json.h"

namespace metadata {

// What a host needs to believe tokens that somebody else signed (OpenID Connect Core 1.0, RFC 7515, 7517, 7519), but
// for the network, which the library does not use: the host fetches keys, and asks these. docs/authentication.md has
// more.

/// What a token says of itself, none of which is believed yet.
struct TokenHead {
  std::string algorithm;  ///< "RS256"
  std::string kid;        ///< empty: it names no key
  std::string issuer;     ///< of the claims ("iss"): to choose whose keys to check the token with
};

/// The head of a token in compact form. Unauthenticated for what is no token, has a `crit`, names no algorithm with a
/// public key, is of a type that is no access or ID token, or has a `kid` of a form that nobody gives. `jwk`, `jku`,
/// `x5u` and `x5c` make it Unauthenticated as well: a token that brings its own key proves nothing.
METADATA_API Result<TokenHead> read_token_head(std::string_view token);

/// Public keys of one issuer, by their ids (RFC 7517). Immutable. Cheap to copy. Safe for use from many threads.
class METADATA_API JwkSet {
 public:
  static constexpr std::size_t kMaxBytes = std::size_t{256} << 10;
  static constexpr std::size_t kMaxKeys = 100;

  /// No keys.
  JwkSet();
  /// Reads a JWK Set. Keys that are not for signatures, of a kind that is not known (RSA of 2048 bits and more, P-256),
  /// symmetric, private, or broken are left out. InvalidArgument: no JWK Set, more than kMaxKeys in it, or none left;
  /// TooLarge beyond kMaxBytes.
  static Result<JwkSet> parse(std::string_view json);

  std::size_t size() const noexcept;
  /// Is there a key that may have signed a token with this head? One without `kid` is the only key's, if there is only
  /// one.
  bool has_key_for(const TokenHead& head) const;
  /// The claims of a token that one of the keys signed; neither issuer nor times are looked at. The algorithm is the
  /// key's: its `alg`, or RS256 for RSA and ES256 for P-256; a token that names another one is refused.
  /// Unauthenticated.
  Result<Json> claims_of(std::string_view token) const;

 private:
  struct Keys;
  explicit JwkSet(std::shared_ptr<const Keys> keys) : keys_(std::move(keys)) {}
  std::shared_ptr<const Keys> keys_;  // null: none
};

/// What the claims of a token must say.
struct TokenRules {
  std::vector<std::string> issuers;    ///< `iss` is one of these
  std::vector<std::string> audiences;  ///< `aud` is, or has, one of these
  std::vector<std::string> parties;    ///< `azp`, if there is one, is one of these
  std::string nonce;                   ///< `nonce` is this; empty: it is not looked at
  std::int64_t leeway_s = 60;          ///< how far the clocks may lie apart
};

/// Ok when the claims are good at this time: `iss`, `aud`, `azp` and `nonce` as the rules say, with an `azp` when there
/// are several audiences; `sub` there; `exp` and `iat` there; neither expired, nor from the future, nor before `nbf`.
/// Unauthenticated says what is wrong, with the claim as field; it quotes nothing of the token.
METADATA_API Error check_token_claims(const Json& claims, const TokenRules& rules, std::int64_t now_ms);

/// Ok when the ID token's `at_hash`, if it has one, is that of the access token that came with it (OpenID Connect Core,
/// 3.1.3.6). `algorithm` is the ID token's. Unauthenticated.
METADATA_API Error check_access_token_hash(const Json& claims, std::string_view algorithm,
                                           std::string_view access_token);

/// 256 random bits as 43 URL-safe characters: for states, nonces, code verifiers.
METADATA_API std::string random_secret();
/// The code challenge of a verifier by the method S256 (RFC 7636).
METADATA_API std::string code_challenge(std::string_view verifier);
/// Are the texts equal? In a time that depends on their lengths alone.
METADATA_API bool same_secret(std::string_view a, std::string_view b);

}  // namespace metadata

#endif  // METADATA_OIDC_H
