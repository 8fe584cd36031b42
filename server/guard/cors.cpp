#include "guard/cors.h"

#include <algorithm>
#include <string_view>

#include "guard/limits.h"

namespace metadata::server {
namespace {

bool is_origin(std::string_view text) {
  for (const auto& [scheme, port] : {std::pair<std::string_view, std::string_view>{"https://", ":443"},
                                     std::pair<std::string_view, std::string_view>{"http://", ":80"}}) {
    if (!text.starts_with(scheme)) continue;
    const std::string_view host = text.substr(scheme.size());
    const bool is_lower = std::none_of(host.begin(), host.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    return is_plain_host(host) && is_lower && !host.ends_with(port);
  }
  return false;
}

}  // namespace

Error check_origins(const std::vector<std::string>& origins) {
  for (const std::string& origin : origins) {
    if (is_origin(origin)) continue;
    return invalid_argument("'" + origin + "' is not an origin like https://ui.example.com (no path, no usual port)");
  }
  return {};
}

void add_cors_headers(const Request& request, const std::vector<std::string>& origins, Response& response) {
  if (origins.empty()) return;
  response.set("Vary", "Origin");  // also without one, so that no cache gives this answer to another page
  const std::string_view origin = request.headers.value("Origin");
  if (request.headers.count("Origin") != 1) return;
  if (std::find(origins.begin(), origins.end(), origin) == origins.end()) return;
  response.set("Access-Control-Allow-Origin", std::string(origin));
  if (request.method != "OPTIONS") {
    response.set("Access-Control-Expose-Headers",
                 "ETag, Retry-After, X-Metadata-Seq, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, "
                 "X-Request-Id");
    return;
  }
  const auto allow = std::find_if(response.headers.begin(), response.headers.end(),
                                  [](const auto& header) { return header.first == "Allow"; });
  if (allow == response.headers.end() || request.headers.field("Access-Control-Request-Method") == nullptr) return;
  response.set("Access-Control-Allow-Methods", std::string(allow->second));
  response.set("Access-Control-Allow-Headers", "Authorization, Content-Type, If-Match, X-API-Key, X-Metadata-Dialect");
  response.set("Access-Control-Max-Age", "600");
}

}  // namespace metadata::server
