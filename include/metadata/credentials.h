#ifndef METADATA_CREDENTIALS_H
#define METADATA_CREDENTIALS_H

#include <cstdint>
#include <string>

#include "metadata/ids.h"

namespace metadata {

/// A key for programs, as it is listed. The key itself is shown once, by the call that makes it.
struct ApiKey {
  EntityId id;                  ///< of the key, to revoke it by
  EntityId user;                ///< who acts with it
  std::string name;             ///< unique among the user's keys
  std::string start;            ///< the first characters of the key, to tell one from another
  std::string created_by;       ///< user name
  std::int64_t created_at = 0;  ///< ms since the epoch
  std::int64_t expires_at = 0;  ///< ms since the epoch; 0: never
  /// ms since the epoch, to the minute; 0: not in the last year. A use within a minute of one that is known is not
  /// kept.
  std::int64_t last_used_at = 0;
};

/// A new key. The secret is stored nowhere: who loses it makes another.
struct NewApiKey {
  ApiKey key;
  std::string secret;  ///< "mdk_" and 43 characters that carry 256 random bits
};

/// A token that a person made for a program of their own, as it is listed.
struct PersonalToken {
  EntityId id;
  EntityId user;
  std::string name;             ///< unique among the user's tokens
  std::int64_t created_at = 0;  ///< ms since the epoch
  std::int64_t expires_at = 0;  ///< ms since the epoch; 0: never
};

struct NewPersonalToken {
  PersonalToken token;
  std::string jwt;  ///< the token itself, shown once
};

/// A bot's present token.
struct BotToken {
  EntityId user;
  std::string name;             ///< user name of the bot
  std::string jwt;              ///< empty when the bot has none, or one from before tokens could be shown again
  std::int64_t issued_at = 0;   ///< ms since the epoch; 0: not known
  std::int64_t expires_at = 0;  ///< ms since the epoch; 0: never
};

}  // namespace metadata

#endif  // METADATA_CREDENTIALS_H
