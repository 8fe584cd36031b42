#ifndef METADATA_EVENTS_H
#define METADATA_EVENTS_H

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metadata/change.h"
#include "metadata/entity.h"
#include "metadata/error.h"
#include "metadata/export.h"
#include "metadata/host.h"
#include "metadata/ids.h"
#include "metadata/options.h"

namespace metadata {

/// Which change events somebody wants. Every member that is given must hold; of a list, one entry is enough.
struct EventFilter {
  /// "entityCreated", "entityUpdated" …, as event_type() names them; "entityDeleted" takes soft deletions too, for what
  /// is soft-deleted is gone for whoever reads. "*" and an empty list: all.
  std::vector<std::string> event_types = {};
  std::vector<std::string> entity_types = {};  ///< "table", in any case; "*" and "all": all
  std::vector<EntityId> ids = {};
  std::string fqn = {};  ///< of the entity, where `*` stands for any text and `?` for one byte; empty: any
  /// Own owners, labels (the columns' too) and domains at the moment of the change, each by id or FQN. A name that
  /// nothing has matches nothing.
  std::vector<std::string> owners = {};
  std::vector<std::string> tags = {};
  std::vector<std::string> domains = {};
};

struct EventQuery {
  std::vector<EventFilter> any = {};  ///< one of them must match; empty: every event
  std::size_t limit = 100;            ///< events a page; cut to Limits::max_page
  Principal as = {};                  ///< events about what it may not see are left out
  Interrupt interrupt = {};
};

/// A page of change events.
struct EventPage {
  std::vector<ChangeEvent> events;
  /// Where to go on: everything up to here has been looked at, whether or not it matched.
  Seq position = 0;
  bool at_end = false;  ///< nothing further was in the log when the page was read
};

/// The newest events of a time.
struct RecentEvents {
  std::vector<ChangeEvent> events;  ///< newest first
  std::int64_t total = 0;           ///< how many there are, beyond the limit too
  bool whole = true;                ///< false: the log was too long to look at all of it; what is older is not counted
};

/// The API's name of what happened: "entityCreated", "entityUpdated", "entitySoftDeleted", "entityRestored",
/// "entityDeleted", "entityFieldsChanged" (a value of a series, an edge of lineage: no version was made),
/// "suggestionCreated", "suggestionUpdated", "suggestionAccepted", "suggestionRejected", "suggestionDeleted" (of the
/// entity that the suggestion is about), "eventsDropped" (the reader comes too late for some).
METADATA_API std::string_view event_type(const ChangeEvent& event) noexcept;
/// Is there such an event type?
METADATA_API bool is_event_type(std::string_view name) noexcept;
/// What changed as a changeDescription, JSON text; `{}` when there is nothing to tell (creation, removal for good).
METADATA_API std::string change_description(const ChangeEvent& event);
/// The event as webhooks carry it: eventId, eventType, entityType, entityId, entityFQN, changeDescription, timestamp
/// and userName, always all eight.
METADATA_API std::string event_payload(const ChangeEvent& event);
/// The event as `ChangeEvent` of the API: id, eventType, entityType, entityId, entityFullyQualifiedName, domains,
/// previousVersion, currentVersion, userName, timestamp, changeDescription, incrementalChangeDescription.
METADATA_API std::string change_event(const ChangeEvent& event);

/// Events one after the other, from a position that the host keeps: a loop over next() misses none and, after a
/// restart from the last position that was dealt with, repeats at most what was in hand.
///
/// Holds no more than one page in memory. stop() is safe for use from many threads, all else is for one. Must not
/// outlive the catalog.
class METADATA_API EventStream {
 public:
  struct Parts;
  explicit EventStream(std::unique_ptr<Parts> parts);
  ~EventStream();
  EventStream(const EventStream&) = delete;
  EventStream& operator=(const EventStream&) = delete;

  /// The next event; waits for one up to the time, and gives nothing when none came or stop() was called.
  Result<std::optional<ChangeEvent>> next(std::chrono::milliseconds wait);
  /// Everything up to here has been given or does not match.
  Seq position() const;
  /// Ends a wait, and lets every later one end at once.
  void stop();

