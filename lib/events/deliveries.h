#ifndef METADATA_LIB_EVENTS_DELIVERIES_H
#define METADATA_LIB_EVENTS_DELIVERIES_H

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/worker.h"
#include "events/retention.h"
#include "events/target.h"
#include "metadata/events.h"
#include "metadata/host.h"
#include "metadata/options.h"
#include "store/store.h"
#include "view/layout.h"

namespace metadata::events {

/// What the deliveries need of rooms beside this one.
struct Directory {
  /// Every entity that takes events, with its secrets open.
  std::function<Result<std::vector<Entity>>()> all;
  /// One of them; NotFound when it is gone.
  std::function<Result<Entity>(const EntityRef&)> one;
  /// Sets `enabled` to false.
  std::function<Error(const EntityRef&)> disable;
};

/// Posts what is in the log to whoever wants it: for each receiver one request at a time, in the order of the log,
/// again and again until it is acknowledged.
///
/// A receiver's queue is a position in the log, kept as a value of its series in the store; nothing is copied. A thread
/// of its own reads, signs and keeps the books; the host's poster waits for answers, so that a slow receiver delays
/// nobody else. Safe for use from many threads.
class Deliveries {
 public:
  struct Surroundings {
    store::Store& store;
    const view::Layouts& layouts;
    const Limits& limits;
    Clock& clock;
    Poster& poster;
    DeliveryOptions options;
    base::Log log;
    Directory directory;
    Retention* retention = nullptr;
  };

  /// Starts at once.
  static Result<std::unique_ptr<Deliveries>> start(Surroundings surroundings);
  ~Deliveries();

  /// As Events::redeliver(); NotFound when no deliveries are made to such an entity.
  Error redeliver(const EntityRef& target, std::optional<Seq> from);
  Result<PostResult> test(const Settings& settings, std::int64_t now_ms);

 private:
  struct Target;
  struct Inbox;
  using Time = std::chrono::steady_clock::time_point;

  explicit Deliveries(Surroundings surroundings);

  void run(base::Worker& self);
  // All below are of the worker's thread.
  Error load();
  Error follow_settings(bool& more);
  Error look_at(const EntityRef& ref, Seq created_at);
  Error adopt(const Entity& entity, std::optional<Seq> position);
  void take_results();
  void settle(Target& target, const PostResult& result);
  void failed(Target& target, const PostResult& result);
  Error step(Target& target, Time now, bool& more);
  Error save(bool everything);
  void put_standing(const Target& target, store::WriteSet& set) const;
  Target* find(const EntityId& id);
  Time next_due(Time now) const;

  const Surroundings around_;
  std::vector<std::unique_ptr<Target>> targets_;
  Seq settings_seen_ = 0;  // the log is read up to here for changes of receivers
  Seq settings_kept_ = 0;
  Time saved_at_{};
  std::uint64_t jitter_ = 0;
  std::shared_ptr<Inbox> inbox_;
  std::unique_ptr<store::LogEnd::Bell> bell_;
  std::unique_ptr<base::Worker> worker_;  // goes first
};

}  // namespace metadata::events

#endif  // METADATA_LIB_EVENTS_DELIVERIES_H
