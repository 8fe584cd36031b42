#include "events/deliveries.h"

#include <algorithm>
#include <charconv>
#include <future>
#include <utility>

#include "base/random.h"
#include "events/event.h"
#include "events/parts.h"
#include "metadata/json.h"

namespace metadata::events {
namespace {

using namespace std::chrono_literals;

constexpr char kSeenSetting[] = "events.receivers.seen";
constexpr std::size_t kLogPiece = 500;
constexpr auto kSaveDelivered = 200ms;  // what a crash may deliver twice
constexpr auto kSaveSkipped = 10s;      // what is only looked at again
constexpr auto kTrouble = 1s;           // before the store is asked again
constexpr auto kGather = 5ms;           // changes that come together are looked at together
constexpr auto kNobody = 50ms;          // the same while there is no receiver
constexpr std::size_t kMaxReason = 500;

std::string reason_of(const PostResult& result) {
  std::string reason = result.status == 0 ? result.error : "answered with status " + std::to_string(result.status);
  if (result.status != 0 && !result.error.empty()) reason += ": " + result.error;
  return reason.substr(0, kMaxReason);
}

}  // namespace

/// One receiver: what it wants, how it stands, and what is under way.
struct Deliveries::Target {
  Settings settings;
  Standing standing;
  bool fresh = false;  // nothing was kept of it, and the log has not said since when it is there
  bool in_flight = false;
  bool discard = false;  // what is in flight counts for nothing any more
  std::uint64_t flight = 0;
  Seq flight_end = 0;
  std::int64_t flight_events = 0;
  Time next_attempt{};
  Time last_failure{};
  bool dirty = false;
  bool progress = false;  // of the dirt: something was acknowledged or failed
  Time dirty_since{};

  bool ready(Time now) const {
    return !in_flight && !fresh && settings.enabled && !standing.failed && now >= next_attempt;
  }
  void touch(bool with_progress, Time now) {
    if (!dirty) dirty_since = now;
    dirty = true;
    progress = progress || with_progress;
  }
  Time save_by() const {
    return dirty_since + (progress ? Time::duration(kSaveDelivered) : Time::duration(kSaveSkipped));
  }
};

/// What comes to the worker from other threads. Outlives the deliveries, for answers may come late.
struct Deliveries::Inbox {
  struct Result {
    EntityId id;
    std::uint64_t flight = 0;
    PostResult result;
  };
  struct Command {
    EntityId id;
    std::optional<Seq> from;
    std::promise<Error> done;
  };

  std::mutex mutex;
  base::Worker* worker = nullptr;  // guarded by mutex; null once it has gone
  bool closed = false;             // guarded by mutex
  std::vector<Result> results;     // guarded by mutex
  std::vector<Command> commands;   // guarded by mutex

