#ifndef METADATA_SERVER_HTTP_CLIENT_H
#define METADATA_SERVER_HTTP_CLIENT_H

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

struct sockaddr;

namespace metadata::server {

/// A request that the server itself sends.
struct ClientRequest {
  std::string method = "GET";
  std::string url;  ///< http or https
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::chrono::milliseconds timeout{10'000};  ///< for all of it
  std::size_t max_answer_bytes = 64 * 1024;   ///< of the answer's body: the rest is not read
  bool keep_body = false;                     ///< else what comes is counted and dropped
};

struct ClientAnswer {
  int status = 0;     ///< 0: there was no answer
  std::string error;  ///< why not
  std::string body;
  bool cut = false;  ///< the body was longer than allowed
  std::chrono::milliseconds retry_after{0};
};

/// Sends requests over HTTP/1.1, any number at once, from one thread of its own.
///
/// Follows no redirect, takes no proxy and no credentials from anywhere, checks certificates, and asks about every
/// address before it connects, after names were resolved. Heads of answers are bounded, too (64 KiB with all interim
/// ones). The only place that knows libcurl. Safe for use from many threads.
class HttpClient {
 public:
  /// Empty when the address may be connected to; else what is wrong with it. Called from the client's thread.
  using Refusal = std::function<std::string(const sockaddr&)>;
  using Done = std::function<void(ClientAnswer)>;

  explicit HttpClient(Refusal refusal);
  /// What is under way ends with an error.
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Calls `done` once, from the client's thread, where it must be short.
  void send(ClientRequest request, Done done);
  /// The same, waiting for it. Not to be called from `done`.
  ClientAnswer call(ClientRequest request);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace metadata::server

#endif  // METADATA_SERVER_HTTP_CLIENT_H
