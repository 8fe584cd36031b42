#ifndef METADATA_SERVER_HTTP_TRANSPORT_H
#define METADATA_SERVER_HTTP_TRANSPORT_H

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/request.h"
#include "http/response.h"
#include "metadata/error.h"

namespace metadata::server {

/// Where and under which bounds a transport listens.
struct TransportOptions {
  std::vector<std::string> hosts;  ///< addresses; empty: loopback, v4 and, where the machine has it, v6
  int port = 8585;                 ///< 0: any free one
  int backlog = 4096;              ///< connections that wait to be taken; the system may allow fewer

  std::size_t max_request_line = 8192;                       ///< 414
  std::size_t max_head_bytes = 16384;                        ///< request line and header fields: 431
  std::size_t max_headers = 100;                             ///< header fields: 431
  std::size_t max_body_bytes = std::size_t{16} << 20;        ///< of one request, whatever its framing: 413
  std::size_t memory_budget_bytes = std::size_t{128} << 20;  ///< bodies and answers of all connections together: 503

  std::size_t max_connections = 8192;  ///< in all, or what the descriptor limit leaves; the longest idle one makes room
  std::size_t max_connections_per_address = 1024;  ///< none for loopback: 503
  std::size_t reserved_descriptors = 96;           ///< left for the store and the rest of the process

  std::size_t io_threads = 0;        ///< that read, write and run what does not block; 0: one for each core, at least 2
  std::size_t spare_io_threads = 4;  ///< added when all of those are held up by handlers that did not seem to block
  std::size_t blocking_threads = 64;  ///< for requests that may block; made on demand, end when idle
  /// May this request wait: for the disk, for a lock, for a password hash? Empty: all but GET, HEAD and OPTIONS.
  std::function<bool(std::string_view method, std::string_view target)> may_block;

  std::chrono::milliseconds header_timeout{5000};     ///< from the first byte of a head to its last: 408
  std::chrono::milliseconds handshake_timeout{5000};  ///< of TLS: closed
  std::chrono::milliseconds body_grace{10000};        ///< before the rate below counts
  std::size_t min_body_rate = 1024;                   ///< bytes a second, on the average of one body: 408
  std::chrono::milliseconds body_silence{30000};      ///< the longest pause within a body: 408
  std::chrono::milliseconds write_timeout{30000};     ///< for the next 64 KiB of an answer to be taken: closed
  std::chrono::milliseconds idle_timeout{120000};     ///< between two requests: closed
  std::chrono::milliseconds drain_timeout{10000};     ///< for requests in flight when the server ends

  std::size_t gzip_min_bytes = 8192;  ///< answers from this size on are compressed for those who take gzip; 0: never

  std::string tls_certificate;  ///< PEM file with the chain; empty: plain HTTP
  std::string tls_key;          ///< PEM file
  std::string tls_client_ca;    ///< PEM file; clients must show a certificate of one of these; empty: any client
};

/// Turns bytes on sockets into calls of one handler, and its answers into bytes.
///
/// The only place that knows the HTTP library. start(), reload() and stop() are for one thread; the handler is called
/// from many.
class Transport {
 public:
  /// Must not throw. Gets requests with whole bodies only.
  using Handler = std::function<Response(const Request&)>;
  /// Renders what the transport itself refuses (status, what was wrong), in the form of every other error.
  using Refusal = std::function<Response(int status, const std::string& message)>;

  virtual ~Transport() = default;
  /// Binds and begins to serve. Unavailable: the port is taken. PermissionDenied: the system refuses the port.
  /// InvalidArgument: not an address of this machine, or a certificate that cannot be used.
  virtual Error start(Handler handler, Refusal refusal) = 0;
  /// Reads certificate and key again; connections go on. On a failure the old ones stay.
  virtual Error reload() = 0;
  /// Takes no further connection, finishes the requests that are in flight, returns when all threads have ended.
  /// What is not finished in time is cut off.
  virtual void stop() = 0;
  /// The port that is listened on.
  virtual int port() const = 0;
  /// What is listened on, as "127.0.0.1:8585".
  virtual std::vector<std::string> addresses() const = 0;
};

/// Are the TLS files that the options name, if any, fit for use? The error names the file and what is wrong with it.
Error check_certificates(const TransportOptions& options);

std::unique_ptr<Transport> make_transport(TransportOptions options);

}  // namespace metadata::server

#endif  // METADATA_SERVER_HTTP_TRANSPORT_H
