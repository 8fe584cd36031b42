#include <httplib.h>
#include <sys/socket.h>

#include <atomic>
#include <exception>
#include <limits>
#include <thread>
#include <utility>

#include "http/elastic_queue.h"
#include "http/listener.h"
#include "http/transport.h"

namespace metadata::server {
namespace {

// httplib's compiled-in backlog is 5, which loses connections in a burst; listen() may be called a second time.
constexpr int kBacklog = 1024;
// Set on every answer that this file has filled in, so that httplib's error hook leaves it alone.
constexpr char kAnswered[] = "X-Request-Id";

/// httplib adds these to the headers that came; the true ones could be forged by the client.
bool is_added_by_httplib(const std::string& name) {
  return name == "REMOTE_ADDR" || name == "REMOTE_PORT" || name == "LOCAL_ADDR" || name == "LOCAL_PORT";
}

Request read(const httplib::Request& from) {
  Request request;
  request.method = from.method;
  request.target = from.target;  // from.path is decoded already
  request.body = from.body;
  request.peer = from.remote_addr;
  for (const auto& [name, value] : from.headers) {
    if (!is_added_by_httplib(name)) request.headers.add(name, value);
  }
  return request;
}

void fill(Response from, httplib::Response& to) {
  to.status = from.status;
  for (auto& [name, value] : from.headers) to.headers.emplace(std::move(name), std::move(value));
  if (from.body.empty()) return;
  to.body = std::move(from.body);
  to.headers.emplace("Content-Type", std::move(from.content_type));
}

/// Answers and then closes the connection: what is left of the request must not be read as the next one.
void fill_and_close(Response from, httplib::Response& to) {
  std::string body = std::move(from.body);
  from.body.clear();
  const std::string type = from.content_type;
  fill(std::move(from), to);
  to.headers.emplace("Connection", "close");
  const std::size_t size = body.size();
  to.set_content_provider(size, type,
                          [text = std::move(body)](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
                            sink.write(text.data() + offset, length);
                            return false;  // makes httplib give the connection up
                          });
}

/// One address: httplib's server, its thread, its queue.
struct Listener {
  std::string host;
  httplib::Server server;
  std::thread thread;
  socket_t socket = INVALID_SOCKET;
};

class HttplibTransport final : public Transport {
 public:
  explicit HttplibTransport(TransportOptions options) : options_(std::move(options)) {}
  ~HttplibTransport() override { stop(); }

  Error start(Handler handler, Refusal refusal) override {
    handler_ = std::move(handler);
    refusal_ = std::move(refusal);
    const bool loopback = options_.hosts.empty();
    if (loopback) options_.hosts = {"127.0.0.1", "::1"};
    port_ = options_.port;
    for (const std::string& host : options_.hosts) {
      Error failed = bind(host);
      if (failed.ok()) continue;
      // A machine without IPv6 still has a loopback.
      if (loopback && host == "::1" && failed.code() == Code::InvalidArgument) continue;
      return failed;
    }
    for (auto& listener : listeners_) {
      listener->thread = std::thread([server = &listener->server] { server->listen_after_bind(); });
    }
    return {};
  }

  void stop() override {
    for (auto& listener : listeners_) {
      // stop() before the thread has begun to listen would be lost.
      while (listener->thread.joinable() && !listener->server.is_running() && !ended_) std::this_thread::yield();
      if (listener->thread.joinable()) listener->server.stop();
    }
    ended_ = true;
    end_reading(port_);
    for (auto& listener : listeners_) {
      if (listener->thread.joinable()) listener->thread.join();
    }
    listeners_.clear();
  }

  int port() const override { return port_; }

  std::vector<std::string> addresses() const override {
    std::vector<std::string> out;
    for (const auto& listener : listeners_) out.push_back(address_text(listener->host, port_));
    return out;
  }

 private:
  Error bind(const std::string& host) {
    auto listener = std::make_unique<Listener>();
    listener->host = host;
    configure(*listener);
    if (port_ == 0) {
      port_ = listener->server.bind_to_any_port(host);
      if (port_ <= 0) return unavailable("cannot listen on '" + host + "'");
    } else if (!listener->server.bind_to_port(host, port_)) {
      Error why = why_not_bound(host, port_);
      return why.ok() ? unavailable("cannot listen on " + address_text(host, port_)) : why;
    }
    if (listener->socket != INVALID_SOCKET) ::listen(listener->socket, kBacklog);
    listeners_.push_back(std::move(listener));
    return {};
  }

