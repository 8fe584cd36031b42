#ifndef METADATA_LIB_ACCESS_TOKENS_H
#define METADATA_LIB_ACCESS_TOKENS_H

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "access/key_ring.h"
#include "base/rs256.h"
#include "metadata/error.h"
#include "metadata/ids.h"

namespace metadata::access {

inline constexpr std::int64_t kAccessTokenLifetimeS = 3600;
/// How far the clocks of issuer and checker may lie apart; also what the memory of a token outlives the token by.
inline constexpr std::int64_t kLeewayS = 60;

/// Of a log-in; a bot's; what a person made for a program.
enum class TokenKind { User, Bot, Personal };

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
  std::int64_t expires_at = 0;     ///< s since the epoch; 0: never, which no log-in gives
  std::string id;                  ///< random ("jti")
  std::uint64_t keys = 0;          ///< generation of the key set that the signature was checked with
  /// s since the epoch, 0: for ever. No token of a retired key can be good after this: even one that its thief signs
  /// today is not.
  std::int64_t key_ends_at = 0;
};

/// The signed token. TooLarge when it would be longer than tokens may be.
Result<std::string> write_token(const base::SigningKey& key, const Claims& claims);

/// The claims of a token that one of these keys signed and whose form is in order; the times are not looked at, nor is
/// the account. Anything else is Unauthenticated: "Not Authorized! Token not present" for an empty text, else "Invalid
/// token".
Result<Claims> read_token(const KeySet& keys, std::string_view token);

/// Ok when the token is good at this time, give or take kLeewayS; else Unauthenticated "Expired token!" or "Invalid
/// token". `newest_ms` is the latest time at which we are known to have issued a token: when the clock has been set
/// back since, its holders are not logged out.
Error check_times(const Claims& claims, std::int64_t now_ms, std::int64_t newest_ms);

/// Unauthenticated "Invalid token", the one answer to every token that is not expired and not good.
Error invalid_token();

}  // namespace metadata::access

#endif  // METADATA_LIB_ACCESS_TOKENS_H
