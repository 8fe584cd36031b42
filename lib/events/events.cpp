#include "metadata/events.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>

#include "access/rules.h"
#include "base/worker.h"
#include "events/parts.h"

namespace metadata {
namespace {

constexpr std::chrono::milliseconds kFirstRetry{100};
constexpr std::chrono::milliseconds kLastRetry{10'000};

class Bell final : public EventBell {
 public:
  Bell(store::LogEnd& end, std::function<void()> ring) : bell_(end, std::move(ring)) {}
  void set(Seq beyond) override { bell_.set(beyond); }

 private:
  store::LogEnd::Bell bell_;
};

}  // namespace

struct EventStream::Parts {
  Parts(const Events::Parts& from, Seq after, EventQuery asked)
      : context(from), query(std::move(asked)), position(after), read_to(after), bell(context.store.log_end(), [this] {
          {
            const std::lock_guard lock(mutex);
            rung = true;
          }
          called.notify_all();
        }) {}

  const Events::Parts context;  // what it refers to belongs to the catalog
  const EventQuery query;
  Seq position;
  Seq read_to;
  std::deque<ChangeEvent> ready;

  std::mutex mutex;
  std::condition_variable called;  // signalled by the bell and stop()
  bool rung = false;               // guarded by mutex
  bool stopped = false;            // guarded by mutex
  store::LogEnd::Bell bell;        // goes first: it calls back
};

EventStream::EventStream(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
EventStream::~EventStream() = default;
Seq EventStream::position() const { return parts_->position; }

void EventStream::stop() {
  {
    const std::lock_guard lock(parts_->mutex);
    parts_->stopped = true;
  }
  parts_->called.notify_all();
}

Result<std::optional<ChangeEvent>> EventStream::next(std::chrono::milliseconds wait) {
  Parts& parts = *parts_;
  const auto until = std::chrono::steady_clock::now() + wait;
  while (true) {
    if (!parts.ready.empty()) {
      std::optional<ChangeEvent> event(std::move(parts.ready.front()));
      parts.ready.pop_front();
      parts.position = parts.ready.empty() ? parts.read_to : event->seq;
      return event;
    }
    {
      const std::lock_guard lock(parts.mutex);
      if (parts.stopped) return std::optional<ChangeEvent>();
      parts.rung = false;
    }
    if (parts.context.store.last_seq() > parts.read_to) {
      MD_LET(page, events::read(parts.context, parts.read_to, parts.query));
      for (ChangeEvent& event : page.events) parts.ready.push_back(std::move(event));
      parts.read_to = page.position;
      if (parts.ready.empty()) parts.position = page.position;
      // Time passes also while much of what does not match is looked at.
      if (!parts.ready.empty() || std::chrono::steady_clock::now() < until) continue;
      return std::optional<ChangeEvent>();
    }
    parts.bell.set(parts.read_to);
    std::unique_lock lock(parts.mutex);
    const bool called = parts.called.wait_until(lock, until, [&] { return parts.rung || parts.stopped; });
    if (!called || parts.stopped) return std::optional<ChangeEvent>();
  }
}

struct EventSubscription::Parts {
  std::unique_ptr<EventStream> stream;
  Events::Handler handler;
  std::atomic<Seq> position{0};
  std::unique_ptr<base::Worker> worker;  // goes first

  void run(base::Worker& self);
  bool deal_with(base::Worker& self, const ChangeEvent& event);
};

// False: it is time to end.
bool EventSubscription::Parts::deal_with(base::Worker& self, const ChangeEvent& event) {
  for (auto pause = kFirstRetry; !handler(event).ok(); pause = std::min(pause * 2, kLastRetry)) {
    if (self.stopping() || !self.wait_for(pause)) return false;
  }
  return true;
}

void EventSubscription::Parts::run(base::Worker& self) {
  while (!self.stopping()) {
    auto event = stream->next(std::chrono::seconds(60));
    if (!event.ok()) {
      // The store is in trouble, or closing: the position stays.
      if (!self.wait_for(kFirstRetry)) return;
      continue;
    }
    if (*event && !deal_with(self, **event)) return;
    position = stream->position();
  }
}

EventSubscription::EventSubscription(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
EventSubscription::~EventSubscription() { stop(); }
Seq EventSubscription::position() const { return parts_->position; }
void EventSubscription::stop() {
  parts_->stream->stop();
  parts_->worker->stop();
}

Events::Events(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Events::~Events() = default;

Result<EventPage> Events::read(Seq after, const EventQuery& query) const { return events::read(*parts_, after, query); }

Result<RecentEvents> Events::recent(std::int64_t since_ms, const EventQuery& query) const {
  return events::recent(*parts_, since_ms, query);
}

Seq Events::begin() const noexcept { return parts_->retention == nullptr ? 0 : parts_->retention->floor().seq; }

Result<std::int64_t> Events::forget_old() {
  return parts_->retention == nullptr ? std::int64_t{0} : parts_->retention->sweep();
}

Seq Events::end() const noexcept { return parts_->store.last_seq(); }

Result<std::unique_ptr<EventStream>> Events::stream(Seq after, const EventQuery& query) const {
  MD_OK(events::check(*parts_, query));
  return std::make_unique<EventStream>(std::make_unique<EventStream::Parts>(*parts_, std::max<Seq>(after, 0), query));
}

Result<std::unique_ptr<EventSubscription>> Events::subscribe(Seq after, EventQuery query, Handler handler) const {
  MD_LET(stream, this->stream(after, query));
  auto parts = std::make_unique<EventSubscription::Parts>();
  parts->stream = std::move(stream);
  parts->handler = std::move(handler);
  parts->position = std::max<Seq>(after, 0);
  auto* at = parts.get();
  MD_LET(worker, base::Worker::start("events", [at](base::Worker& self) { at->run(self); }));
  parts->worker = std::move(worker);
  return std::make_unique<EventSubscription>(std::move(parts));
}

namespace {

Error no_deliveries() { return unavailable("nothing is delivered here: the catalog has no poster"); }

}  // namespace

Result<std::string> Events::delivery_status(const EntityRef& target, const ReadOptions& options) const {
  MD_OK(access::check(options.as, {"ViewAll"}, target.type));
  MD_LET(entity, parts_->directory.one(target));
  MD_LET(reader, parts_->store.snapshot(options.interrupt));
  MD_LET(stored, reader->find(entity.id()));
  if (!stored) return not_found(target.type + " instance for " + target.text() + " not found");
  MD_LET(kept, reader->series_value(stored->row.rid, events::kDeliverySeries, events::kDeliveryKey));
  events::Standing standing;
  if (kept) {
    MD_LET(parsed, events::Standing::parse(kept->body));
    standing = std::move(parsed);
  }
  std::string text = standing.text(events::settings_of(entity).enabled, kept ? kept->ts : 0);
  text.pop_back();
  return text + ",\"logEnd\":" + std::to_string(parts_->store.last_seq()) + "}";
}

Error Events::redeliver(const EntityRef& target, std::optional<Seq> from, const WriteOptions& options) {
  MD_OK(access::check(options.as, {"EditAll"}, target.type));
  if (from && *from < 1) return invalid_argument("fromSeq must be 1 or more", "fromSeq");
  MD_LET(entity, parts_->directory.one(target));
  if (parts_->deliveries == nullptr) return no_deliveries();
  return parts_->deliveries->redeliver(entity.ref(), from);
}

Result<PostResult> Events::test_delivery(const EntityRef& target, const WriteOptions& options) {
  MD_OK(access::check(options.as, {"EditAll"}, target.type));
  MD_LET(entity, parts_->directory.one(target));
  if (parts_->deliveries == nullptr) return no_deliveries();
  return parts_->deliveries->test(events::settings_of(entity), parts_->clock.now_ms());
}

std::unique_ptr<EventBell> Events::bell(std::function<void()> ring) const {
  return std::make_unique<Bell>(parts_->store.log_end(), std::move(ring));
}

}  // namespace metadata
