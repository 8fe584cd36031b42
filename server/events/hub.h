#ifndef METADATA_SERVER_EVENTS_HUB_H
#define METADATA_SERVER_EVENTS_HUB_H

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "dialect/choose.h"
#include "http/hold.h"
#include "metadata/catalog.h"

namespace metadata::server {

/// What somebody who waits for events wants.
struct EventWish {
  EventQuery query;
  Seq after = 0;
  Dialect dialect = Dialect::Guide;
  std::string who;  ///< name of the principal
};

/// All who wait for events, on one thread: long polls and streams (Server-Sent Events).
///
/// The log is the buffer: a stream gets its next piece when the one before has been sent, so that a slow reader costs
/// one piece of memory. Their number is bounded, in all and for each principal. Safe for use from many threads.
class EventHub {
 public:
  explicit EventHub(Catalog& catalog);
  ~EventHub();
  EventHub(const EventHub&) = delete;
  EventHub& operator=(const EventHub&) = delete;

  /// A page of events as soon as there are any, or an empty one when the time has passed. RateLimited: too many wait.
  Result<std::shared_ptr<Hold>> wait(EventWish wish, std::chrono::milliseconds time);
  /// Events as they come, for an hour: then the client has to come again, with a token that is still good.
  Result<std::shared_ptr<Hold>> stream(EventWish wish);
  /// Ends them all: polls with an empty page.
  void stop();

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Waiter;

  Result<std::shared_ptr<Hold>> add(Hold::Kind kind, EventWish wish, std::chrono::milliseconds time);
  void notify();
  void run();
  Result<EventPage> page_for(EventWish& wish);
  /// False: it is done.
  bool serve(Waiter& waiter, Time now, bool& more);
  bool serve_poll(Waiter& waiter, Time now, bool& more);
  bool serve_stream(Waiter& waiter, Time now, bool& more);

  Catalog& catalog_;  // not owned; must outlive this
  std::mutex mutex_;
  std::condition_variable called_;
  std::vector<std::shared_ptr<Waiter>> waiters_;  // guarded by mutex_
  bool stopping_ = false;                         // guarded by mutex_

  std::mutex notice_mutex_;  // never held while anything else is done: those who notify hold locks of their own
  bool noticed_ = false;     // guarded by notice_mutex_
  std::unique_ptr<EventBell> bell_;
  std::thread thread_;
};

}  // namespace metadata::server

#endif  // METADATA_SERVER_EVENTS_HUB_H