  // No route is registered: the error hook then gets every request of every method with its body read, and none of the
  // library's regular expressions runs.
  void configure(Listener& listener) {
    httplib::Server& server = listener.server;
    server.new_task_queue = [this] { return new ElasticQueue(options_.max_threads); };
    server.set_tcp_nodelay(true);
    server.set_keep_alive_max_count(std::numeric_limits<std::size_t>::max());
    server.set_keep_alive_timeout(options_.keep_alive_s);
    server.set_read_timeout(options_.read_timeout_s);
    server.set_write_timeout(options_.write_timeout_s);
    server.set_payload_max_length(options_.max_body_bytes);
    // Without SO_REUSEPORT, which httplib sets by default and which would let two servers share a port.
    server.set_socket_options([&listener](socket_t socket) {
      const int yes = 1;
      ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
      listener.socket = socket;
    });
    server.set_pre_routing_handler(
        [this](const httplib::Request& from, httplib::Response& to) { return before_body(from, to); });
    server.set_error_handler(httplib::Server::HandlerWithResponse(
        [this](const httplib::Request& from, httplib::Response& to) { return answer(from, to); }));
    server.set_exception_handler([this](const httplib::Request&, httplib::Response& to, std::exception_ptr) {
      fill(refusal_(500, "Internal server error"), to);
    });
  }

  // Refuses what must not be read, and removes what the library would act on by itself.
  httplib::Server::HandlerResponse before_body(const httplib::Request& from, httplib::Response& to) {
    // The library hands out its own, non-const object, and looks at it again afterwards.
    auto& request = const_cast<httplib::Request&>(from);
    const auto refuse = [&](int status, const char* message) {
      fill_and_close(refusal_(status, message), to);
      return httplib::Server::HandlerResponse::Handled;
    };
    if (request.headers.size() > options_.max_headers + 2) return refuse(431, "too many header fields");
    if (request.has_header("Transfer-Encoding")) {
      // The library reads chunks without a limit.
      return refuse(501, "Transfer-Encoding is not supported: send the body with a Content-Length");
    }
    if (request.has_header("Content-Encoding")) return refuse(415, "Content-Encoding is not supported");
    const std::size_t lengths = request.get_header_value_count("Content-Length");
    if (lengths > 1) return refuse(400, "more than one Content-Length");
    if (lengths == 1 && !is_number(request.get_header_value("Content-Length"))) {
      return refuse(400, "Content-Length is not a number");
    }
    if (lengths == 0)
      request.headers.emplace("Content-Length", "0");  // else the library waits for the connection's end
    request.headers.erase("Accept-Encoding");          // Brotli costs 2 ms an answer
    request.ranges.clear();
    return httplib::Server::HandlerResponse::Unhandled;
  }

  httplib::Server::HandlerResponse answer(const httplib::Request& from, httplib::Response& to) {
    using enum httplib::Server::HandlerResponse;
    if (to.has_header(kAnswered)) return Handled;
    if (to.status != 404) {  // refused by the library: 400, 413, 414 …
      fill(refusal_(to.status, refusal_text(to.status)), to);
      return Handled;
    }
    fill(handler_(read(from)), to);
    return Handled;
  }

  static bool is_number(const std::string& text) {
    return !text.empty() && text.size() < 19 && text.find_first_not_of("0123456789") == std::string::npos;
  }

  std::string refusal_text(int status) const {
    if (status == 413) return "the body is larger than " + std::to_string(options_.max_body_bytes) + " bytes";
    if (status == 414) return "the request target is longer than 8192 bytes";
    return "the request is not valid HTTP";
  }

  TransportOptions options_;
  Handler handler_;
  Refusal refusal_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  int port_ = 0;
  bool ended_ = false;
};

}  // namespace

std::unique_ptr<Transport> make_httplib_transport(TransportOptions options) {
  return std::make_unique<HttplibTransport>(std::move(options));
}

}  // namespace metadata::server
