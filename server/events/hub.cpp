#include "events/hub.h"

#include <algorithm>

#include "render/error.h"
#include "render/events.h"

namespace metadata::server {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMostWaiters = 512;
constexpr std::size_t kMostOfOne = 64;
constexpr std::size_t kPiece = 100;  // events of a stream that are under way at once
constexpr auto kHeartbeat = 15s;
constexpr auto kStreamLife = 1h;

}  // namespace

struct EventHub::Waiter {
  EventWish wish;
  std::shared_ptr<Hold> hold;
  Time ends;
  Time heartbeat;
};

EventHub::EventHub(Catalog& catalog) : catalog_(catalog), bell_(catalog.events().bell([this] { notify(); })) {
  thread_ = std::thread([this] { run(); });
}

EventHub::~EventHub() { stop(); }

void EventHub::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  notify();
  if (thread_.joinable()) thread_.join();
}

void EventHub::notify() {
  {
    const std::lock_guard lock(notice_mutex_);
    noticed_ = true;
  }
  called_.notify_one();
}

Result<std::shared_ptr<Hold>> EventHub::wait(EventWish wish, std::chrono::milliseconds time) {
  return add(Hold::Kind::Whole, std::move(wish), time);
}

Result<std::shared_ptr<Hold>> EventHub::stream(EventWish wish) {
  wish.query.limit = std::min(wish.query.limit, kPiece);
  return add(Hold::Kind::Pieces, std::move(wish), kStreamLife);
}

Result<std::shared_ptr<Hold>> EventHub::add(Hold::Kind kind, EventWish wish, std::chrono::milliseconds time) {
  auto waiter = std::make_shared<Waiter>();
  waiter->wish = std::move(wish);
  waiter->wish.query.interrupt = {};  // that of the request, which is over
  waiter->hold = std::make_shared<Hold>(kind, [this] { notify(); });
  const Time now = std::chrono::steady_clock::now();
  waiter->ends = now + time;
  waiter->heartbeat = now;  // the first one tells the client that it is connected
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(waiters_, [](const auto& one) { return one->hold->is_gone(); });
    const auto same = std::count_if(waiters_.begin(), waiters_.end(),
                                    [&](const auto& one) { return one->wish.who == waiter->wish.who; });
    if (stopping_) return unavailable("the server is stopping");
    if (waiters_.size() >= kMostWaiters || static_cast<std::size_t>(same) >= kMostOfOne) {
      return Error(Code::RateLimited, "too many requests wait for events: at most " + std::to_string(kMostOfOne) +
                                          " of one principal and " + std::to_string(kMostWaiters) + " in all");
    }
    waiters_.push_back(waiter);
  }
  notify();
  return waiter->hold;
}

/// As read(), by the rights that the principal has now: they may have changed since it began to wait.
Result<EventPage> EventHub::page_for(EventWish& wish) {
  if (catalog_.events().end() <= wish.after) return EventPage{{}, wish.after, true};
  const Principal::Kind kind = wish.query.as.kind;
  if (kind != Principal::Kind::Embedded) {
    auto now = catalog_.access().principal(wish.query.as.name);
    if (!now.ok()) return now.error();
    wish.query.as = *std::move(now);
  }
  return catalog_.events().read(wish.after, wish.query);
}

bool EventHub::serve_poll(Waiter& waiter, Time now, bool& more) {
  auto page = page_for(waiter.wish);
  if (!page.ok()) {
    const Response failed = render::error(page.error());
    waiter.hold->answer(failed.status, failed.body);
    return false;
  }
  waiter.wish.after = page->position;
  more = more || !page->at_end;
  if (page->events.empty() && now < waiter.ends) return true;
  waiter.hold->answer(200, render::event_page(*page, waiter.wish.dialect));
  return false;
}

bool EventHub::serve_stream(Waiter& waiter, Time now, bool& more) {
  if (!waiter.hold->is_sent()) return true;
  auto page = page_for(waiter.wish);
  if (!page.ok() || now >= waiter.ends) {
    waiter.hold->finish();
    return false;
  }
  waiter.wish.after = page->position;
  std::string text;
  for (const ChangeEvent& event : page->events) {
    text.append("id: ").append(std::to_string(event.seq)).append("\ndata: ");
    text.append(render::event(event, waiter.wish.dialect)).append("\n\n");
  }
  if (text.empty() && now >= waiter.heartbeat) text = "id: " + std::to_string(page->position) + "\n: nothing new\n\n";
  if (!text.empty()) {
    waiter.heartbeat = now + kHeartbeat;
    waiter.hold->add(std::move(text));
  } else {
    more = more || !page->at_end;
  }
  return true;
}

bool EventHub::serve(Waiter& waiter, Time now, bool& more) {
  if (waiter.hold->is_gone()) return false;
  return waiter.hold->kind() == Hold::Kind::Whole ? serve_poll(waiter, now, more) : serve_stream(waiter, now, more);
}

void EventHub::run() {
  while (true) {
    std::vector<std::shared_ptr<Waiter>> waiters;
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) break;
      waiters = waiters_;
    }
    const Time now = std::chrono::steady_clock::now();
    const Seq end = catalog_.events().end();
    Time due = Time::max();
    bool more = false;
    for (auto& waiter : waiters) {
      if (serve(*waiter, now, more)) {
        due =
            std::min({due, waiter->ends, waiter->hold->kind() == Hold::Kind::Pieces ? waiter->heartbeat : Time::max()});
      } else {
        const std::lock_guard lock(mutex_);
        std::erase(waiters_, waiter);
      }
    }
    const bool nobody = due == Time::max();
    if (more) continue;
    // Nobody waits: writers need not ring.
    if (!nobody) bell_->set(end);
    std::unique_lock lock(notice_mutex_);
    const auto noticed = [this] { return noticed_; };
    if (nobody) {
      called_.wait(lock, noticed);
    } else {
      // A reader that is not done with its piece is told of by its hold: its heartbeat must not make this spin.
      called_.wait_until(lock, std::max(due, now + 50ms), noticed);
    }
    noticed_ = false;
  }
  const std::lock_guard lock(mutex_);
  for (auto& waiter : waiters_) {
    if (waiter->hold->kind() == Hold::Kind::Whole) {
      waiter->hold->answer(200, render::event_page({{}, waiter->wish.after, true}, waiter->wish.dialect));
    } else {
      waiter->hold->finish();
    }
  }
  waiters_.clear();
}

}  // namespace metadata::server
