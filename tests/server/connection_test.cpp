#include "http/connection.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

namespace metadata::server {
namespace {

using State = Connection::State;
using Want = Connection::Want;

Response plain(int status, const std::string& text) {
  Response response;
  response.status = status;
  response.body = text;
  return response;
}

// A connection over a pair of sockets, whose clock stands still but for what the test says.
struct Line {
  explicit Line(TransportOptions given = {}) : options(std::move(given)), shared(options), connection(shared, 0) {
    shared.refusal = [](int status, const std::string& message) { return plain(status, message); };
    int pair[2] = {-1, -1};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0);
    client = pair[0];
    connection.open(pair[1], "peer", nullptr, now);
  }
  ~Line() {
    if (client >= 0) ::close(client);
  }
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  Want say(const std::string& bytes) {
    REQUIRE(::send(client, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
    return connection.advance(now);
  }
  std::string hear() const {
    std::string out(1 << 20, '\0');
    const ssize_t count = ::recv(client, out.data(), out.size(), 0);
    out.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
    return out;
  }
  Want answer(const std::string& text) {
    REQUIRE(connection.state() == State::Handling);
    connection.prepare(plain(200, text));
    connection.begin_writing();
    return connection.advance(now);
  }

  TransportOptions options;
  ConnectionShared shared;
  Ticks now = 1'000'000;
  Connection connection;
  int client = -1;
};

const std::string kGet = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
const std::string kPost = "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n";

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a whole request is handled, and its connection waits for the next") {
  Line line;
  CHECK(line.say(kGet.substr(0, 10)) == Want::Read);
  CHECK(line.say(kGet.substr(10)) == Want::Handle);
  CHECK(line.connection.request().target == "/a");
  CHECK(line.connection.request().peer == "peer");
  CHECK(line.answer("hello") == Want::Read);
  const std::string heard = line.hear();
  CHECK(heard.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(heard.ends_with("\r\n\r\nhello"));
  CHECK_FALSE(has(heard, "Connection: close"));
  CHECK(line.say(kGet) == Want::Handle);
}

TEST_CASE("W16: pipelined requests are answered one by one, in order") {
  Line line;
  CHECK(line.say("GET /1 HTTP/1.1\r\nHost: h\r\n\r\nPOST /2 HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nabGET /3 "
                 "HTTP/1.1\r\nHost: h\r\n\r\n") == Want::Handle);
  CHECK(line.connection.request().target == "/1");
  CHECK(line.answer("1") == Want::Handle);
  CHECK(line.connection.request().target == "/2");
  CHECK(line.connection.request().body == "ab");
  CHECK(line.answer("2") == Want::Handle);
  CHECK(line.connection.request().target == "/3");
  CHECK(line.answer("3") == Want::Read);
}

TEST_CASE("chunked bodies arrive whole, and the next request is found behind them") {
  Line line;
  CHECK(line.say("POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab") == Want::Read);
  CHECK(line.say("c\r\n0\r\n\r\n" + kGet) == Want::Handle);
  CHECK(line.connection.request().body == "abc");
  CHECK(line.answer("1") == Want::Handle);
  CHECK(line.connection.request().method == "GET");
}

TEST_CASE("W16: Expect is answered before the body, and only when the body is wanted") {
  Line line;
  CHECK(line.say("POST /a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n") == Want::Read);
  CHECK(line.hear() == "HTTP/1.1 100 Continue\r\n\r\n");
  CHECK(line.say("ab") == Want::Handle);
  CHECK(line.answer("1") == Want::Read);
  CHECK(line.hear().starts_with("HTTP/1.1 200"));
  line.say("POST /a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 99999999999\r\n\r\n");
  CHECK(line.hear().starts_with("HTTP/1.1 413"));
}

TEST_CASE("a refusal is one answer, after which the connection ends") {
  Line line;
  CHECK(line.say("GET / HTTP/1.1\r\n\r\n" + kGet) == Want::Read);
  CHECK(line.connection.state() == State::Lingering);
  const std::string heard = line.hear();
  CHECK(heard.starts_with("HTTP/1.1 400"));
  CHECK(has(heard, "Connection: close"));
  CHECK(line.say(kGet) == Want::Read);
  CHECK(line.hear().empty());
  line.now += 3000;
  CHECK(line.connection.deadline() <= line.now);
  CHECK_FALSE(line.connection.expire());
}

TEST_CASE("W16: Connection: close and HTTP/1.0 end after the answer") {
  for (const std::string request :
       {"GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"}) {
    Line line;
    CHECK(line.say(request) == Want::Handle);
    CHECK(line.answer("1") == Want::Close);
    CHECK(has(line.hear(), "Connection: close"));
  }
}

TEST_CASE("a client that has said all still gets its answer") {
  Line line;
  ::send(line.client, kGet.data(), kGet.size(), 0);
  ::shutdown(line.client, SHUT_WR);
  CHECK(line.connection.advance(line.now) == Want::Handle);
  CHECK(line.answer("1") == Want::Read);
  CHECK(line.hear().starts_with("HTTP/1.1 200"));
  CHECK(line.connection.advance(line.now) == Want::Close);
}

TEST_CASE("L6: a head has its time from its first byte, whatever follows") {
  Line line;
  line.say(kGet);
  line.answer("1");
  line.now += 60'000;
  const Ticks begun = line.now;
  for (int i = 0; i < 4; ++i) {
    CHECK(line.say(kGet.substr(static_cast<std::size_t>(i), 1)) == Want::Read);
    CHECK(line.connection.deadline() == begun + 5000);
    line.now += 1000;
  }
  line.hear();
  CHECK(line.connection.expire());
  line.connection.advance(line.now);
  CHECK(line.hear().starts_with("HTTP/1.1 408"));
}

TEST_CASE("L6: a connection that never speaks has the time of a head, an idle one more") {
  Line line;
  CHECK(line.connection.deadline() == line.now + 5000);
  CHECK(line.connection.advance(line.now) == Want::Read);
  CHECK(line.connection.deadline() == line.now + 5000);
  CHECK_FALSE(line.connection.expire());
  line.say(kGet);
  CHECK(line.connection.deadline() == kNever);
  CHECK(line.connection.idle_turn() == Connection::kNotIdle);
  line.answer("1");
  CHECK(line.connection.deadline() == line.now + 120'000);
  CHECK(line.connection.idle_turn() != Connection::kNotIdle);
}

TEST_CASE("L6: a body must keep its rate after the grace, and may not fall silent") {
  Line line;
  line.say(kPost);
  CHECK(line.connection.deadline() == line.now + 10'000);
  const Ticks begun = line.now;
  line.now += 9000;
  line.say(std::string(512, 'x'));
  CHECK(line.connection.deadline() == begun + 10'000 + 500);
  line.say(std::string(90'000, 'x'));
  CHECK(line.connection.deadline() == line.now + 30'000);
  CHECK(line.connection.expire());
  line.connection.advance(line.now);
  CHECK(line.hear().starts_with("HTTP/1.1 408"));
}

TEST_CASE("L6: a reader that stops is given up after its time, one that goes on is not") {
  Line line;
  line.say(kGet);
  CHECK(line.answer(std::string(4 << 20, 'x')) == Want::Write);
  CHECK(line.connection.deadline() == line.now + 30'000);
  line.now += 20'000;
  CHECK(line.connection.advance(line.now) == Want::Write);
  CHECK(line.connection.deadline() == line.now + 10'000);
  while (line.hear().size() > 0) {
  }
  CHECK(line.connection.advance(line.now) == Want::Write);
  CHECK(line.connection.deadline() == line.now + 30'000);
  CHECK_FALSE(line.connection.expire());
}

TEST_CASE("L7: bodies and answers beyond the budget are refused with 503, and the budget comes back") {
  TransportOptions options;
  options.memory_budget_bytes = 1 << 20;
  Line line(options);
  CHECK(line.shared.budget.take(1 << 20));
  line.say(kPost);
  line.say(std::string(20'000, 'x'));
  const std::string heard = line.hear();
  CHECK(heard.starts_with("HTTP/1.1 503"));
  CHECK(has(heard, "Retry-After: 1"));
  line.shared.budget.give_back(1 << 20);
  CHECK(line.shared.budget.take(1 << 20));
  line.shared.budget.give_back(1 << 20);

  Line second(options);
  second.say(kGet);
  CHECK(second.answer(std::string(2 << 20, 'x')) == Want::Read);
  CHECK(second.hear().starts_with("HTTP/1.1 503"));
  second.say(kGet);
  second.answer(std::string(100'000, 'x'));
  second.connection.close();
  CHECK(second.shared.budget.take(1 << 20));
}

TEST_CASE("a client that goes away while its request is handled is seen") {
  Line line;
  line.say(kGet);
  const auto* gone = line.connection.request().gone;
  REQUIRE(gone != nullptr);
  line.connection.look_for_client(line.now);
  CHECK_FALSE(gone->load());
  ::shutdown(line.client, SHUT_WR);
  line.connection.look_for_client(line.now);
  CHECK_FALSE(gone->load());
  line.now += 600;
  line.connection.look_for_client(line.now);
  CHECK(gone->load());
  Line other;
  other.say(kGet);
  ::close(other.client);
  other.client = -1;
  other.connection.look_for_client(other.now);
  CHECK(other.connection.request().gone->load());
}

TEST_CASE("D14: when the server ends, idle connections are closed and the last answer says so") {
  Line idle;
  CHECK(idle.connection.drain(idle.now));
  Line begun;
  begun.say("GET");
  CHECK_FALSE(begun.connection.drain(begun.now));
  CHECK(begun.connection.deadline() <= begun.now + 1000);
  Line busy;
  busy.say(kGet);
  busy.shared.draining = true;
  CHECK_FALSE(busy.connection.drain(busy.now));
  CHECK(busy.answer("1") == Want::Close);
  CHECK(has(busy.hear(), "Connection: close"));
}

TEST_CASE("answers are compressed for those who take it, for HEAD as for GET, and say that they vary") {
  Line line;
  const std::string wish = "Accept-Encoding: gzip, br\r\n\r\n";
  line.say("GET / HTTP/1.1\r\nHost: h\r\n" + wish);
  line.answer(std::string(9000, 'x'));
  std::string heard = line.hear();
  CHECK(has(heard, "Content-Encoding: gzip\r\n"));
  CHECK(has(heard, "Vary: Accept-Encoding\r\n"));
  CHECK(heard.size() < 1000);
  line.say("HEAD / HTTP/1.1\r\nHost: h\r\n" + wish);
  line.answer(std::string(9000, 'x'));
  heard = line.hear();
  CHECK(has(heard, "Content-Encoding: gzip\r\n"));
  CHECK_FALSE(has(heard, "Content-Length: 9000\r\n"));
  CHECK(heard.ends_with("\r\n\r\n"));
  line.say("GET / HTTP/1.1\r\nHost: h\r\n" + wish);
  line.answer(std::string(1000, 'x'));
  heard = line.hear();
  CHECK_FALSE(has(heard, "Vary"));
  CHECK(has(heard, "Content-Length: 1000\r\n"));
}

TEST_CASE("W3: an answer's header with a line break is left out") {
  Line line;
  line.say(kGet);
  Response response = plain(200, "x");
  response.set("X-Bad", "a\r\nSet-Cookie: b");
  response.set("X-Good", "a%0d%0ab");
  line.connection.prepare(std::move(response));
  line.connection.begin_writing();
  line.connection.advance(line.now);
  const std::string heard = line.hear();
  CHECK_FALSE(has(heard, "Set-Cookie"));
  CHECK(has(heard, "X-Good: a%0d%0ab\r\n"));
}

}  // namespace metadata::server
