#ifndef METADATA_LIB_EVENTS_TARGET_H
#define METADATA_LIB_EVENTS_TARGET_H

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "metadata/entity.h"
#include "metadata/error.h"
#include "metadata/events.h"
#include "metadata/host.h"

namespace metadata::events {

/// The series in which an entity keeps how deliveries to it stand, and the key of its one value.
inline constexpr std::string_view kDeliverySeries = "delivery";
inline constexpr std::string_view kDeliveryKey = "state";

/// To whom, and what: as the entity says.
struct Settings {
  EntityRef ref;
  std::string fqn;
  std::string endpoint;
  std::string secret;
  bool enabled = true;
  std::size_t batch = 10;
  std::chrono::milliseconds timeout{10'000};
  std::vector<EventFilter> filters;

  bool operator==(const Settings& other) const;
};

/// Reads them from an entity whose secrets are open.
Settings settings_of(const Entity& entity);

/// How deliveries stand: what is kept in the store.
struct Standing {
  Seq position = 0;  ///< everything up to here was acknowledged, or did not match
  std::int64_t delivered = 0;
  std::int64_t attempts = 0;        ///< that failed since the last success
  std::int64_t failing_for_ms = 0;  ///< since the first of them, while the program ran
  bool failed = false;              ///< given up
  std::int64_t last_success_at = 0;
  std::int64_t last_failed_at = 0;
  int last_failed_status = 0;
  std::string last_failed_reason;
  std::int64_t next_attempt_at = 0;

  /// As the API shows it; `id` and `timestamp` are the series' own.
  std::string text(bool enabled, std::int64_t now_ms) const;
  static Result<Standing> parse(std::string_view text);
  /// Failures are forgotten.
  void forgive();
};

/// The n-th pause (from 1), without jitter.
std::chrono::milliseconds pause_after(std::int64_t failures, std::chrono::milliseconds first,
                                      std::chrono::milliseconds last);

/// One event as it is, several as an array.
std::string body_of(const std::vector<std::string>& payloads);

/// The request that carries a body to the target now, signed when it has a secret.
PostRequest request_for(const Settings& settings, std::string body, Seq last, std::int64_t now_ms);

}  // namespace metadata::events

#endif  // METADATA_LIB_EVENTS_TARGET_H
