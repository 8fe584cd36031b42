#ifndef METADATA_SERVER_HTTP_TRANSPORT_H
#define METADATA_SERVER_HTTP_TRANSPORT_H

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "http/request.h"
#include "http/response.h"
#include "metadata/error.h"

namespace metadata::server {

/// Where and under which bounds a transport listens.
struct TransportOptions {
  std::vector<std::string> hosts;  ///< addresses; empty: loopback, v4 and, where the machine has it, v6
  int port = 8585;                 ///< 0: any free one
  std::size_t max_body_bytes = std::size_t{16} << 20;
  std::size_t max_headers = 100;
  std::size_t max_threads = 256;  ///< connections served at once, per address; a further one waits
  int keep_alive_s = 15;          ///< an idle connection is closed after this
  int read_timeout_s = 10;        ///< the longest silence within a request
  int write_timeout_s = 10;
};

/// Turns bytes on sockets into calls of one handler, and its answers into bytes.
///
/// The only place that knows the HTTP library. start() and stop() are for one thread; the handler is called from many.
class Transport {
 public:
  /// Must not throw. Gets requests with whole bodies only.
  using Handler = std::function<Response(const Request&)>;
  /// Renders what the transport itself refuses (status, what was wrong), in the form of every other error.
  using Refusal = std::function<Response(int status, const std::string& message)>;

  virtual ~Transport() = default;
  /// Binds and begins to serve. Unavailable: the port is taken. PermissionDenied: the system refuses the port.
  /// InvalidArgument: not an address of this machine.
  virtual Error start(Handler handler, Refusal refusal) = 0;
  /// Takes no further connection, finishes the requests that are in flight, returns when all threads have ended.
  virtual void stop() = 0;
  /// The port that is listened on.
  virtual int port() const = 0;
  /// What is listened on, as "127.0.0.1:8585".
  virtual std::vector<std::string> addresses() const = 0;
};

std::unique_ptr<Transport> make_httplib_transport(TransportOptions options);

}  // namespace metadata::server

#endif  // METADATA_SERVER_HTTP_TRANSPORT_H
