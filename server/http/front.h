#ifndef METADATA_SERVER_HTTP_FRONT_H
#define METADATA_SERVER_HTTP_FRONT_H

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "http/blocking_pool.h"
#include "http/connection_table.h"
#include "http/keeper.h"
#include "http/tls.h"
#include "http/transport.h"

namespace metadata::server {

/// The transport: sockets of our own in one epoll set, and few threads that wait for it.
///
/// An event wakes one thread, which goes on with that connection until it would block, and runs the handler itself when
/// that will not wait; else a thread of the pool does. A keeper looks after deadlines. docs/architecture.md has more.
class Front final : public Transport {
 public:
  explicit Front(TransportOptions options);
  ~Front() override;

  Error start(Handler handler, Refusal refusal) override;
  Error reload() override;
  void stop() override;
  int port() const override { return port_; }
  std::vector<std::string> addresses() const override;

 private:
  enum class On { IoThread, PoolThread };

  struct Listener {
    std::string host;
    std::mutex mutex;
    int socket = -1;  // guarded by mutex; -1 once closed
  };
  struct IoThread {
    std::thread thread;
    std::atomic<bool> ended{false};
  };

  Error listen();
  Error listen_on(const std::string& host);
  Error make_epoll();

  // accepting
  void accept_some(Listener& listener);
  void admit(int socket, const sockaddr_storage& from);
  void rearm(Listener& listener, std::uint32_t number);

  // serving
  void add_io_thread(bool spare);
  void run_io(bool spare, std::atomic<bool>& ended);
  void on_event(std::uint64_t tag, std::uint32_t events);
  void go_on(Connection& connection, std::unique_lock<std::mutex> lock, On on);
  void go_on_until_it_waits(Connection& connection, std::unique_lock<std::mutex>& lock, On on);
  bool hand_over(Connection& connection, On on);
  class InHandler;
  void run_handler(Connection& connection, std::unique_lock<std::mutex>& lock, On on);
  void wake_held(std::uint32_t number, std::uint32_t generation);
  void wait_for(Connection& connection, std::uint32_t events);
  void close(Connection& connection);

  // the keeper's look
  Ticks look(Ticks now);
  Ticks look_at(Connection& connection, Ticks now);
  void look_at_threads();

  // the end
  void close_listeners();
  void drain();

  const TransportOptions options_;
  ConnectionShared shared_;
  Handler handler_;
  std::unique_ptr<TlsContext> tls_;
  std::unique_ptr<ConnectionTable> table_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  int port_ = 0;
  int epoll_ = -1;
  int stop_event_ = -1;
  bool started_ = false;

  BlockingPool pool_;
  Keeper keeper_;
  std::mutex io_mutex_;
  std::list<IoThread> io_threads_;        // guarded by io_mutex_
  std::atomic<std::size_t> io_count_{0};  // I/O threads that live
  std::atomic<std::size_t> io_held_{0};   // of those, in a handler
  std::atomic<std::size_t> handling_{0};  // handlers that run or wait for a thread
  std::atomic<std::uint64_t> handled_{0};
  std::atomic<bool> held_up_{false};        // handlers hold all I/O threads: the pool runs every request
  std::uint64_t handled_before_ = 0;        // of the keeper: at its last look
  std::atomic<bool> accept_paused_{false};  // no descriptor was left
  std::atomic<bool> stopping_{false};
};

}  // namespace metadata::server

#endif  // METADATA_SERVER_HTTP_FRONT_H
