#ifndef METADATA_SERVER_HTTP_CONNECTION_H
#define METADATA_SERVER_HTTP_CONNECTION_H

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "http/budget.h"
#include "http/chunked.h"
#include "http/head.h"
#include "http/hold.h"
#include "http/httplib_answer.h"
#include "http/ticks.h"
#include "http/tls.h"
#include "http/transport.h"

namespace metadata::server {

/// What all connections of one front have in common.
struct ConnectionShared {
  explicit ConnectionShared(const TransportOptions& from);

  const TransportOptions& options;  // not owned; must outlive this
  const HeadLimits limits;
  Budget budget;
  HttplibAnswer answers;
  Transport::Refusal refusal;
  std::atomic<bool> draining{false};  ///< every answer is now the last one of its connection
  /// How often a connection fell idle. A count, for many do within one tick of the clock; a line of its own, for
  /// every request writes it.
  alignas(64) std::atomic<std::uint64_t> idle_turns{0};
};

/// One client: its socket, the bytes that have come and those that are to go, and how far its request is.
///
/// Knows neither threads nor epoll: advance() does what can be done without waiting and says what to wait for. All
/// members are for who holds `mutex`, but for the atomics, and for request() and prepare() while the state is Handling.
class Connection {
 public:
  enum class State : std::uint8_t { Free, Handshake, Reading, Handling, Holding, Writing, Lingering };
  static constexpr std::uint64_t kNotIdle = std::numeric_limits<std::uint64_t>::max();
  enum class Want { Read, Write, Again, Handle, Close };

  /// `number` is its place in the table.
  Connection(ConnectionShared& shared, std::uint32_t number)
      : shared_(shared), number_(number), share_(shared.budget) {}
  ~Connection() { close(); }

  /// Takes over a socket. `tls` is null for plain HTTP.
  void open(int socket, std::string peer, std::unique_ptr<TlsSession> tls, Ticks now);
  /// Closes the socket and gives the memory back; from now on another generation (of 31 bits).
  void close();

  /// Goes on until the socket would block, a request is whole (Handle), or the connection is at its end (Close).
  /// Again: there is more to do at once, but others must have their turn.
  Want advance(Ticks now);
  /// The deadline has passed. False: close; true: an answer is on its way, advance().
  bool expire();
  /// Refuses whatever comes, and closes after the answer.
  void refuse(Refused refused);

  /// The request that is whole, while the state is Handling.
  const Request& request() const { return head_.request; }
  /// Makes the bytes of its answer.
  void prepare(Response response);
  /// The answer is prepared: lets advance() send it, or wait for it. `wake` makes somebody call advance() when there is
  /// something to send of an answer that comes later.
  void begin_writing(const std::function<void()>& wake = {});

  /// There is something to send of an answer that comes later; a socket that is full already must take it in time, too.
  void note_held_answer(Ticks now);
  /// Looks whether the client has gone while its request is handled.
  void look_for_client(Ticks now);
  /// Ends what is idle, and gives little time to what is not whole. True: close.
  bool drain(Ticks now);

  int socket() const { return socket_; }
  std::uint32_t number() const { return number_; }
  std::uint32_t generation() const { return generation_.load(std::memory_order_relaxed); }
  const std::string& peer() const { return peer_; }

  State state() const { return state_.load(std::memory_order_relaxed); }
  /// When something is to be done even if no byte comes.
  Ticks deadline() const { return deadline_.load(); }
  /// Its turn in the order in which connections fell idle; kNotIdle while a request is under way.
  std::uint64_t idle_turn() const { return idle_turn_.load(std::memory_order_relaxed); }
  /// It has asked for something since it connected.
  bool has_asked() const { return has_asked_.load(std::memory_order_relaxed); }
  /// The client sends no more: it wants the last answer, or it has gone.
  void note_half_closed() { says_no_more_ = true; }
  /// The client is gone, or shall be taken for gone.
  void give_up() { gone_ = true; }

  std::mutex mutex;

 private:
  enum class Progress { More, Whole, Refused };

  Want shake_hands(Ticks now);
  Want read_on(Ticks now, std::size_t& allowance);
  Want hold_on(Ticks now);
  Want listen_while_held();
  Want write_on(Ticks now);
  Want linger(Ticks now);
  Progress take_request(Ticks now);
  Progress take_head(Ticks now);
  Progress take_body();
  Progress refused(int status, std::string message);
  bool send_continue();
  void compress(Response& response) const;
  Io receive(std::string& scratch);
  Io send_some();
  Want wait_to_send(const Io& io, Ticks now);
  bool was_left() const;
  void set_reading_deadline(Ticks now);
  void forget_request();
  std::string_view rest() const { return std::string_view(in_).substr(in_at_); }
  void take(std::size_t bytes);

  ConnectionShared& shared_;
  const std::uint32_t number_;
  std::atomic<State> state_{State::Free};
  std::atomic<Ticks> deadline_{kNever};
  std::atomic<std::uint64_t> idle_turn_{kNotIdle};
  std::atomic<bool> has_asked_{false};
  std::atomic<bool> gone_{false};
  std::atomic<std::uint32_t> generation_{0};

  int socket_ = -1;
  std::string peer_;
  std::unique_ptr<TlsSession> tls_;

  std::string in_;  // bytes that have come; those before in_at_ are done with
  std::size_t in_at_ = 0;
  HeadScan scan_;
  Head head_;  // of the request under way, once has_head_
  ChunkDecoder decoder_;
  bool has_head_ = false;
  bool continued_ = false;  // 100 Continue is sent
  Share share_;             // of the budget: the body, then the answer
  Ticks began_ = 0;         // the first byte of the head, or the body's begin
  Ticks heard_ = 0;         // the last bytes

  std::string out_;  // bytes to go, from out_at_ on
  std::size_t out_at_ = 0;
  std::size_t out_mark_ = 0;    // where the write deadline was set
  std::shared_ptr<Hold> hold_;  // an answer that comes later
  Response held_;               // its head
  bool last_answer_ = false;    // close after it
  bool refused_ = false;        // there may be bytes to come that nobody reads
  std::size_t discarded_ = 0;
  Ticks half_closed_ = 0;      // when that was seen, while Handling
  bool says_no_more_ = false;  // the client has closed its sending side
};

}  // namespace metadata::server

#endif  // METADATA_SERVER_HTTP_CONNECTION_H
