#ifndef METADATA_LIB_BASE_JWT_H
#define METADATA_LIB_BASE_JWT_H

#include <cstddef>
#include <string>
#include <string_view>

#include "base/rs256.h"
#include "metadata/error.h"

namespace metadata::base {

// JSON Web Tokens (RFC 7519) in compact form, RS256 only. Here is what needs no JSON; whoever accepts tokens parses
// header and claims.

inline constexpr std::size_t kMaxTokenBytes = 8192;
inline constexpr std::size_t kMaxKidBytes = 128;

/// A token taken apart, nothing in it believed yet.
///
/// To accept it: parse `header`; refuse it unless its `alg` is "RS256" and it has no `crit`; take its `kid`, when
/// is_kid(), as a mere key into a map of trusted keys; call has_signature() with the key found; only then parse
/// `claims` and check the times.
struct JwtParts {
  std::string header;       ///< decoded; should be JSON
  std::string claims;       ///< decoded; should be JSON
  std::string signature;    ///< raw
  std::string signed_text;  ///< what the signature is of
};

/// The token of these claims, with the header `{"kid":…,"alg":"RS256","typ":"JWT"}`. TooLarge beyond kMaxTokenBytes.
Result<std::string> make_jwt(const SigningKey& key, std::string_view claims_json);

/// Splits at the two dots and decodes. Unauthenticated for a text that is too long, has another number of parts, an
/// empty part, or a part that is not strict URL-safe base64.
Result<JwtParts> split_jwt(std::string_view token);

/// Whether a `kid` has a form that we give or accept: 1 to 128 of letters, digits and `._:-`.
bool is_kid(std::string_view text);

/// Whether the token was signed by this key. The algorithm is the key's, RS256, whatever the token says.
bool has_signature(const JwtParts& parts, const SigningKey& key);

}  // namespace metadata::base

#endif  // METADATA_LIB_BASE_JWT_H
