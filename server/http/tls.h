#ifndef METADATA_SERVER_HTTP_TLS_H
#define METADATA_SERVER_HTTP_TLS_H

#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>

#include "metadata/error.h"

namespace metadata::server {

/// What a nonblocking call on a connection came to.
struct Io {
  enum class Kind { Done, WantRead, WantWrite, Ended, Failed, PlainHttp } kind = Kind::Done;
  std::size_t bytes = 0;
};

/// One TLS connection over a nonblocking socket. Not thread-safe. The socket is not owned.
class TlsSession {
 public:
  virtual ~TlsSession() = default;
  /// PlainHttp: the client does not speak TLS at all.
  virtual Io handshake() = 0;
  virtual Io read(char* to, std::size_t size) = 0;
  virtual Io write(const char* from, std::size_t size) = 0;
  /// Are there bytes that the socket no longer tells of?
  virtual bool has_pending() const = 0;
  /// Says goodbye, as far as that needs no waiting.
  virtual void close() = 0;
};

/// The files, in PEM, that TLS needs.
struct TlsFiles {
  std::string certificate;  ///< with its chain
  std::string key;
  std::string client_ca;  ///< who signs clients' certificates; empty: clients need none
};

/// Certificate and key of the server, for TLS 1.2 and later. Safe for use from many threads.
class TlsContext {
 public:
  TlsContext();
  ~TlsContext();

  /// Reads the files. On a failure what was loaded before stays. The error names the file and what is wrong with it.
  Error load(const TlsFiles& files);

  /// For a connection that was just taken; null when there is no memory. Lives on with the certificate it began with.
  std::unique_ptr<TlsSession> session(int socket);

 private:
  struct Loaded;
  std::mutex mutex_;
  std::shared_ptr<Loaded> loaded_;  // guarded by mutex_; immutable, swapped whole
};

}  // namespace metadata::server

#endif  // METADATA_SERVER_HTTP_TLS_H
