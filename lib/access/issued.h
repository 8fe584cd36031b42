#ifndef METADATA_LIB_ACCESS_ISSUED_H
#define METADATA_LIB_ACCESS_ISSUED_H

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/accounts.h"
#include "access/tokens.h"
#include "base/secret_box.h"
#include "metadata/credentials.h"
#include "metadata/error.h"
#include "store/reader.h"
#include "store/write_set.h"

// The records of keys and tokens that programs act with. Of each only a hash is stored, but for bots' tokens, which are
// sealed too, so that an admin can read them again. The random part of a key has 256 bits, so a plain hash gives
// nothing away.
namespace metadata::access {

inline constexpr std::string_view kApiKeyKind = "api-key";           ///< by the key's hash
inline constexpr std::string_view kKeyUseKind = "api-key-use";       ///< by the key's hash: when it was used last
inline constexpr std::string_view kPersonalKind = "personal-token";  ///< by the token's id ("jti"), a UUID
inline constexpr std::string_view kBotTokenKind = "bot-token";       ///< by the user's id
inline constexpr std::string_view kApiKeyPrefix = "mdk_";
inline constexpr std::size_t kMaxIssued = 50;  ///< keys, and tokens, of one user

/// A key's record, by the hash that it stands under.
struct KeyRecord {
  ApiKey key;
  std::string hash;
};

std::string api_key_hash(std::string_view secret);
Result<KeyRecord> read_key(const store::SideRow& row);
store::Operation keep_key(const KeyRecord& record);

/// When the key was used last, ms since the epoch; 0: never, as far as is known.
Result<std::int64_t> read_key_use(const std::optional<store::SideRow>& row);
/// Keeps that the key was used, until it expires, else for a year. `expires_at`: the key's, 0 for none.
store::Operation keep_key_use(std::string_view hash, const EntityId& user, std::int64_t now_ms,
                              std::int64_t expires_at);

Result<PersonalToken> read_personal(const store::SideRow& row);
store::Operation keep_personal(const PersonalToken& token, std::string_view jwt);

/// `box`, when given, seals the token so that it can be read again.
store::Operation keep_bot_token(const Account& bot, std::string_view token, const Claims& claims,
                                const base::SecretBox* box);
Result<BotToken> read_bot_token(const Account& bot, const std::optional<store::SideRow>& row,
                                const base::SecretBox* box);

/// Is the token the one whose hash the record has?
Result<bool> is_of_record(const std::optional<store::SideRow>& row, std::string_view token);

/// InvalidArgument with field "name".
Error check_issued_name(std::string_view name);

/// When a record about a token may be forgotten, ms since the epoch: not before the leeway of the token's expiry is
/// over. 0: never.
std::int64_t forget_at_ms(const Claims& claims);

}  // namespace metadata::access

#endif  // METADATA_LIB_ACCESS_ISSUED_H
