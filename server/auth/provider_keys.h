#ifndef METADATA_SERVER_AUTH_PROVIDER_KEYS_H
#define METADATA_SERVER_AUTH_PROVIDER_KEYS_H

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>

#include "auth/oidc_settings.h"
#include "http/client.h"
#include "log.h"
#include "metadata/error.h"
#include "metadata/oidc.h"

namespace metadata::server {

/// Where a provider's doors are, as its configuration says (OpenID Connect Discovery 1.0).
struct ProviderDoors {
  std::string authorization;
  std::string token;
  std::string user_info;  ///< empty: it has none
  std::string keys;
  bool takes_secret_in_body = false;  ///< and not in the Authorization header
  bool names_itself = false;          ///< its answers to browsers have an `iss`
};

/// What one provider publishes: its configuration and its keys. Fetched when they are needed first, and kept.
///
/// There is one fetch at a time, and at most one each OidcSettings::key_refresh, whatever tokens ask for and whether it
/// works or not. Few requests wait for a fetch, and not for long; the rest is told to come again. When a fetch fails,
/// what is known stays. Safe for use from many threads.
class ProviderKeys {
 public:
  using Steady = std::chrono::steady_clock::time_point;
  static constexpr std::size_t kMaxWaiting = 4;
  static constexpr std::chrono::milliseconds kMaxWait{3000};
  static constexpr std::chrono::milliseconds kFetchTimeout{5000};

  /// None is owned; all must outlive this, but for the client, which ends first.
  ProviderKeys(const OidcProvider& provider, const OidcSettings& settings, HttpClient& client, Log& log)
      : provider_(provider), settings_(settings), client_(client), log_(log) {}

  /// Keys with one that may have signed a token with this head. Unauthenticated when the provider has no such key;
  /// Unavailable while that is not known.
  Result<JwkSet> keys_for(const TokenHead& head, Steady deadline);
  /// Unavailable while they are not known.
  Result<ProviderDoors> doors(Steady deadline);

 private:
  std::optional<JwkSet> known(const TokenHead& head, Steady now) const;
  bool may_begin(Steady now) const { return !fetching_ && now >= next_; }
  void begin(std::unique_lock<std::mutex>& lock, Steady now);
  bool wait(std::unique_lock<std::mutex>& lock, Steady now, Steady deadline);
  void fetch_keys(const std::string& url);
  void take_configuration(const ClientAnswer& answer);
  void take_keys(const ClientAnswer& answer);
  void finish(const std::string& trouble);

  const OidcProvider& provider_;
  const OidcSettings& settings_;
  HttpClient& client_;
  Log& log_;

  mutable std::mutex mutex_;
  std::condition_variable ended_;       // signalled when a fetch ends
  JwkSet keys_;                         // guarded by mutex_
  JwkSet former_;                       // guarded by mutex_: those of the fetch before
  Steady former_until_ = {};            // guarded by mutex_
  Steady fetched_ = {};                 // guarded by mutex_: when keys_ came
  std::optional<ProviderDoors> doors_;  // guarded by mutex_
  Steady doors_fetched_ = {};           // guarded by mutex_
  bool fetching_ = false;               // guarded by mutex_
  Steady next_ = {};                    // guarded by mutex_: no fetch before
  std::size_t waiting_ = 0;             // guarded by mutex_
};

}  // namespace metadata::server

#endif  // METADATA_SERVER_AUTH_PROVIDER_KEYS_H