  void wake() {
    if (worker != nullptr) worker->wake();
  }
  void add(Result result) {
    const std::lock_guard lock(mutex);
    if (closed) return;
    results.push_back(std::move(result));
    wake();
  }
};

Deliveries::Deliveries(Surroundings surroundings)
    : around_(std::move(surroundings)), inbox_(std::make_shared<Inbox>()) {}

Result<std::unique_ptr<Deliveries>> Deliveries::start(Surroundings surroundings) {
  std::unique_ptr<Deliveries> made(new Deliveries(std::move(surroundings)));
  base::fill_random({reinterpret_cast<std::uint8_t*>(&made->jitter_), sizeof made->jitter_});
  made->jitter_ |= 1;
  auto* self = made.get();
  made->bell_ = std::make_unique<store::LogEnd::Bell>(made->around_.store.log_end(), [inbox = made->inbox_] {
    const std::lock_guard lock(inbox->mutex);
    inbox->wake();
  });
  MD_LET(worker, base::Worker::start("deliveries", [self](base::Worker& running) { self->run(running); }));
  made->worker_ = std::move(worker);
  const std::lock_guard lock(made->inbox_->mutex);
  made->inbox_->worker = made->worker_.get();
  made->inbox_->wake();
  return made;
}

Deliveries::~Deliveries() {
  if (worker_) worker_->stop();
  std::vector<Inbox::Command> left;
  {
    const std::lock_guard lock(inbox_->mutex);
    inbox_->worker = nullptr;
    inbox_->closed = true;
    left.swap(inbox_->commands);
  }
  for (auto& command : left) command.done.set_value(unavailable("the catalog is closing"));
}

Deliveries::Target* Deliveries::find(const EntityId& id) {
  for (const auto& target : targets_) {
    if (target->settings.ref.id == id) return target.get();
  }
  return nullptr;
}

// --- receivers, and what is kept of them

Error Deliveries::load() {
  targets_.clear();
  MD_LET(all, around_.directory.all());
  for (const Entity& entity : all) MD_OK(adopt(entity, std::nullopt));
  MD_LET(reader, around_.store.snapshot());
  MD_LET(seen, reader->setting(kSeenSetting));
  MD_LET(end, reader->last_seq());
  settings_seen_ = end;
  if (seen) std::from_chars(seen->data(), seen->data() + seen->size(), settings_seen_);
  settings_kept_ = seen ? settings_seen_ : -1;
  return {};
}

// The position is that of its creation when the log tells of that, else where the log ends.
Error Deliveries::adopt(const Entity& entity, std::optional<Seq> position) {
  auto target = std::make_unique<Target>();
  target->settings = settings_of(entity);
  MD_LET(reader, around_.store.snapshot());
  MD_LET(stored, reader->find(entity.id()));
  if (!stored) return {};
  MD_LET(kept, reader->series_value(stored->row.rid, kDeliverySeries, kDeliveryKey));
  const Time now = std::chrono::steady_clock::now();
  if (kept) {
    MD_LET(standing, Standing::parse(kept->body));
    target->standing = std::move(standing);
    // By the wall clock, which may have been set since: never longer than the longest pause.
    const std::int64_t wait = target->standing.next_attempt_at - around_.clock.now_ms();
    target->next_attempt =
        now + std::clamp(std::chrono::milliseconds(wait), std::chrono::milliseconds(0), around_.options.last_retry);
  } else if (position) {
    target->standing.position = *position;
    target->touch(true, now);
  } else {
    target->fresh = true;
    MD_LET(end, reader->last_seq());
    target->standing.position = end;
  }
  targets_.push_back(std::move(target));
  return {};
}

Error Deliveries::look_at(const EntityRef& ref, Seq created_at) {
  auto entity = around_.directory.one(ref);
  if (!entity.ok()) {
    if (entity.error().code() != Code::NotFound) return entity.error();
    std::erase_if(targets_, [&](const auto& target) { return target->settings.ref.id == ref.id; });
    return {};
  }
  Target* target = find(ref.id);
  if (target == nullptr) return adopt(*entity, created_at > 0 ? std::optional<Seq>(created_at) : std::nullopt);
  const Time now = std::chrono::steady_clock::now();
  if (target->fresh && created_at > 0) {
    target->standing.position = created_at;
    target->fresh = false;
    target->touch(true, now);
  }
  Settings settings = settings_of(*entity);
  if (settings == target->settings) return {};
  target->settings = std::move(settings);
  target->touch(true, now);
  if (!target->settings.enabled) return {};
  target->standing.forgive();
  target->next_attempt = now;
  return {};
}

// The log says which receivers came, changed and went.
Error Deliveries::follow_settings(bool& more) {
  MD_LET(reader, around_.store.snapshot());
  MD_LET(records, reader->log(settings_seen_, kLogPiece));
  reader.reset();
  for (const store::LogRecord& record : records) {
    const model::EntityType* type = around_.layouts.registry().type(record.type);
    if (type != nullptr && type->delivers && !store::is_beside(record.kind))
      MD_OK(look_at(EntityRef::by_id(record.type, record.id), record.kind == store::LogKind::Created ? record.seq : 0));
    settings_seen_ = record.seq;
  }
  more = records.size() == kLogPiece;
  if (more) return {};
  const Time now = std::chrono::steady_clock::now();
  for (const auto& target : targets_) {
    if (!std::exchange(target->fresh, false)) continue;
    target->touch(true, now);
  }
  return {};
}

void Deliveries::put_standing(const Target& target, store::WriteSet& set) const {
  const std::int64_t now = around_.clock.now_ms();
  set.preconditions.push_back(store::RowAlive{target.settings.ref.id});
  set.operations.push_back(
      store::PutSeries{target.settings.ref.id,
                       std::string(kDeliverySeries),
                       {std::string(kDeliveryKey), now, target.standing.text(target.settings.enabled, now)}});
}

// Due ones together in one commit. A receiver that went meanwhile must not keep the others from it.
Error Deliveries::save(bool everything) {
  const Time now = std::chrono::steady_clock::now();
  std::vector<Target*> due;
  for (const auto& target : targets_) {
    if (target->dirty && !target->fresh && (everything || now >= target->save_by())) due.push_back(target.get());
  }
  if (due.empty() && !(everything && settings_kept_ != settings_seen_) && settings_kept_ >= 0) return {};
  const auto seen = store::PutSetting{kSeenSetting, std::to_string(settings_seen_)};
  store::WriteSet all;
  for (const Target* target : due) put_standing(*target, all);
  all.operations.emplace_back(seen);
  const auto together = around_.store.commit(all);
  if (!together.ok() && together.error().code() != Code::Conflict) return together.error();
  if (!together.ok()) {
    for (const Target* target : due) {
      store::WriteSet one;
      put_standing(*target, one);
      const auto alone = around_.store.commit(one);
      if (!alone.ok() && alone.error().code() != Code::Conflict) return alone.error();
    }
  }
  for (Target* target : due) target->dirty = target->progress = false;
  if (together.ok()) settings_kept_ = settings_seen_;
  return {};
}

// --- delivering

Error Deliveries::step(Target& target, Time now, bool& more) {
  if (!target.ready(now) || target.standing.position >= around_.store.last_seq()) return {};
  EventQuery query;
  query.any = target.settings.filters;
  query.limit = target.settings.batch;
  auto page =
      events::read({around_.store, around_.layouts, around_.limits, around_.clock, nullptr, {}, around_.retention},
                   target.standing.position, query);
  if (!page.ok() && page.error().code() == Code::InvalidArgument) {
    // A filter that nothing can match as it is: an entity type that there is not.
    target.standing.failed = true;
    target.standing.last_failed_at = around_.clock.now_ms();
    target.standing.last_failed_reason = std::string(page.error().message()).substr(0, kMaxReason);
    target.touch(true, now);
    return {};
  }
  if (!page.ok()) return page.error();
  if (page->events.empty()) {
    target.standing.position = page->position;
    target.touch(false, now);
    more = more || !page->at_end;
    return {};
  }
  std::vector<std::string> payloads;
  std::size_t bytes = 0;
  Seq last = 0;
  for (const ChangeEvent& event : page->events) {
    std::string payload = event_payload(event);
    if (!payloads.empty() && bytes + payload.size() > around_.options.max_body_bytes) break;
    bytes += payload.size() + 1;
    payloads.push_back(std::move(payload));
    last = event.seq;
  }
  target.flight_events = static_cast<std::int64_t>(payloads.size());
  target.flight_end = payloads.size() == page->events.size() ? page->position : last;
  target.in_flight = true;
  target.discard = false;
  const std::uint64_t flight = ++target.flight;
  around_.poster.post(request_for(target.settings, body_of(payloads), last, around_.clock.now_ms()),
                      [inbox = inbox_, id = target.settings.ref.id, flight](PostResult result) {
                        inbox->add({id, flight, std::move(result)});
                      });
  return {};
}

void Deliveries::take_results() {
  std::vector<Inbox::Result> results;
  std::vector<Inbox::Command> commands;
  {
    const std::lock_guard lock(inbox_->mutex);
    results.swap(inbox_->results);
    commands.swap(inbox_->commands);
  }
  for (const auto& [id, flight, result] : results) {
    Target* target = find(id);
    if (target != nullptr && target->in_flight && target->flight == flight) settle(*target, result);
  }
  for (auto& command : commands) {
    Target* target = find(command.id);
    if (target == nullptr) {
      command.done.set_value(not_found("nothing is delivered to " + command.id.text()));
      continue;
    }
    const Time now = std::chrono::steady_clock::now();
    if (command.from) {
      target->standing.position = std::max<Seq>(*command.from - 1, 0);
      target->discard = target->in_flight;
    }
    target->standing.forgive();
    target->next_attempt = now;
    target->touch(true, now);
    command.done.set_value(save(true));
  }
}

void Deliveries::settle(Target& target, const PostResult& result) {
  target.in_flight = false;
  if (std::exchange(target.discard, false)) return;
  const Time now = std::chrono::steady_clock::now();
  target.touch(true, now);
  if (result.status < 200 || result.status > 299) return failed(target, result);
  target.standing.position = target.flight_end;
  target.standing.delivered += target.flight_events;
  target.standing.last_success_at = around_.clock.now_ms();
  target.standing.forgive();
  target.next_attempt = now;
}

void Deliveries::failed(Target& target, const PostResult& result) {
  const Time now = std::chrono::steady_clock::now();
  Standing& standing = target.standing;
  // Counted while the program runs: neither a stop nor a clock that is set makes a receiver fail for longer.
  if (standing.attempts > 0 && target.last_failure != Time{}) {
    standing.failing_for_ms += std::chrono::duration_cast<std::chrono::milliseconds>(now - target.last_failure).count();
  }
  target.last_failure = now;
  ++standing.attempts;
  standing.last_failed_at = around_.clock.now_ms();
  standing.last_failed_status = result.status;
  standing.last_failed_reason = reason_of(result);
  const auto pause = pause_after(standing.attempts, around_.options.first_retry, around_.options.last_retry);
  // Half of it and a random part of the other half: receivers of one broken host do not come back all at once.
  jitter_ ^= jitter_ << 13;
  jitter_ ^= jitter_ >> 7;
  jitter_ ^= jitter_ << 17;
  const auto half = pause.count() / 2;
  auto wait =
      std::chrono::milliseconds(half + static_cast<std::int64_t>(jitter_ % static_cast<std::uint64_t>(half + 1)));
  wait = std::max(wait, std::min(result.retry_after, around_.options.last_retry));
  target.next_attempt = now + wait;
  standing.next_attempt_at = standing.last_failed_at + wait.count();
  target.dirty_since = now - kSaveSkipped;  // at once
  if (standing.failing_for_ms < around_.options.give_up.count()) return;
  standing.failed = true;
  standing.next_attempt_at = 0;
  standing.last_failed_reason =
      ("gave up after " + std::to_string(standing.attempts) + " attempts: " + standing.last_failed_reason)
          .substr(0, kMaxReason);
  around_.log.warning("deliveries to " + target.settings.fqn +
                      " failed for too long; they wait until it is enabled: " + standing.last_failed_reason);
  const Error error = around_.directory.disable(target.settings.ref);
  if (!error.ok()) around_.log.error("cannot disable " + target.settings.fqn + ": " + error.text());
}

Deliveries::Time Deliveries::next_due(Time now) const {
  Time due = now + std::chrono::hours(1);
  const Seq end = around_.store.last_seq();
  for (const auto& target : targets_) {
    if (target->dirty) due = std::min(due, target->save_by());
    const bool waits = !target->in_flight && target->settings.enabled && !target->standing.failed;
    if (waits && target->standing.position < end) due = std::min(due, target->next_attempt);
  }
  return due;
}

void Deliveries::run(base::Worker& self) {
  const auto trouble = [&](const Error& error) {
    around_.log.warning("deliveries wait: " + error.text());
    return self.wait_for(kTrouble);
  };
  for (Error error = load(); !error.ok(); error = load()) {
    if (!trouble(error)) return;
  }
  Seq seen = -1;
  while (!self.stopping()) {
    const Seq end = around_.store.last_seq();
    take_results();
    bool more = false;
    Error error = follow_settings(more);
    const Time now = std::chrono::steady_clock::now();
    bool unread_any = false;
    for (std::size_t i = 0; i < targets_.size() && error.ok() && !more; ++i) {
      bool unread = false;
      error = step(*targets_[i], now, unread);
      unread_any = unread_any || unread;
    }
    if (error.ok()) error = save(false);
    if (!error.ok()) {
      if (!trouble(error)) break;
      continue;
    }
    if (more || unread_any) continue;
    if (std::exchange(seen, end) != end && !self.wait_for(targets_.empty() ? kNobody : kGather)) break;
    bell_->set(end);
    if (!self.wait_until(next_due(std::chrono::steady_clock::now()))) break;
  }
  const Error error = save(true);
  if (!error.ok()) around_.log.warning("where deliveries stand could not be kept: " + error.text());
}

// --- for callers

Error Deliveries::redeliver(const EntityRef& target, std::optional<Seq> from) {
  std::future<Error> done;
  {
    const std::lock_guard lock(inbox_->mutex);
    if (inbox_->closed) return unavailable("the catalog is closing");
    Inbox::Command command{target.id, from, {}};
    done = command.done.get_future();
    inbox_->commands.push_back(std::move(command));
    inbox_->wake();
  }
  return done.get();
}

Result<PostResult> Deliveries::test(const Settings& settings, std::int64_t now_ms) {
  JsonWriter out;
  EntityId id;
  base::fill_random(id.bytes);
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0f) | 0x40);
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
  out.begin_object();
  out.key("eventId").string(id.text());
  out.key("eventType").string("testEvent");
  out.key("entityType").string(settings.ref.type);
  out.key("entityId").string(settings.ref.id.text());
  out.key("entityFQN").string(settings.fqn);
  out.key("changeDescription").raw("{}");
  out.key("timestamp").integer(now_ms);
  out.key("userName").string("system");
  out.end_object();
  const auto answer = std::make_shared<std::promise<PostResult>>();
  std::future<PostResult> result = answer->get_future();
  around_.poster.post(request_for(settings, std::move(out).text(), 0, now_ms),
                      [answer](PostResult got) { answer->set_value(std::move(got)); });
  if (result.wait_for(settings.timeout + 10s) != std::future_status::ready)
    return unavailable("the request was not answered for");
  return result.get();
}

}  // namespace metadata::events