 private:
  std::unique_ptr<Parts> parts_;
};

/// Calls back for each event on a thread of its own. Destroying it waits for the call in hand. Must not outlive the
/// catalog.
class METADATA_API EventSubscription {
 public:
  struct Parts;
  explicit EventSubscription(std::unique_ptr<Parts> parts);
  ~EventSubscription();
  EventSubscription(const EventSubscription&) = delete;
  EventSubscription& operator=(const EventSubscription&) = delete;

  /// The last event whose call returned Ok, or a later position up to which nothing matched: what the host keeps in
  /// order to go on from there. Safe for use from many threads.
  Seq position() const;
  /// Returns when no call is running and none will come. Not to be called from the callback.
  void stop();

 private:
  std::unique_ptr<Parts> parts_;
};

/// Rings once when the log has grown beyond a position. For hosts that wait for many things in one thread.
class METADATA_API EventBell {
 public:
  virtual ~EventBell() = default;
  /// Sets it; it rings at once when the log holds more than `beyond` already.
  virtual void set(Seq beyond) = 0;
};

/// What changed, in commit order. Safe for use from many threads. Owned by the Catalog.
class METADATA_API Events {
 public:
  struct Parts;
  explicit Events(std::unique_ptr<Parts> parts);
  ~Events();
  Events(const Events&) = delete;
  Events& operator=(const Events&) = delete;

  /// Events after a position, oldest first. Looks at a bounded piece of the log: a page may be empty and not at_end.
  /// When some of them are not kept any more, the first is of the kind Gap, whatever the filters: nobody can say what
  /// they were about. InvalidArgument: an event or entity type that there is not.
  Result<EventPage> read(Seq after, const EventQuery& query = {}) const;
  /// The newest events at or after a time (ms since the epoch).
  Result<RecentEvents> recent(std::int64_t since_ms, const EventQuery& query = {}) const;
  /// Everything up to here is not told any more; 0: all is there. Costs nothing.
  Seq begin() const noexcept;
  /// Does now what the catalog's own thread does every now and then: forgets events that Options::event_retention does
  /// not want kept. Answers how many records left the log.
  Result<std::int64_t> forget_old();
  /// The log's end. Costs nothing.
  Seq end() const noexcept;

  /// Events after a position as they come.
  Result<std::unique_ptr<EventStream>> stream(Seq after, const EventQuery& query = {}) const;
  /// Calls `handler` for every event after a position, in order, one at a time. An error of the handler stops nothing:
  /// the same event comes again, at first after 100 ms and then ever later, up to 10 s. It must not throw.
  using Handler = std::function<Error(const ChangeEvent&)>;
  Result<std::unique_ptr<EventSubscription>> subscribe(Seq after, EventQuery query, Handler handler) const;
  /// `ring` is called by the threads of writers: it must be short and must not call the catalog. The bell must not
  /// outlive the catalog.
  std::unique_ptr<EventBell> bell(std::function<void()> ring) const;

  // Deliveries to entities of types whose descriptions say that they take them: webhooks.

  /// How it stands with the deliveries to one, JSON text: status ("active", "awaitingRetry", "disabled", "failed"),
  /// position (of the last event that was acknowledged), logEnd, delivered, attempts, lastSuccessfulAt, lastFailedAt,
  /// lastFailedStatusCode, lastFailedReason, nextAttempt. NotFound when there is no such entity.
  Result<std::string> delivery_status(const EntityRef& target, const ReadOptions& options = {}) const;
  /// Delivers again from an event on, that one included; without one, it only tries at once what waits. What failed for
  /// too long goes on. Durable when it returns. Unavailable: nothing is delivered here (no poster, read-only).
  Error redeliver(const EntityRef& target, std::optional<Seq> from, const WriteOptions& options = {});
  /// Posts one made-up event (eventType "testEvent") and waits for what comes of it. Unavailable as redeliver().
  Result<PostResult> test_delivery(const EntityRef& target, const WriteOptions& options = {});

 private:
  std::unique_ptr<Parts> parts_;
};

}  // namespace metadata

#endif  // METADATA_EVENTS_H
