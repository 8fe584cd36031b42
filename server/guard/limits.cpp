#include "guard/limits.h"

#include <algorithm>

#include "render/error.h"

namespace metadata::server {
namespace {

constexpr std::size_t kMaxHostBytes = 255;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_char(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_';
}
bool is_v6_char(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' || c == '.';
}

}  // namespace

std::optional<Response> beyond_limits(const Request& request) {
  if (request.target.size() > kMaxTargetBytes) {
    return render::refusal(414, "the request target is longer than " + std::to_string(kMaxTargetBytes) + " bytes");
  }
  return std::nullopt;
}

bool is_plain_host(std::string_view host) {
  if (host.empty() || host.size() > kMaxHostBytes) return false;
  std::string_view port;
  if (host.front() == '[') {
    const auto close = host.find(']');
    if (close == std::string_view::npos || close < 3) return false;
    const std::string_view address = host.substr(1, close - 1);
    if (!std::all_of(address.begin(), address.end(), is_v6_char)) return false;
    port = host.substr(close + 1);
  } else {
    const auto colon = host.find(':');
    const std::string_view name = host.substr(0, colon);
    if (name.empty() || !std::all_of(name.begin(), name.end(), is_name_char)) return false;
    port = colon == std::string_view::npos ? std::string_view{} : host.substr(colon);
  }
  if (port.empty()) return true;
  port.remove_prefix(1);
  return host[host.size() - port.size() - 1] == ':' && !port.empty() && port.size() <= 5 &&
         std::all_of(port.begin(), port.end(), is_digit);
}

std::string base_url(const Request& request, const std::string& public_url, bool is_secure) {
  if (!public_url.empty()) return public_url;
  const std::string_view host = request.headers.value("Host");
  if (!is_plain_host(host)) return {};
  return std::string(is_secure ? "https://" : "http://").append(host).append("/api");
}

}  // namespace metadata::server
