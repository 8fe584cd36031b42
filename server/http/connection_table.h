#ifndef METADATA_SERVER_HTTP_CONNECTION_TABLE_H
#define METADATA_SERVER_HTTP_CONNECTION_TABLE_H

#include <sys/socket.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "http/connection.h"

namespace metadata::server {

/// The connections of a front, each at its place, and how many there may be. Safe for use from many threads.
///
/// A Connection is made when its place is first needed and used again afterwards, so that a pointer to one is always
/// good; its generation tells whether it is still the same client.
class ConnectionTable {
 public:
  /// A place for a new client, or that it must be turned away.
  enum class Admitted { Yes, Refuse, Drop };

  ConnectionTable(ConnectionShared& shared, std::size_t max_connections, std::size_t max_per_address);

  /// Refuse: there is a place, but only to say no from. Drop: not even that.
  Admitted admit(const sockaddr_storage& from, Connection*& place);
  /// Closes a connection and frees its place. The caller holds its mutex.
  void close(Connection& connection);
  /// Closes the connection that has been idle for longest; false when none is idle. While those that have never asked
  /// for anything hold more than half of the places, it is one of them: a flood of connects pushes out no client at
  /// work.
  bool close_an_idle_one();

  /// The connection at a place that an event names, whether or not it is still the same client.
  Connection& at(std::uint32_t number) const { return *places_[number]; }
  /// Places that were ever used: 0 up to this.
  std::uint32_t used() const { return used_.load(std::memory_order_acquire); }
  std::size_t live() const { return live_.load(); }

 private:
  struct Idle {
    std::uint64_t turn;
    std::uint32_t number;
    std::uint32_t generation;
    bool has_asked;
  };

  Connection* take_place();
  void find_idle();

  ConnectionShared& shared_;
  const std::size_t max_connections_;
  const std::size_t max_per_address_;
  std::vector<std::unique_ptr<Connection>> places_;  // sized once; filled up to used_
  std::atomic<std::uint32_t> used_{0};
  std::atomic<std::size_t> live_{0};

  std::mutex mutex_;
  std::vector<std::uint32_t> free_;                           // guarded by mutex_
  std::unordered_map<std::string, std::size_t> per_address_;  // guarded by mutex_; without loopback

  std::mutex idle_mutex_;
  std::vector<Idle> idle_;  // guarded by idle_mutex_; the longest idle of the last look, the longest at the end
};

}  // namespace metadata::server

#endif  // METADATA_SERVER_HTTP_CONNECTION_TABLE_H
