#include "http/front.h"

#include <malloc.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <exception>
#include <utility>

#include "http/listener.h"

namespace metadata::server {
namespace {

// Tags of events: a connection's place and generation, or one of these in the upper half.
constexpr std::uint64_t kListenerTag = std::uint64_t{0xffffffff} << 32;
constexpr std::uint64_t kStopTag = ~std::uint64_t{0};
// A client that sends no more is told of with its last bytes. Not while an answer goes out: it would be told again and
// again.
constexpr std::uint32_t kReadable = EPOLLIN | EPOLLRDHUP;
constexpr int kAcceptTurn = 64;
// Requests of one connection in a row, before others have their turn.
constexpr int kRequestTurn = 16;
// While handlers run, the keeper looks this often: for clients that have gone, and for I/O threads that are held up.
constexpr Ticks kWatchMs = 50;
constexpr Ticks kAcceptPauseMs = 100;
constexpr Ticks kTrimAfterMs = 1000;
constexpr int kSpareIdleMs = 2000;

// The soft limit on descriptors is raised to the hard one: it is low by default for the sake of select().
std::size_t descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  if (limit.rlim_cur < limit.rlim_max) {
    rlimit raised = limit;
    raised.rlim_cur = limit.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  return limit.rlim_cur;
}

std::size_t connection_limit(const TransportOptions& options) {
  const std::size_t descriptors = descriptor_limit();
  const std::size_t left = descriptors > options.reserved_descriptors ? descriptors - options.reserved_descriptors : 0;
  return std::max<std::size_t>(std::min(options.max_connections, left), 1);
}

std::size_t io_thread_count(const TransportOptions& options) {
  return options.io_threads != 0 ? options.io_threads : std::max(2U, std::thread::hardware_concurrency());
}

bool is_blocking_method(std::string_view method, std::string_view) {
  return method != "GET" && method != "HEAD" && method != "OPTIONS";
}

TransportOptions with_defaults(TransportOptions options) {
  if (!options.may_block) options.may_block = is_blocking_method;
  return options;
}

TlsFiles tls_files(const TransportOptions& options) {
  return {options.tls_certificate, options.tls_key, options.tls_client_ca};
}

}  // namespace

Front::Front(TransportOptions options)
    : options_(with_defaults(std::move(options))),
      shared_(options_),
      pool_(std::max<std::size_t>(options_.blocking_threads, 1)),
      keeper_([this](Ticks now) { return look(now); }) {}

Front::~Front() {
  stop();
  if (epoll_ >= 0) ::close(epoll_);
  if (stop_event_ >= 0) ::close(stop_event_);
}

Error Front::start(Handler handler, Refusal refusal) {
  handler_ = std::move(handler);
  shared_.refusal = std::move(refusal);
  if (!options_.tls_certificate.empty()) {
    // OpenSSL writes to sockets by itself: a client that goes away must not end the process.
    std::signal(SIGPIPE, SIG_IGN);
    tls_ = std::make_unique<TlsContext>();
    MD_OK(reload());
  }
  table_ = std::make_unique<ConnectionTable>(shared_, connection_limit(options_), options_.max_connections_per_address);
  MD_OK(make_epoll());
  MD_OK(listen());
  started_ = true;
  for (std::size_t i = 0; i < io_thread_count(options_); ++i) add_io_thread(false);
  keeper_.start();
  return {};
}

Error Front::reload() {
  if (!tls_) return {};
  return tls_->load(tls_files(options_));
}

std::vector<std::string> Front::addresses() const {
  std::vector<std::string> out;
  for (const auto& listener : listeners_) out.push_back(address_text(listener->host, port_));
  return out;
}

Error Front::make_epoll() {
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  stop_event_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  epoll_event event{};
  event.events = EPOLLIN;  // never read, so that it wakes every thread
  event.data.u64 = kStopTag;
  if (epoll_ < 0 || stop_event_ < 0 || ::epoll_ctl(epoll_, EPOLL_CTL_ADD, stop_event_, &event) != 0) {
    return unavailable("the system gives no epoll descriptor");
  }
  return {};
}

Error Front::listen() {
  port_ = options_.port;
  if (!options_.hosts.empty()) {
    for (const std::string& host : options_.hosts) MD_OK(listen_on(host));
    return {};
  }
  MD_OK(listen_on("127.0.0.1"));
  // A machine without IPv6 still has a loopback.
  const Error v6 = listen_on("::1");
  return v6.code() == Code::InvalidArgument ? Error{} : v6;
}

Error Front::listen_on(const std::string& host) {
  MD_LET(socket, open_listener(host, port_, options_.backlog));
  if (port_ == 0) port_ = local_port(socket);
  auto listener = std::make_unique<Listener>();
  listener->host = host;
  listener->socket = socket;
  epoll_event event{};
  event.events = EPOLLIN | EPOLLONESHOT;
  event.data.u64 = kListenerTag | listeners_.size();
  listeners_.push_back(std::move(listener));
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event) != 0) return unavailable("epoll takes no listener");
  return {};
}

