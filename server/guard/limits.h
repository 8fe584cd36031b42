#ifndef METADATA_SERVER_GUARD_LIMITS_H
#define METADATA_SERVER_GUARD_LIMITS_H

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "http/request.h"
#include "http/response.h"

namespace metadata::server {

/// A bound on a request that holds for every route; the front bounds all else.
inline constexpr std::size_t kMaxTargetBytes = 8192;

/// The answer to a request beyond a bound, or nothing when it is within all of them.
std::optional<Response> beyond_limits(const Request& request);

/// A Host header that can stand in a URL: a name, an IPv4 address or a bracketed IPv6 address, and a port.
bool is_plain_host(std::string_view host);

/// Where the API is for this client: the public URL when one is configured, else by the Host header, else empty.
std::string base_url(const Request& request, const std::string& public_url, bool is_secure);

}  // namespace metadata::server

#endif  // METADATA_SERVER_GUARD_LIMITS_H
