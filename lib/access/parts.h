#ifndef METADATA_LIB_ACCESS_PARTS_H
#define METADATA_LIB_ACCESS_PARTS_H

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "access/accounts.h"
#include "access/audit_trail.h"
#include "access/key_ring.h"
#include "access/login_guard.h"
#include "access/tokens.h"
#include "base/hash.h"
#include "base/lru.h"
#include "base/random.h"
#include "base/rs256.h"
#include "base/secret_box.h"
#include "metadata/access.h"
#include "metadata/host.h"
#include "store/store.h"

namespace metadata {
namespace access {

inline constexpr std::string_view kRefreshKind = "refresh";  ///< side records of refresh tokens, by their hash
inline constexpr std::string_view kRevokedKind = "revoked";  ///< side records of tokens that were logged out, by "jti"

/// What a new token of the account says. `lifetime_s`: 0 for no end.
Claims claims_for(const Account& account, TokenKind kind, std::vector<std::string> roles, std::int64_t now_ms,
                  std::int64_t lifetime_s);

}  // namespace access

/// What Access is made of. Safe for use from many threads.
struct Access::Parts {
  /// `opened` and `time` are not owned; must outlive the parts. `directory` is the catalog's, where a new signing key
  /// is kept.
  Parts(store::Store& opened, Clock& time, std::shared_ptr<const base::SigningKey> key,
        std::vector<access::RetiredKey> retired = {}, std::string directory = ":memory:")
      : store(opened), clock(time), ring(std::move(key), std::move(retired)), folder(std::move(directory)) {}

  /// A token that was good, whose it was, and what of the store said so.
  struct Known {
    access::Claims claims;
    Principal principal;
    store::Footprint places;
    store::Generations::Commit since = 0;
  };

  /// An API key that was good, whose it was, and what of the store said so.
  struct KnownKey {
    std::int64_t expires_at = 0;  ///< ms since the epoch; 0: never
    Principal principal;
    store::Footprint places;
    store::Generations::Commit since = 0;
    mutable std::atomic<std::int64_t> used_at{0};  ///< the last use that was kept, ms since the epoch
  };

  /// Removes what has expired from the store. Whoever opens a catalog calls it once; later, log-ins do it in passing.
  Error remove_expired();

  /// The claims of a token whose signature is ours; remembered, because checking a signature costs more than all the
  /// rest.
  Result<access::Claims> claims_of(std::string_view token);
  /// Ok when the token is good at this moment, as far as its claims say; else Unauthenticated. Whoever remembers claims
  /// compares their `keys` with ring.generation() first: the key may have gone since.
  Error check_now(const access::Claims& claims) const;
  /// The account behind a token that is good at this moment, revocation included.
  Result<access::Account> account_of(store::Reader& reader, const access::Claims& claims, std::string_view token);

  /// The principal behind an API key, as the store is now. Unauthenticated.
  Result<Principal> principal_of_key(std::string_view secret, const Interrupt& interrupt);
  /// Keeps that the key is used now, at most once a minute. What cannot be stored is left out: the key is good anyway.
  void note_use(const KnownKey& known, std::string_view secret);
  /// A new token of the bot's user; the earlier one ends.
  Result<std::string> give_bot_token(const access::Account& account, std::int64_t lifetime_s);

  /// An access token for the account, as part of a session.
  Result<Session> open_session(const access::Account& account, std::vector<std::string> roles, std::int64_t now_ms);
  /// The same with a refresh token, which is stored. `if_gone`: the failure when the account has gone meanwhile.
  Result<Session> begin_session(const access::Account& account, std::vector<std::string> roles, const Error& if_gone);
  /// A refresh token of a new session, and the operation that keeps its hash.
  std::pair<std::string, store::Operation> new_refresh_token(const access::Account& account, std::int64_t now_ms);
  /// Takes the refresh token with this hash for another one. When it was taken before, its family ends.
  Result<Session> rotate(const std::string& key, std::int64_t now_ms);
  /// Commits the user's new password; all its sessions end.
  Error replace_password(store::Transaction& turn, const EntityId& user, store::Operation stored);
  /// Signs the claims with the present key.
  Result<std::string> sign(const access::Claims& claims);
  /// The operation that removes what has expired, at most once a minute of the steady clock. After the date was set it
  /// waits for as long as access tokens live: what a wrong date calls expired may come back with the right one, and a
  /// revocation that is forgotten must not bring a token back to life.
  void tidy(store::WriteSet& set, std::int64_t now_ms);

  store::Store& store;
  Clock& clock;
  access::KeyRing ring;
  const std::string folder;
  const base::SecretBox* box = nullptr;  ///< seals bots' tokens; not owned. Null: they are shown once
  std::mutex rotation;                   ///< one rotation at a time
  bool rotate_refresh = false;           ///< Options::rotate_refresh_tokens
  access::LoginGuard guard;
  access::AuditTrail trail{store, clock};
  base::LruCache<std::string, std::shared_ptr<const access::Claims>> verified{10'000};  ///< by the token's SHA-256
  /// By the token's short hash. An entry counts only while the store still says what it said (see store::Generations),
  /// so a log-out, a new password or a deleted user counts at once.
  base::LruCache<base::ShortHash, std::shared_ptr<const Known>, base::ShortHashHash> recent{10'000};
  base::LruCache<base::ShortHash, std::shared_ptr<const KnownKey>, base::ShortHashHash> recent_keys{10'000};
  /// By the user's id, for hosts that know who it is by other means.
  base::LruCache<std::string, std::shared_ptr<const KnownKey>> recent_users{10'000};
  const base::ShortHashKey recent_key = base::random_short_hash_key();
  std::atomic<std::int64_t> newest_ms{0};  ///< the latest time at which a token was issued, ms since the epoch

  std::mutex tidying;
  std::int64_t tidy_at = 0;                 ///< by the steady clock, ms; guarded by tidying
  std::optional<std::int64_t> date_offset;  ///< what the date is ahead of the steady clock, ms; guarded by tidying
};

}  // namespace metadata

#endif  // METADATA_LIB_ACCESS_PARTS_H
