#include "http/connection_table.h"

#include <algorithm>

#include "http/listener.h"

namespace metadata::server {
namespace {

// Places beyond the bound, from which a 503 can be said in an orderly way.
constexpr std::size_t kRefusalPlaces = 32;
// One look at all connections serves so many newcomers.
constexpr std::size_t kIdleBatch = 64;

}  // namespace

ConnectionTable::ConnectionTable(ConnectionShared& shared, std::size_t max_connections, std::size_t max_per_address)
    : shared_(shared),
      max_connections_(max_connections),
      max_per_address_(max_per_address),
      places_(max_connections + kRefusalPlaces) {}

Connection* ConnectionTable::take_place() {
  if (!free_.empty()) {
    const std::uint32_t number = free_.back();
    free_.pop_back();
    return places_[number].get();
  }
  const std::uint32_t number = used_.load(std::memory_order_relaxed);
  if (number == places_.size()) return nullptr;
  places_[number] = std::make_unique<Connection>(shared_, number);
  used_.store(number + 1, std::memory_order_release);
  return places_[number].get();
}

ConnectionTable::Admitted ConnectionTable::admit(const sockaddr_storage& from, Connection*& place) {
  const bool full = live_.load() >= max_connections_ && !close_an_idle_one();
  const std::lock_guard lock(mutex_);
  place = take_place();
  if (place == nullptr) return Admitted::Drop;
  ++live_;
  if (is_loopback_address(from)) return full ? Admitted::Refuse : Admitted::Yes;
  const std::size_t count = ++per_address_[peer_text(from)];
  return full || count > max_per_address_ ? Admitted::Refuse : Admitted::Yes;
}

void ConnectionTable::close(Connection& connection) {
  const std::string peer = connection.peer();
  connection.close();
  const std::lock_guard lock(mutex_);
  free_.push_back(connection.number());
  --live_;
  const auto counted = per_address_.find(peer);
  if (counted != per_address_.end() && --counted->second == 0) per_address_.erase(counted);
}

void ConnectionTable::find_idle() {
  idle_.clear();
  for (std::uint32_t number = 0; number < used(); ++number) {
    const Connection& connection = at(number);
    const std::uint64_t turn = connection.idle_turn();
    if (turn != Connection::kNotIdle) {
      idle_.push_back({turn, number, connection.generation(), connection.has_asked()});
    }
  }
  std::size_t kept = std::min(idle_.size(), kIdleBatch);
  const auto asked = std::partition(idle_.begin(), idle_.end(), [](const Idle& idle) { return !idle.has_asked; });
  const auto silent = static_cast<std::size_t>(asked - idle_.begin());
  const std::size_t half = max_connections_ / 2;
  if (silent > half) {
    idle_.erase(asked, idle_.end());
    // Most of those whom they make room for are silent as well, so that a few more than are too many now will go.
    kept = std::min(std::max(silent - half, half / 8), kIdleBatch);
  }
  const auto later = [](const Idle& a, const Idle& b) { return a.turn < b.turn; };
  std::partial_sort(idle_.begin(), idle_.begin() + static_cast<std::ptrdiff_t>(kept), idle_.end(), later);
  idle_.resize(kept);
  std::reverse(idle_.begin(), idle_.end());
}

bool ConnectionTable::close_an_idle_one() {
  const std::lock_guard lock(idle_mutex_);
  for (int looks = 0; looks < 2; ++looks) {
    while (!idle_.empty()) {
      const Idle oldest = idle_.back();
      idle_.pop_back();
      Connection& connection = at(oldest.number);
      const std::unique_lock held(connection.mutex, std::try_to_lock);
      // Since the look it may have spoken, or have been followed by another client.
      if (!held || connection.generation() != oldest.generation || connection.idle_turn() != oldest.turn) continue;
      close(connection);
      return true;
    }
    if (looks == 0) find_idle();
  }
  return false;
}

}  // namespace metadata::server