// --- accepting

void Front::rearm(Listener& listener, std::uint32_t number) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLONESHOT;
  event.data.u64 = kListenerTag | number;
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, listener.socket, &event);
}

void Front::accept_some(Listener& listener) {
  for (int i = 0; i < kAcceptTurn; ++i) {
    sockaddr_storage from{};
    socklen_t length = sizeof from;
    const int socket =
        ::accept4(listener.socket, reinterpret_cast<sockaddr*>(&from), &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket >= 0) {
      admit(socket, from);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return;
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      if (table_->close_an_idle_one()) continue;
      // The newcomers wait in the backlog; trying again at once would burn a core.
      accept_paused_ = true;
      keeper_.look_by(ticks_now() + kAcceptPauseMs);
      return;
    }
    // Any other error is one of that one connection, which has gone again.
  }
}

void Front::admit(int socket, const sockaddr_storage& from) {
  Connection* place = nullptr;
  const auto admitted = shared_.draining ? ConnectionTable::Admitted::Drop : table_->admit(from, place);
  if (admitted == ConnectionTable::Admitted::Drop) {
    ::close(socket);
    return;
  }
  const int yes = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  std::unique_lock lock(place->mutex);
  const bool refuse = admitted == ConnectionTable::Admitted::Refuse;
  // Whom there is no room for gets no handshake either: a refusal over TLS costs more than what it refuses.
  auto session = tls_ && !refuse ? tls_->session(socket) : nullptr;
  place->open(socket, peer_text(from), std::move(session), ticks_now());
  epoll_event event{};
  event.data.u64 = std::uint64_t{place->generation()} << 32 | place->number();
  event.events = EPOLLONESHOT | (refuse ? 0U : kReadable);
  const bool lost = tls_ && (refuse || place->state() != Connection::State::Handshake);
  if (lost || ::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event) != 0) {
    close(*place);
    return;
  }
  keeper_.look_by(place->deadline());
  if (!refuse) return;
  place->refuse({503, "too many connections: try again"});
  go_on(*place, std::move(lock), On::PoolThread);
}

// --- serving

void Front::add_io_thread(bool spare) {
  const std::lock_guard lock(io_mutex_);
  io_threads_.remove_if([](IoThread& io) {
    if (!io.ended) return false;
    io.thread.join();
    return true;
  });
  IoThread& io = io_threads_.emplace_back();
  ++io_count_;
  io.thread = std::thread([this, spare, &io] { run_io(spare, io.ended); });
}

void Front::run_io(bool spare, std::atomic<bool>& ended) {
  while (!stopping_) {
    // One event at a time: a second one would wait here behind the first one's handler.
    epoll_event event{};
    const int count = ::epoll_wait(epoll_, &event, 1, spare ? kSpareIdleMs : -1);
    if (count > 0 && event.data.u64 != kStopTag) on_event(event.data.u64, event.events);
    if (count == 0) break;
  }
  --io_count_;
  ended = true;
}

