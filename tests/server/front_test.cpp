#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "http/transport.h"

namespace metadata::server {
namespace {

/// Holds handlers until it is opened.
class Gate {
 public:
  void pass() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void wait_for(int count) {
    std::unique_lock lock(mutex_);
    REQUIRE(changed_.wait_for(lock, std::chrono::minutes(10), [&] { return waiting_ >= count; }));
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool open_ = false;
};

class Client {
 public:
  explicit Client(int port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(port));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
  }
  ~Client() { ::close(socket_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void ask(const std::string& method, const std::string& path) const {
    const std::string request = method + " " + path + " HTTP/1.1\r\nHost: h\r\n\r\n";
    REQUIRE(::send(socket_, request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size()));
  }
  /// One answer; bodies end in a exclamation mark.
  std::string answer() const {
    std::string out;
    char byte = 0;
    while (!out.ends_with('!') && ::recv(socket_, &byte, 1, 0) == 1) out.push_back(byte);
    return out;
  }

 private:
  int socket_;
};

Response text(std::string body) {
  Response response;
  response.body = std::move(body);
  return response;
}

std::unique_ptr<Transport> start(TransportOptions options, Transport::Handler handler) {
  options.hosts = {"127.0.0.1"};
  options.port = 0;
  options.header_timeout = options.idle_timeout = std::chrono::minutes(10);  // no client here is late on purpose
  auto transport = make_transport(std::move(options));
  const Error failed = transport->start(std::move(handler), [](int status, const std::string& message) {
    Response response = text(message + "!");
    response.status = status;
    return response;
  });
  REQUIRE_MESSAGE(failed.ok(), failed.message());
  return transport;
}

}  // namespace

TEST_CASE("L6: handlers that block, though they did not seem to, hold up nobody else") {
  Gate gate;
  TransportOptions options;
  options.io_threads = 2;
  const auto transport = start(options, [&](const Request& request) {
    if (request.target == "/slow") gate.pass();
    return text(request.target + "!");
  });
  std::vector<std::unique_ptr<Client>> slow;
  for (int i = 0; i < 12; ++i) {
    slow.push_back(std::make_unique<Client>(transport->port()));
    slow.back()->ask("GET", "/slow");
  }
  const Client quick(transport->port());
  quick.ask("GET", "/quick");
  CHECK(quick.answer().ends_with("/quick!"));
  gate.wait_for(12);
  gate.open();
  for (const auto& client : slow) CHECK(client->answer().ends_with("/slow!"));
  transport->stop();
}

TEST_CASE("requests that may block run beside each other, and reads beside them") {
  Gate gate;
  TransportOptions options;
  options.io_threads = 1;
  options.blocking_threads = 8;
  const auto transport = start(options, [&](const Request& request) {
    if (request.method == "POST") gate.pass();
    return text(request.method + "!");
  });
  std::vector<std::unique_ptr<Client>> writers;
  for (int i = 0; i < 10; ++i) {
    writers.push_back(std::make_unique<Client>(transport->port()));
    writers.back()->ask("POST", "/");
  }
  gate.wait_for(8);
  const Client reader(transport->port());
  reader.ask("GET", "/");
  CHECK(reader.answer().ends_with("GET!"));
  gate.open();
  for (const auto& client : writers) CHECK(client->answer().ends_with("POST!"));
  transport->stop();
}

TEST_CASE("a predicate says which requests may block") {
  std::atomic<bool> asked{false};
  TransportOptions options;
  options.may_block = [&](std::string_view method, std::string_view target) {
    asked = asked || (method == "GET" && target == "/search");
    return target == "/search";
  };
  const auto transport = start(options, [](const Request&) { return text("!"); });
  const Client client(transport->port());
  client.ask("GET", "/search");
  CHECK(client.answer().ends_with("!"));
  CHECK(asked);
  transport->stop();
}

TEST_CASE("a handler is told when its client has gone") {
  for (const char* method : {"GET", "POST"}) {
    std::atomic<bool> begun{false};
    std::atomic<bool> seen{false};
    const auto transport = start({}, [&](const Request& request) {
      begun = true;
      // The watcher of the front has all the time of the test.
      for (int i = 0; i < 60'000 && !request.gone->load(); ++i) ::usleep(1000);
      seen = request.gone->load();
      return text("!");
    });
    {
      const Client client(transport->port());
      client.ask(method, "/");
      while (!begun) ::usleep(1000);
    }
    transport->stop();
    CHECK(seen);
  }
}

TEST_CASE("D14: the end waits for what is under way") {
  Gate gate;
  TransportOptions options;
  options.drain_timeout = std::chrono::minutes(10);
  const auto transport = start(options, [&](const Request& request) {
    if (request.target == "/wait") gate.pass();
    return text(request.target + "!");
  });
  const Client waiting(transport->port());
  const Client idle(transport->port());
  idle.ask("GET", "/idle");
  CHECK(idle.answer().ends_with("/idle!"));
  waiting.ask("POST", "/wait");
  gate.wait_for(1);
  std::thread end([&] { transport->stop(); });
  CHECK(idle.answer().empty());  // the end has begun: whoever asks for nothing is sent away
  gate.open();
  CHECK(waiting.answer().ends_with("/wait!"));
  end.join();
}

TEST_CASE("D14: the end waits for no longer than it may") {
  Gate gate;
  std::atomic<bool> told{false};
  TransportOptions options;
  options.drain_timeout = std::chrono::milliseconds(100);
  const auto transport = start(options, [&](const Request& request) {
    gate.pass();
    // Beyond the time for draining the front takes the client for gone.
    for (int i = 0; i < 60'000 && !request.gone->load(); ++i) ::usleep(1000);
    told = request.gone->load();
    return text("!");
  });
  gate.open();
  const Client never(transport->port());
  never.ask("POST", "/never");
  gate.wait_for(1);
  transport->stop();
  CHECK(told);
}

TEST_CASE("a port that is taken is Unavailable, another machine's address InvalidArgument") {
  const auto transport = start({}, [](const Request&) { return text("!"); });
  TransportOptions options;
  options.hosts = {"127.0.0.1"};
  options.port = transport->port();
  CHECK(make_transport(options)->start(nullptr, nullptr).code() == Code::Unavailable);
  options.hosts = {"192.0.2.1"};
  CHECK(make_transport(options)->start(nullptr, nullptr).code() == Code::InvalidArgument);
  options.tls_certificate = options.tls_key = "/nonexistent";
  CHECK(make_transport(options)->start(nullptr, nullptr).code() == Code::InvalidArgument);
  transport->stop();
}

}  // namespace metadata::server
