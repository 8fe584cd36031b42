#ifndef METADATA_SERVER_AUTH_PENDING_LOGINS_H
#define METADATA_SERVER_AUTH_PENDING_LOGINS_H

#include <chrono>
#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace metadata::server {

/// A log-in that a browser has begun and not ended.
struct PendingLogin {
  std::size_t provider = 0;
  std::string state;     ///< goes to the provider and comes back
  std::string nonce;     ///< goes to the provider and comes back in the ID token
  std::string verifier;  ///< shows the provider that the one who takes the code is the one who asked (PKCE)
  std::string browser;   ///< what the browser's cookie must say
  std::chrono::steady_clock::time_point ends = {};
};

/// Log-ins that wait for their browsers; each is taken once. Of more than there is room for the oldest is forgotten.
/// Safe for use from many threads.
class PendingLogins {
 public:
  static constexpr std::size_t kMost = 10'000;  // about 5 MiB
  static constexpr std::chrono::seconds kLifetime{600};

  void add(PendingLogin login);
  /// The log-in with this state, which is forgotten with this; nothing when there is none, or its time is over.
  std::optional<PendingLogin> take(const std::string& state);

 private:
  std::mutex mutex_;
  std::list<PendingLogin> order_;                                           // guarded by mutex_; oldest first
  std::unordered_map<std::string, std::list<PendingLogin>::iterator> all_;  // guarded by mutex_
};

}  // namespace metadata::server

#endif  // METADATA_SERVER_AUTH_PENDING_LOGINS_H