void Front::on_event(std::uint64_t tag, std::uint32_t events) {
  const auto number = static_cast<std::uint32_t>(tag);
  const auto generation = static_cast<std::uint32_t>(tag >> 32);
  if ((tag & kListenerTag) == kListenerTag) {
    Listener& listener = *listeners_[number];
    const std::lock_guard lock(listener.mutex);
    if (listener.socket < 0) return;
    accept_some(listener);
    if (!accept_paused_) rearm(listener, number);
    return;
  }
  Connection& connection = table_->at(number);
  std::unique_lock lock(connection.mutex);
  // It may have been closed, and its place taken, while this event was on its way.
  if (connection.generation() != generation) return;
  if ((events & EPOLLRDHUP) != 0) connection.note_half_closed();
  go_on(connection, std::move(lock), On::IoThread);
}

void Front::go_on(Connection& connection, std::unique_lock<std::mutex> lock, On on) {
  try {
    go_on_until_it_waits(connection, lock, on);
  } catch (const std::exception&) {
    // Out of memory: this client is lost, the others are not.
    if (!lock.owns_lock()) lock.lock();
    close(connection);
  }
}

void Front::go_on_until_it_waits(Connection& connection, std::unique_lock<std::mutex>& lock, On on) {
  for (int handled = 0;;) {
    switch (connection.advance(ticks_now())) {
      case Connection::Want::Read:
        return wait_for(connection, kReadable);
      case Connection::Want::Write:
        return wait_for(connection, EPOLLOUT);
      case Connection::Want::Again:
        return wait_for(connection, EPOLLIN | EPOLLOUT);
      case Connection::Want::Close:
        return close(connection);
      case Connection::Want::Handle:
        break;
    }
    if (hand_over(connection, on)) return;
    run_handler(connection, lock, on);
    if (++handled == kRequestTurn) return wait_for(connection, EPOLLIN | EPOLLOUT);
  }
}

// A request that may wait goes to the pool, and any while others wait here; one that is there already stays.
bool Front::hand_over(Connection& connection, On on) {
  const Request& request = connection.request();
  if (on == On::PoolThread) return false;
  if (!held_up_.load(std::memory_order_relaxed) && !options_.may_block(request.method, request.target)) return false;
  ++handling_;
  keeper_.look_by(ticks_now() + kWatchMs);
  pool_.submit([this, &connection] {
    --handling_;
    // Nobody else touches a connection whose request is handled.
    go_on(connection, std::unique_lock(connection.mutex), On::PoolThread);
  });
  return true;
}

// Counts a handler while it runs.
class Front::InHandler {
 public:
  InHandler(Front& front, On on) : front_(front), held_(on == On::IoThread ? 1 : 0) {
    ++front_.handling_;
    front_.io_held_ += held_;
    front_.keeper_.look_by(ticks_now() + kWatchMs);
  }
  ~InHandler() {
    front_.io_held_ -= held_;
    --front_.handling_;
    ++front_.handled_;
  }
  InHandler(const InHandler&) = delete;
  InHandler& operator=(const InHandler&) = delete;

 private:
  Front& front_;  // not owned
  const std::size_t held_;
};

void Front::run_handler(Connection& connection, std::unique_lock<std::mutex>& lock, On on) {
  lock.unlock();
  {
    const InHandler counted(*this, on);
    connection.prepare(handler_(connection.request()));
  }
  lock.lock();
  connection.begin_writing(
      [this, number = connection.number(), generation = connection.generation()] { wake_held(number, generation); });
}

// By whoever fills an answer that comes later. An I/O thread goes on with the connection.
void Front::wake_held(std::uint32_t number, std::uint32_t generation) {
  Connection& connection = table_->at(number);
  const std::unique_lock lock(connection.mutex);
  if (connection.generation() != generation || connection.state() != Connection::State::Holding) return;
  connection.note_held_answer(ticks_now());
  wait_for(connection, kReadable | EPOLLOUT);
}

void Front::wait_for(Connection& connection, std::uint32_t events) {
  epoll_event event{};
  event.events = events | EPOLLONESHOT;
  event.data.u64 = std::uint64_t{connection.generation()} << 32 | connection.number();
  const Ticks deadline = connection.deadline();
  if (::epoll_ctl(epoll_, EPOLL_CTL_MOD, connection.socket(), &event) != 0) return close(connection);
  keeper_.look_by(deadline);
}

