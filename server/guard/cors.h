#ifndef METADATA_SERVER_GUARD_CORS_H
#define METADATA_SERVER_GUARD_CORS_H

#include <string>
#include <vector>

#include "http/request.h"
#include "http/response.h"
#include "metadata/error.h"

namespace metadata::server {

/// Ok when each is an origin, as browsers write it: scheme, host in lower case, port unless it is the usual one.
/// InvalidArgument names the one that is none; "*" and "null" are none.
Error check_origins(const std::vector<std::string>& origins);

/// Says to a browser whether a page of another origin may read the answer, and to its preflight what such a page may
/// send. With no origins in the list nothing is said, which browsers take for no. Credentials that browsers send by
/// themselves (cookies) are never allowed: the API has none.
void add_cors_headers(const Request& request, const std::vector<std::string>& origins, Response& response);

}  // namespace metadata::server

#endif  // METADATA_SERVER_GUARD_CORS_H
