#include "http/connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "http/gzip.h"

namespace metadata::server {
namespace {

constexpr std::size_t kReadBytes = 65536;
// A fast sender lets others have their turn after this much.
constexpr std::size_t kReadTurn = std::size_t{1} << 20;
// Buffers of idle connections are given back when they are larger.
constexpr std::size_t kKeptBytes = 4096;
// A body's buffer is made for all of it, announced or allowed, once this much has really come. Growing it by doubling
// would leave as much behind in the heap.
constexpr std::size_t kBelievedLength = 65536;
constexpr std::size_t kBelievedChunks = std::size_t{256} << 10;
constexpr std::size_t kWriteStep = 65536;
// After a refusal what the client still sends is thrown away for so long and so much, so that it can read the answer.
constexpr Ticks kLingerMs = 2000;
constexpr std::size_t kLingerBytes = std::size_t{64} << 20;
constexpr Ticks kHalfClosedMs = 500;
constexpr Ticks kDrainIncompleteMs = 1000;
constexpr char kHsts[] = "Strict-Transport-Security";
constexpr char kHstsYear[] = "max-age=31536000";
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

std::string& scratch() {
  thread_local std::string buffer(kReadBytes, '\0');
  return buffer;
}

void give_back(std::string& text) {
  if (text.capacity() > kKeptBytes) {
    std::string().swap(text);
  } else {
    text.clear();
  }
}

Io of_errno() {
  if (errno == EAGAIN || errno == EWOULDBLOCK) return {Io::Kind::WantRead};
  return {Io::Kind::Failed};
}

// The end of the connection is the end of the body: its length is not known, and every client understands it.
std::string head_of_pieces(const Response& response) {
  std::string head = "HTTP/1.1 200 OK\r\nContent-Type: " + response.content_type + "\r\n";
  for (const auto& [name, value] : response.headers) head.append(name).append(": ").append(value).append("\r\n");
  return head + "Connection: close\r\n\r\n";
}

HeadLimits head_limits(const TransportOptions& options) {
  return {options.max_request_line, options.max_head_bytes, options.max_headers, options.max_body_bytes};
}

}  // namespace

ConnectionShared::ConnectionShared(const TransportOptions& from)
    : options(from), limits(head_limits(from)), budget(from.memory_budget_bytes) {}

void Connection::open(int socket, std::string peer, std::unique_ptr<TlsSession> tls, Ticks now) {
  socket_ = socket;
  peer_ = std::move(peer);
  tls_ = std::move(tls);
  heard_ = began_ = now;
  last_answer_ = refused_ = says_no_more_ = false;
  deadline_ = now + ticks(tls_ ? shared_.options.handshake_timeout : shared_.options.header_timeout);
  has_asked_ = false;
  idle_turn_ = shared_.idle_turns++;
  state_ = tls_ ? State::Handshake : State::Reading;
}

void Connection::close() {
  if (socket_ < 0) return;
  if (tls_) tls_->close();
  tls_.reset();
  ::close(socket_);
  socket_ = -1;
  generation_ = (generation_ + 1) & 0x7fffffff;
  forget_request();
  std::string().swap(in_);
  std::string().swap(out_);
  in_at_ = out_at_ = out_mark_ = discarded_ = 0;
  idle_turn_ = kNotIdle;
  deadline_ = kNever;
  state_ = State::Free;
}

Connection::Want Connection::advance(Ticks now) {
  std::size_t allowance = kReadTurn;
  while (true) {
    Want want = Want::Close;
    const State before = state();
    switch (before) {
      case State::Handshake:
        want = shake_hands(now);
        break;
      case State::Reading:
        want = read_on(now, allowance);
        break;
      case State::Holding:
        want = hold_on(now);
        break;
      case State::Writing:
        want = write_on(now);
        break;
      case State::Lingering:
        want = linger(now);
        break;
      case State::Handling:
        return Want::Handle;
      case State::Free:
        return Want::Close;
    }
    if (want != Want::Again || state() == before) return want;
  }
}

Connection::Want Connection::shake_hands(Ticks now) {
  switch (tls_->handshake().kind) {
    case Io::Kind::Done:
      began_ = heard_ = now;
      deadline_ = now + ticks(shared_.options.header_timeout);
      state_ = State::Reading;
      return Want::Again;
    case Io::Kind::WantRead:
      return Want::Read;
    case Io::Kind::WantWrite:
      return Want::Write;
    case Io::Kind::PlainHttp:
      tls_.reset();
      refuse({400, "this port speaks HTTPS"});
      return Want::Again;
    case Io::Kind::Ended:
    case Io::Kind::Failed:
      break;
  }
  return Want::Close;
}

Connection::Want Connection::read_on(Ticks now, std::size_t& allowance) {
  while (true) {
    switch (take_request(now)) {
      case Progress::Whole:
        if (was_left()) return Want::Close;
        has_asked_.store(true, std::memory_order_relaxed);
        idle_turn_.store(kNotIdle, std::memory_order_relaxed);
        deadline_ = kNever;
        half_closed_ = 0;
        gone_ = false;
        head_.request.peer = peer_;
        head_.request.gone = &gone_;
        head_.request.is_secure = tls_ != nullptr;
        state_ = State::Handling;
        return Want::Handle;
      case Progress::Refused:
        return Want::Again;
      case Progress::More:
        break;
    }
    if (allowance == 0) {
      set_reading_deadline(now);
      return Want::Again;
    }
    const Io io = receive(scratch());
    if (io.kind == Io::Kind::WantRead || io.kind == Io::Kind::WantWrite) {
      set_reading_deadline(now);
      return io.kind == Io::Kind::WantRead ? Want::Read : Want::Write;
    }
    if (io.kind != Io::Kind::Done) return Want::Close;
    allowance -= std::min(allowance, io.bytes);
    if (rest().empty() && !has_head_) began_ = now;
    heard_ = now;
    in_.append(scratch(), 0, io.bytes);
  }
}

// A request that waited here for its turn until its client had gone is not worth the work. The moment of the last byte
// is the system's to tell: this thread may have had no time to look.
bool Connection::was_left() const {
  if (!says_no_more_) return false;
  tcp_info info{};
  socklen_t length = sizeof info;
  return ::getsockopt(socket_, IPPROTO_TCP, TCP_INFO, &info, &length) == 0 &&
         info.tcpi_last_data_recv >= static_cast<std::uint32_t>(kHalfClosedMs);
}

Io Connection::receive(std::string& scratch) {
  if (tls_) return tls_->read(scratch.data(), scratch.size());
  while (true) {
    const ssize_t count = ::recv(socket_, scratch.data(), scratch.size(), 0);
    if (count > 0) return {Io::Kind::Done, static_cast<std::size_t>(count)};
    if (count == 0) return {Io::Kind::Ended};
    if (errno != EINTR) return of_errno();
  }
}

void Connection::take(std::size_t bytes) {
  in_at_ += bytes;
  if (in_at_ < in_.size()) return;
  give_back(in_);
  in_at_ = 0;
}

Connection::Progress Connection::refused(int status, std::string message) {
  refuse({status, std::move(message)});
  return Progress::Refused;
}

Connection::Progress Connection::take_request(Ticks now) {
  if (!has_head_) {
    const Progress head = take_head(now);
    if (head != Progress::Whole) return head;
  }
  const Progress body = take_body();
  if (body == Progress::More && head_.expects_continue && !continued_) {
    continued_ = true;
    if (!send_continue()) return refused(408, "the connection does not take the answer to Expect");
  }
  return body;
}

Connection::Progress Connection::take_head(Ticks now) {
  if (rest().empty()) return Progress::More;
  auto scanned = scan_.scan(rest(), shared_.limits);
  if (auto* no = std::get_if<Refused>(&scanned)) return refused(no->status, std::move(no->message));
  const std::size_t length = std::get<std::size_t>(scanned);
  if (length == 0) return Progress::More;
  auto parsed = parse_head(rest().substr(0, length), shared_.limits);
  if (auto* no = std::get_if<Refused>(&parsed)) return refused(no->status, std::move(no->message));
  head_ = std::get<Head>(std::move(parsed));
  take(length);
  has_head_ = true;
  continued_ = false;
  began_ = now;
  decoder_ = ChunkDecoder(shared_.limits.max_body);
  return Progress::Whole;
}

Connection::Progress Connection::take_body() {
  std::string& body = head_.request.body;
  bool whole = true;
  if (head_.chunked) {
    if (body.size() > kBelievedChunks) body.reserve(shared_.limits.max_body);
    std::string_view bytes = rest();
    const ChunkDecoder::Step step = decoder_.feed(bytes, body);
    take(rest().size() - bytes.size());
    if (step == ChunkDecoder::Step::Bad) return refused(400, "the body is not in the chunked form");
    if (step == ChunkDecoder::Step::TooLarge) {
      return refused(413, "the body is larger than " + std::to_string(shared_.limits.max_body) + " bytes");
    }
    whole = step == ChunkDecoder::Step::Done;
  } else if (head_.content_length > 0) {
    const std::size_t count = std::min(head_.content_length - body.size(), rest().size());
    if (body.size() + count > kBelievedLength) body.reserve(head_.content_length);
    body.append(rest().substr(0, count));
    take(count);
    whole = body.size() == head_.content_length;
  }
  if (!share_.grow_to(body.size())) return refused(503, "too many large requests at once: try again");
  return whole ? Progress::Whole : Progress::More;
}

bool Connection::send_continue() {
  // So few bytes fit into any socket's buffer; a client that lets that fill up is not waited for.
  const Io io = tls_ ? tls_->write(kContinue.data(), kContinue.size()) : Io{};
  if (tls_) return io.kind == Io::Kind::Done && io.bytes == kContinue.size();
  return ::send(socket_, kContinue.data(), kContinue.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(kContinue.size());
}

void Connection::set_reading_deadline(Ticks now) {
  const TransportOptions& options = shared_.options;
  if (has_head_) {
    const auto earned =
        static_cast<Ticks>(head_.request.body.size() * 1000 / std::max<std::size_t>(options.min_body_rate, 1));
    deadline_ = std::min(began_ + ticks(options.body_grace) + earned, heard_ + ticks(options.body_silence));
    idle_turn_.store(kNotIdle, std::memory_order_relaxed);
  } else if (!rest().empty()) {
    deadline_ = began_ + ticks(options.header_timeout);
    idle_turn_.store(kNotIdle, std::memory_order_relaxed);
  } else if (idle_turn() == kNotIdle) {
    deadline_ = now + ticks(options.idle_timeout);
    idle_turn_.store(shared_.idle_turns++, std::memory_order_relaxed);
  }
}

bool Connection::expire() {
  if (state() == State::Reading && (has_head_ || !rest().empty())) {
    refuse({408, "the request did not come in time"});
    return true;
  }
  return false;
}

void Connection::refuse(Refused refused) {
  Response response = shared_.refusal(refused.status, refused.message);
  if (refused.status == 503) response.set("Retry-After", "1");
  if (tls_) response.set(kHsts, kHstsYear);
  forget_request();
  refused_ = last_answer_ = true;
  out_ = shared_.answers.bytes("GET", "/", std::move(response), false);
  out_at_ = out_mark_ = 0;
  idle_turn_.store(kNotIdle, std::memory_order_relaxed);
  deadline_ = ticks_now() + ticks(shared_.options.write_timeout);
  state_ = State::Writing;
}

void Connection::compress(Response& response) const {
  const std::size_t least = shared_.options.gzip_min_bytes;
  if (least == 0 || response.body.size() < least) return;
  for (const auto& [name, value] : response.headers) {
    if (name == "Content-Encoding") return;  // it comes packed
  }
  response.set("Vary", "Accept-Encoding");
  // HEAD pays for it too: its fields are those of GET, the length among them.
  if (!accepts_gzip(head_.request.headers.value("Accept-Encoding"))) return;
  auto packed = gzip(response.body);
  if (!packed || packed->size() >= response.body.size()) return;
  response.body = *std::move(packed);
  response.set("Content-Encoding", "gzip");
}

void Connection::prepare(Response response) {
  if (response.hold) {
    hold_ = std::move(response.hold);
    share_.clear();
    give_back(head_.request.body);
    if (hold_->kind() == Hold::Kind::Pieces) {
      if (tls_) response.set(kHsts, kHstsYear);
      out_ = head_of_pieces(response);
    }
    held_ = std::move(response);
    return;
  }
  share_.clear();
  give_back(head_.request.body);
  if (!share_.grow_to(response.body.size())) {
    response = shared_.refusal(503, "too many large answers at once: try again");
    response.set("Retry-After", "1");
  }
  compress(response);
  if (tls_) response.set(kHsts, kHstsYear);
  last_answer_ = !head_.keep_alive || shared_.draining.load(std::memory_order_relaxed);
  out_ = shared_.answers.bytes(head_.request.method, head_.request.target, std::move(response), !last_answer_);
  out_at_ = out_mark_ = 0;
}

void Connection::begin_writing(const std::function<void()>& wake) {
  state_ = hold_ ? State::Holding : State::Writing;
  if (hold_) hold_->attach(wake);
}

// What there is of an answer that comes later. The reader of pieces is as slow as it likes, within the time that an
// answer has: what it has not taken is not made.
Connection::Want Connection::hold_on(Ticks now) {
  while (true) {
    if (out_at_ == out_.size()) {
      give_back(out_);
      out_at_ = out_mark_ = 0;
      Hold::Taken taken = hold_->take();
      if (taken.status != 0) {
        Response response = std::move(held_);
        response.status = taken.status;
        response.body = std::move(taken.bytes);
        hold_->leave();
        hold_.reset();
        prepare(std::move(response));
        state_ = State::Writing;
        return Want::Again;
      }
      if (taken.bytes.empty()) {
        deadline_ = kNever;
        return taken.finished ? Want::Close : listen_while_held();
      }
      out_ = std::move(taken.bytes);
    }
    const Io io = send_some();
    if (io.kind == Io::Kind::WantWrite || io.kind == Io::Kind::WantRead) return wait_to_send(io, now);
    if (io.kind != Io::Kind::Done) return Want::Close;
    out_at_ += io.bytes;
    if (out_at_ == out_.size()) deadline_ = kNever;
  }
}

void Connection::note_held_answer(Ticks now) {
  if (deadline() == kNever) deadline_ = now + ticks(shared_.options.write_timeout);
}

// The client has nothing to say now but that it goes; a next request that it sent early is kept, if it is small.
Connection::Want Connection::listen_while_held() {
  while (true) {
    const Io io = receive(scratch());
    if (io.kind == Io::Kind::WantRead) return Want::Read;
    if (io.kind == Io::Kind::WantWrite) return Want::Write;
    if (io.kind != Io::Kind::Done || rest().size() + io.bytes > shared_.options.max_head_bytes) return Want::Close;
    in_.append(scratch(), 0, io.bytes);
  }
}

Io Connection::send_some() {
  const char* from = out_.data() + out_at_;
  const std::size_t size = out_.size() - out_at_;
  if (tls_) return tls_->write(from, size);
  while (true) {
    const ssize_t count = ::send(socket_, from, size, MSG_NOSIGNAL);
    if (count >= 0) return {Io::Kind::Done, static_cast<std::size_t>(count)};
    if (errno == EAGAIN || errno == EWOULDBLOCK) return {Io::Kind::WantWrite};
    if (errno != EINTR) return {Io::Kind::Failed};
  }
}

// The time to take more begins anew with every step that was taken.
Connection::Want Connection::wait_to_send(const Io& io, Ticks now) {
  if (deadline() == kNever || out_at_ - out_mark_ >= kWriteStep) {
    deadline_ = now + ticks(shared_.options.write_timeout);
    out_mark_ = out_at_;
  }
  return io.kind == Io::Kind::WantWrite ? Want::Write : Want::Read;
}

Connection::Want Connection::write_on(Ticks now) {
  while (out_at_ < out_.size()) {
    const Io io = send_some();
    if (io.kind == Io::Kind::WantWrite || io.kind == Io::Kind::WantRead) return wait_to_send(io, now);
    if (io.kind != Io::Kind::Done) return Want::Close;
    out_at_ += io.bytes;
  }
  give_back(out_);
  out_at_ = out_mark_ = 0;
  forget_request();
  if (!last_answer_) {
    state_ = State::Reading;
    if (!rest().empty() || (tls_ && tls_->has_pending())) return Want::Again;
    // The next request is rarely there already: epoll will tell, and a call that finds nothing is saved.
    set_reading_deadline(now);
    return Want::Read;
  }
  if (!refused_) return Want::Close;
  if (tls_) tls_->close();
  ::shutdown(socket_, SHUT_WR);
  deadline_ = now + kLingerMs;
  state_ = State::Lingering;
  return Want::Again;
}

Connection::Want Connection::linger(Ticks) {
  std::string& buffer = scratch();
  while (discarded_ < kLingerBytes) {
    const ssize_t count = ::recv(socket_, buffer.data(), buffer.size(), 0);
    if (count > 0) {
      discarded_ += static_cast<std::size_t>(count);
    } else if (count < 0 && errno == EINTR) {
      continue;
    } else {
      return count < 0 && of_errno().kind == Io::Kind::WantRead ? Want::Read : Want::Close;
    }
  }
  return Want::Close;
}

void Connection::forget_request() {
  if (hold_) {
    hold_->leave();
    hold_.reset();
    held_ = {};
  }
  share_.clear();
  // An empty text that is assigned does not make the buffer go.
  give_back(head_.request.body);
  give_back(head_.request.target);
  head_ = Head{};
  has_head_ = false;
  scan_ = HeadScan{};
}

void Connection::look_for_client(Ticks now) {
  pollfd watched{socket_, POLLRDHUP, 0};
  if (::poll(&watched, 1, 0) <= 0) return;
  if ((watched.revents & (POLLHUP | POLLERR)) != 0) {
    gone_ = true;
  } else if ((watched.revents & POLLRDHUP) != 0) {
    // A client may have said all it has to say and still wait for the answer, but seldom for long.
    if (half_closed_ == 0) half_closed_ = now;
    if (now - half_closed_ >= kHalfClosedMs) gone_ = true;
  }
}

bool Connection::drain(Ticks now) {
  if (state() == State::Handshake) return true;
  // Whom it was for has answered by now; an I/O thread is about to send it.
  if (state() == State::Holding) return !hold_->is_answered();
  if (state() != State::Reading) return false;
  char byte = 0;
  const bool silent = rest().empty() && !has_head_ && ::recv(socket_, &byte, 1, MSG_PEEK) <= 0;
  deadline_ = std::min(deadline(), now + kDrainIncompleteMs);
  return silent;
}

}  // namespace metadata::server