void Front::close(Connection& connection) {
  if (connection.socket() >= 0) table_->close(connection);
}

// --- the keeper's look

Ticks Front::look(Ticks now) {
  Ticks next = kNever;
  for (std::uint32_t number = 0; number < table_->used(); ++number) {
    next = std::min(next, look_at(table_->at(number), now));
  }
  if (handling_ > 0 || handled_before_ != handled_) next = std::min(next, now + kWatchMs);
  look_at_threads();
  if (accept_paused_.exchange(false)) {
    for (std::uint32_t number = 0; number < listeners_.size(); ++number) {
      const std::lock_guard lock(listeners_[number]->mutex);
      if (listeners_[number]->socket >= 0) rearm(*listeners_[number], number);
    }
  }
  if (shared_.budget.was_large()) {
    next = std::min(next, now + kTrimAfterMs);
    // What large bodies left behind goes back to the system, once and when all are gone.
    if (shared_.budget.take_calm()) ::malloc_trim(0);
  }
  return next;
}

Ticks Front::look_at(Connection& connection, Ticks now) {
  const Connection::State state = connection.state();
  if (state == Connection::State::Free) return kNever;
  if (state != Connection::State::Handling && connection.deadline() > now) return connection.deadline();
  std::unique_lock lock(connection.mutex, std::try_to_lock);
  // Whoever holds it goes on with it this very moment.
  if (!lock) return now + kWatchMs;
  if (connection.state() == Connection::State::Handling) {
    connection.look_for_client(now);
    return now + kWatchMs;
  }
  if (connection.state() == Connection::State::Free || connection.deadline() > now) return connection.deadline();
  if (connection.expire()) {
    go_on(connection, std::move(lock), On::PoolThread);
  } else {
    close(connection);
  }
  return kNever;
}

// Handlers that run where connections are read may turn out to wait. When they hold all of these threads and none has
// finished since the last look, a thread is added, and until they are done the pool runs whatever else comes.
void Front::look_at_threads() {
  const std::uint64_t handled = handled_;
  const std::size_t held = io_held_;
  const bool stuck = handled == handled_before_ && held > 0 && held >= io_count_;
  handled_before_ = handled;
  if (held == 0) held_up_ = false;
  if (!stuck || stopping_) return;
  held_up_ = true;
  if (io_count_ < io_thread_count(options_) + options_.spare_io_threads) add_io_thread(true);
}

// --- the end

void Front::close_listeners() {
  for (const auto& listener : listeners_) {
    const std::lock_guard lock(listener->mutex);
    if (listener->socket >= 0) ::close(listener->socket);
    listener->socket = -1;
  }
}

void Front::drain() {
  shared_.draining = true;
  const Ticks end = ticks_now() + ticks(options_.drain_timeout);
  for (Ticks now = ticks_now(); table_->live() > 0; now = ticks_now()) {
    for (std::uint32_t number = 0; number < table_->used(); ++number) {
      Connection& connection = table_->at(number);
      std::unique_lock lock(connection.mutex);
      if (connection.state() == Connection::State::Free) continue;
      if (now >= end && connection.state() == Connection::State::Handling) connection.give_up();
      const bool over = now >= end && connection.state() != Connection::State::Handling;
      if (over || connection.drain(now)) close(connection);
      keeper_.look_by(connection.deadline());
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

void Front::stop() {
  if (!started_) {
    close_listeners();
    return;
  }
  started_ = false;
  close_listeners();
  drain();
  stopping_ = true;
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(stop_event_, &one, sizeof one);
  keeper_.stop();
  pool_.stop();
  const std::lock_guard lock(io_mutex_);
  for (IoThread& io : io_threads_) io.thread.join();
  io_threads_.clear();
}

Error check_certificates(const TransportOptions& options) {
  return options.tls_certificate.empty() ? Error() : TlsContext().load(tls_files(options));
}

std::unique_ptr<Transport> make_transport(TransportOptions options) {
  return std::make_unique<Front>(std::move(options));
}

}  // namespace metadata::server
