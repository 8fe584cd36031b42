#ifndef METADATA_LIB_ACCESS_TOKENS_H
#define METADATA_LIB_ACCESS_TOKENS_H

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/rs256.h"
#include "metadata/error.h"
#include "metadata/ids.h"

namespace metadata::access {

inline constexpr std::int64_t kAccessTokenLifetimeS = 3600;
/// How far the clocks of issuer and checker may lie apart; also what the memory of a token outlives the token by.
inline constexpr std::int64_t kLeewayS = 60;

enum class TokenKind { User, Bot };

/// What an access token says, in our words.
struct Claims {
  std::string name;  ///< user name ("sub")
  std::string email;
  EntityId user;  ///< so that a token dies with its account, though another of that name may follow ("uid")
  TokenKind kind = TokenKind::User;
  std::vector<std::string> roles;  ///< for whoever reads the token; access decisions take them from the store
  std::int64_t generation = 0;     ///< of the account's tokens, at the time of issue ("ver")
  std::int64_t issued_at = 0;      ///< s since the epoch
  std::int64_t not_before = 0;     ///< s since the epoch; 0: none
  std::int64_t expires_at = 0;     ///< s since the epoch; 0: never, for bots only
  std::string id;                  ///< random ("jti")
};

/// The signed token. TooLarge when it would be longer than tokens may be.
Result<std::string> write_token(const base::SigningKey& key, const Claims& claims);

/// The claims of a token that this key signed and whose form is in order; the times are not looked at, nor is the
/// account. Anything else is Unauthenticated: "Not Authorized! Token not present" for an empty text, else "Invalid
/// token".
Result<Claims> read_token(const base::SigningKey& key, std::string_view token);

/// Ok when the token is good at this time, give or take kLeewayS; else Unauthenticated "Expired token!" or "Invalid
/// token".
Error check_times(const Claims& claims, std::int64_t now_ms);

/// Unauthenticated "Invalid token", the one answer to every token that is not expired and not good.
Error invalid_token();

}  // namespace metadata::access

#endif  // METADATA_LIB_ACCESS_TOKENS_H
