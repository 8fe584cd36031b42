#ifndef METADATA_SERVER_HTTP_LISTENER_H
#define METADATA_SERVER_HTTP_LISTENER_H

#include <string>

#include "metadata/error.h"

namespace metadata::server {

/// Why `host`:`port` cannot be bound, in words and with the code for it; Ok when it can.
/// The HTTP library only says that binding failed.
Error why_not_bound(const std::string& host, int port);

/// "127.0.0.1:8585", "[::1]:8585".
std::string address_text(const std::string& host, int port);

/// Ends the reading side of every connection to `port`, so that idle ones close at once and answers still go out.
void end_reading(int port);

}  // namespace metadata::server

#endif  // METADATA_SERVER_HTTP_LISTENER_H
