#include "guard/addresses.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "http/head.h"

namespace metadata::server {
namespace {

constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::size_t kMaxHops = 64;

/// Without brackets and port.
std::string_view host_part(std::string_view text) {
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    return close == std::string_view::npos ? std::string_view{} : text.substr(1, close - 1);
  }
  const auto colon = text.find(':');
  const bool has_port = colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos;
  return has_port ? text.substr(0, colon) : text;
}

std::optional<Address> trusted_peer(const Request& request, const Networks& proxies) {
  if (proxies.empty()) return std::nullopt;
  const auto peer = Address::parse(request.peer);
  return peer && proxies.contains(*peer) ? peer : std::nullopt;
}

/// The last element of a list that stands in any number of fields of one name.
std::vector<std::string_view> elements(const Request& request, std::string_view name) {
  std::vector<std::string_view> all;
  for (const auto& field : request.headers.all()) {
    if (!same_header_name(field.first, name)) continue;
    std::string_view rest = field.second;
    while (true) {
      const auto comma = rest.find(',');
      all.push_back(trimmed(rest.substr(0, comma)));
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  return all;
}

}  // namespace

std::optional<Address> Address::parse(std::string_view text) {
  const std::string host(host_part(text));
  Address address;
  if (host.size() > INET6_ADDRSTRLEN || host.find('\0') != std::string::npos) return std::nullopt;
  if (::inet_pton(AF_INET6, host.c_str(), address.bytes.data()) == 1) return address;
  std::copy(kMapped.begin(), kMapped.end(), address.bytes.begin());
  if (::inet_pton(AF_INET, host.c_str(), address.bytes.data() + kMapped.size()) == 1) return address;
  return std::nullopt;
}

bool Address::is_v4() const { return std::equal(kMapped.begin(), kMapped.end(), bytes.begin()); }

Address Address::subscriber() const {
  Address network = *this;
  if (!is_v4()) std::fill(network.bytes.begin() + 8, network.bytes.end(), std::uint8_t{0});
  return network;
}

Result<Networks> Networks::parse(const std::vector<std::string>& list) {
  Networks networks;
  for (const std::string& text : list) {
    const auto slash = text.find('/');
    const auto address = Address::parse(std::string_view(text).substr(0, slash));
    const Error wrong = invalid_argument("'" + text + "' is neither an address nor a network like 10.0.0.0/8");
    if (!address) return wrong;
    const unsigned most = address->is_v4() ? 32 : 128;
    unsigned bits = most;
    if (slash != std::string::npos) {
      const char* end = text.data() + text.size();
      const auto read = std::from_chars(text.data() + slash + 1, end, bits);
      if (read.ec != std::errc() || read.ptr != end || bits > most) return wrong;
    }
    networks.networks_.push_back({*address, bits + 128 - most});
  }
  return networks;
}

bool Networks::contains(const Address& address) const {
  return std::any_of(networks_.begin(), networks_.end(), [&](const Network& network) {
    const std::size_t whole = network.bits / 8;
    if (std::memcmp(address.bytes.data(), network.address.bytes.data(), whole) != 0) return false;
    const unsigned rest = network.bits % 8;
    if (rest == 0) return true;
    const auto differ = static_cast<unsigned>(address.bytes[whole] ^ network.address.bytes[whole]);
    return (differ >> (8 - rest)) == 0;
  });
}

std::string client_address(const Request& request, const Networks& proxies) {
  if (!trusted_peer(request, proxies)) return request.peer;
  std::string client = request.peer;
  const auto hops = elements(request, "X-Forwarded-For");
  for (std::size_t i = 0; i < hops.size() && i < kMaxHops; ++i) {
    const std::string_view hop = host_part(hops[hops.size() - 1 - i]);
    const auto address = Address::parse(hop);
    if (!address) break;  // nothing left of what a proxy did not write can be believed
    client = hop;
    if (!proxies.contains(*address)) break;
  }
  return client;
}

std::string subscriber_of(const std::string& address) {
  const auto parsed = Address::parse(address);
  if (!parsed) return address;
  char text[INET6_ADDRSTRLEN] = "";
  ::inet_ntop(AF_INET6, parsed->subscriber().bytes.data(), text, sizeof text);
  return text;
}

bool client_is_secure(const Request& request, const Networks& proxies) {
  if (request.is_secure || !trusted_peer(request, proxies)) return request.is_secure;
  const auto protocols = elements(request, "X-Forwarded-Proto");
  return !protocols.empty() && same_header_name(protocols.back(), "https");
}

}  // namespace metadata::server
