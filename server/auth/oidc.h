#ifndef METADATA_SERVER_AUTH_OIDC_H
#define METADATA_SERVER_AUTH_OIDC_H

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "auth/oidc_settings.h"
#include "auth/pending_logins.h"
#include "auth/provider_keys.h"
#include "guard/ports.h"
#include "http/client.h"
#include "http/url.h"
#include "log.h"
#include "metadata/catalog.h"
#include "metadata/error.h"
#include "metadata/oidc.h"

namespace metadata::server {

/// Identity providers: their tokens as credentials, and log-ins through them (docs/authentication.md).
/// Safe for use from many threads.
class Oidc {
 public:
  /// Where a browser is sent, and the cookie that it is to come back with.
  struct Departure {
    std::string location;
    std::string cookie;  ///< value of Set-Cookie
  };
  /// What comes of a browser's return.
  struct Arrival {
    Session session;
    std::string cookie;  ///< value of Set-Cookie, which ends the browser's cookie
  };

  /// Neither is owned; both must outlive this. `ports`: at which providers may be. `loopback`: may they be on
  /// this machine?
  Oidc(const OidcSettings& settings, const Ports& ports, bool loopback, Catalog& catalog, Log& log);

  const OidcSettings& settings() const { return settings_; }

  /// The principal of a token that one of the providers signed; nothing when the token is none of any provider's.
  /// Unauthenticated: it is not good, or there is no user for it. Unavailable: the provider's keys are not known yet.
  std::optional<Result<Principal>> authenticate(std::string_view token, const Interrupt& interrupt);

  /// Begins a browser's log-in. NotFound: no such provider, or one without a callback URL.
  Result<Departure> begin(std::string_view provider, const Interrupt& interrupt);
  /// Ends it with what the provider sent the browser back with. Each begun log-in is ended once, well or not, by the
  /// browser that began it. `about` gets the provider's name as soon as it is known.
  Result<Arrival> finish(const Query& query, std::string_view cookies, const Interrupt& interrupt, std::string& about);

 private:
  /// What a provider says of a user: an ID token's claims, and what else it tells of the same user.
  struct Word {
    Json claims;
    Json more;  ///< null when nothing else was asked for

    Json get(const std::string& name) const { return claims.contains(name) ? claims[name] : more[name]; }
    std::string text(const std::string& name) const;
  };
  struct Tokens {
    std::string id;
    std::string access;
  };

  Result<KnownUser> user_of(const OidcProvider& provider, const Word& word, const Interrupt& interrupt);
  Result<KnownUser> sign_up(const OidcProvider& provider, const Word& word, const std::string& principal,
                            const std::string& email, const Interrupt& interrupt);
  Result<KnownUser> make_admin(const OidcProvider& provider, KnownUser user, const std::string& principal,
                               const Interrupt& interrupt);
  Result<Tokens> exchange(const OidcProvider& provider, const ProviderDoors& doors, const std::string& code,
                          const PendingLogin& login);
  Result<Word> word_of(const PendingLogin& login, const ProviderDoors& doors, const Tokens& tokens,
                       const Interrupt& interrupt);
  Result<Json> user_info(const ProviderDoors& doors, const std::string& access_token, const Json& claims);

  /// Tokens that were good a moment ago, and whose. Bounded; an entry is forgotten after a minute at most.
  struct Recent {
    EntityId user;
    std::int64_t until_ms = 0;  ///< since the epoch
  };
  std::optional<EntityId> recent(const std::string& token, std::int64_t now_ms);
  void remember(std::string token, const Recent& entry);

  const OidcSettings& settings_;
  Catalog& catalog_;
  Log& log_;
  std::vector<std::unique_ptr<ProviderKeys>> keys_;  // of each provider, in their order
  PendingLogins pending_;
  std::atomic<std::size_t> exchanging_{0};

  std::mutex mutex_;
  std::unordered_map<std::string, Recent> young_, old_;  // guarded by mutex_

  HttpClient client_;  // the last: it ends first, and its answers find the rest alive
};

}  // namespace metadata::server

#endif  // METADATA_SERVER_AUTH_OIDC_H
