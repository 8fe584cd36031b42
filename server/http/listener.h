#ifndef METADATA_SERVER_HTTP_LISTENER_H
#define METADATA_SERVER_HTTP_LISTENER_H

#include <sys/socket.h>

#include <string>

#include "metadata/error.h"

namespace metadata::server {

/// A nonblocking socket that listens. Unavailable: the port is taken. PermissionDenied: the system refuses it.
/// InvalidArgument: not an address of this machine. The caller closes it.
Result<int> open_listener(const std::string& host, int port, int backlog);

/// The port that a socket is bound to; -1 for one that has none.
int local_port(int socket);

/// "127.0.0.1:8585", "[::1]:8585".
std::string address_text(const std::string& host, int port);

/// The address of the other end, without port. An IPv4 address in IPv6 clothes is written as IPv4.
std::string peer_text(const sockaddr_storage& address);

bool is_loopback_address(const sockaddr_storage& address);

}  // namespace metadata::server

#endif  // METADATA_SERVER_HTTP_LISTENER_H
