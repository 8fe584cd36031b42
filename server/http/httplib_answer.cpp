#include "http/httplib_answer.h"

#include <httplib.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "http/url.h"

namespace metadata::server {
namespace {

/// A request of known bytes, and room for the answer.
class MemoryStream final : public httplib::Stream {
 public:
  explicit MemoryStream(std::string request) : request_(std::move(request)) {}

  bool is_readable() const override { return at_ < request_.size(); }
  bool is_writable() const override { return true; }
  ssize_t read(char* to, std::size_t size) override {
    const std::size_t count = std::min(size, request_.size() - at_);
    std::memcpy(to, request_.data() + at_, count);
    at_ += count;
    return static_cast<ssize_t>(count);
  }
  ssize_t write(const char* from, std::size_t size) override {
    answer.append(from, size);
    return static_cast<ssize_t>(size);
  }
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return INVALID_SOCKET; }

  std::string answer;

 private:
  std::string request_;
  std::size_t at_ = 0;
};

/// The answer on its way through the library, whose hooks have no argument for it.
struct Passing {
  Response response;
  bool keep_alive = true;
};
thread_local Passing* passing = nullptr;

void fill(Response& from, httplib::Response& to) {
  to.status = from.status;
  for (const auto& [name, value] : from.headers) to.set_header(name, value);
  if (from.body.empty()) return;
  to.set_header("Content-Type", from.content_type);
  to.body = std::move(from.body);
}

// A 204 has no length, and the rest the library says of itself is not true of the front.
void tidy(httplib::Response& response) {
  if (passing->keep_alive) response.headers.erase("Connection");
  if (response.status == 204) response.headers.erase("Content-Length");
  response.headers.erase("Accept-Ranges");
}

}  // namespace

class HttplibAnswer::Server : public httplib::Server {
 public:
  Server() {
    // Handled before routing: none of the library's tables and regular expressions is looked at.
    set_pre_routing_handler([](const httplib::Request&, httplib::Response& to) {
      fill(passing->response, to);
      return HandlerResponse::Handled;
    });
    set_post_routing_handler([](const httplib::Request&, httplib::Response& to) { tidy(to); });
  }

  void process(httplib::Stream& stream) {
    bool closed = false;
    // With "close" the library makes no Keep-Alive field, which costs it a stringstream; tidy() settles the matter.
    process_request(stream, true, closed, nullptr);
  }
};

HttplibAnswer::HttplibAnswer() : server_(std::make_unique<Server>()) {}
HttplibAnswer::~HttplibAnswer() = default;

std::string HttplibAnswer::bytes(std::string_view method, std::string_view target, Response response, bool keep_alive) {
  std::string request;
  // It refuses methods that it does not know, and only HEAD makes a difference to an answer.
  request.append(method == "HEAD" ? "HEAD " : "GET ").append(path_of(target)).append(" HTTP/1.1\r\n\r\n");
  MemoryStream stream(std::move(request));
  stream.answer.reserve(response.body.size() + 512);
  Passing one{std::move(response), keep_alive};
  passing = &one;
  server_->process(stream);
  passing = nullptr;
  return std::move(stream.answer);
}

}  // namespace metadata::server
