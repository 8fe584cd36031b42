#include "guard/outbound.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <memory>

namespace metadata::server {
namespace {

constexpr std::size_t kMostAddresses = 8;

Address mapped(const std::uint8_t* v4) {
  Address address;
  address.bytes[10] = address.bytes[11] = 0xff;
  std::copy(v4, v4 + 4, address.bytes.begin() + 12);
  return address;
}

/// Addresses that carry an IPv4 address which is the real end: NAT64 and 6to4.
bool unwrap(Address& address) {
  constexpr std::uint8_t kNat64[] = {0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0};
  const auto& bytes = address.bytes;
  if (std::equal(std::begin(kNat64), std::end(kNat64), bytes.begin())) {
    address = mapped(bytes.data() + 12);
    return true;
  }
  if (bytes[0] == 0x20 && bytes[1] == 0x02) {
    address = mapped(bytes.data() + 2);
    return true;
  }
  // IPv4-compatible (::a.b.c.d), but for :: and ::1.
  const bool low = std::all_of(bytes.begin(), bytes.begin() + 12, [](std::uint8_t byte) { return byte == 0; });
  if (low && (bytes[12] | bytes[13] | bytes[14]) != 0) {
    address = mapped(bytes.data() + 12);
    return true;
  }
  return false;
}

struct Special {
  const char* range;
  const char* what;
};

// IANA's registries of special-purpose addresses.
constexpr Special kLoopback[] = {{"127.0.0.0/8", "a loopback address"}, {"::1", "a loopback address"}};
constexpr Special kSpecial[] = {
    {"0.0.0.0/8", "no address of a host"},
    {"10.0.0.0/8", "a private address"},
    {"100.64.0.0/10", "an address of a provider's own network"},
    {"169.254.0.0/16", "a link-local address"},
    {"172.16.0.0/12", "a private address"},
    {"192.0.0.0/24", "a special address"},
    {"192.0.2.0/24", "an address for documentation"},
    {"192.88.99.0/24", "a relay's address"},
    {"192.168.0.0/16", "a private address"},
    {"198.18.0.0/15", "an address for benchmarks"},
    {"198.51.100.0/24", "an address for documentation"},
    {"203.0.113.0/24", "an address for documentation"},
    {"224.0.0.0/4", "a multicast address"},
    {"240.0.0.0/4", "a reserved address"},
    {"::", "no address of a host"},
    {"64:ff9b:1::/48", "a special address"},
    {"100::/64", "a discard address"},
    {"2001::/23", "a special address"},
    {"2001:db8::/32", "an address for documentation"},
    {"fc00::/7", "a private address"},
    {"fe80::/10", "a link-local address"},
    {"fec0::/10", "a site-local address"},
    {"ff00::/8", "a multicast address"},
};

const char* among(const Special* begin, const Special* end, const Address& address) {
  for (const Special* special = begin; special != end; ++special) {
    const auto range = Networks::parse({special->range});
    if (range.ok() && range->contains(address)) return special->what;
  }
  return nullptr;
}

std::string text_of(const Address& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.is_v4()) {
    ::inet_ntop(AF_INET, address.bytes.data() + 12, text, sizeof text);
  } else {
    ::inet_ntop(AF_INET6, address.bytes.data(), text, sizeof text);
  }
  return text;
}

}  // namespace

std::string AddressRules::refusal(const sockaddr& given) const {
  Address address;
  std::uint16_t port = 0;
  if (given.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &given, sizeof v4);
    std::uint8_t bytes[4];
    std::memcpy(bytes, &v4.sin_addr, sizeof bytes);
    address = mapped(bytes);
    port = ntohs(v4.sin_port);
  } else if (given.sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &given, sizeof v6);
    std::memcpy(address.bytes.data(), &v6.sin6_addr, address.bytes.size());
    port = ntohs(v6.sin6_port);
  } else {
    return "an address that is neither IPv4 nor IPv6";
  }
  if (const char* what = special(address); what != nullptr)
    return text_of(address) + " is " + what + "; " + remedy_ + " lets requests go there";
  if (!ports_.contains(port))
    return "port " + std::to_string(port) + " is none that requests go to; --outbound-ports lets them";
  return {};
}

const char* AddressRules::special(Address address) const {
  if (allowed_.contains(address)) return nullptr;
  if (!address.is_v4() && unwrap(address) && allowed_.contains(address)) return nullptr;
  const char* what = among(std::begin(kLoopback), std::end(kLoopback), address);
  if (what != nullptr) return loopback_ ? nullptr : what;
  return among(std::begin(kSpecial), std::end(kSpecial), address);
}

Result<std::vector<std::string>> allowed_addresses(const std::string& host, std::uint16_t port,
                                                   const AddressRules& rules) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* raw = nullptr;
  const int failed = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &raw);
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> found(raw, ::freeaddrinfo);
  if (failed != 0) return unavailable("the name " + host + " cannot be resolved: " + ::gai_strerror(failed));
  std::vector<std::string> allowed;
  std::string refused;
  for (const addrinfo* one = found.get(); one != nullptr && allowed.size() < kMostAddresses; one = one->ai_next) {
    std::string refusal = rules.refusal(*one->ai_addr);
    if (!refusal.empty()) {
      refused = std::move(refusal);
      continue;
    }
    char text[NI_MAXHOST] = "";
    if (::getnameinfo(one->ai_addr, one->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST) != 0) continue;
    if (std::find(allowed.begin(), allowed.end(), text) == allowed.end()) allowed.emplace_back(text);
  }
  if (!allowed.empty()) return allowed;
  if (!refused.empty()) return permission_denied(refused);
  return unavailable("the name " + host + " has no address");
}

bool is_loopback_only(const std::vector<std::string>& hosts) {
  return std::all_of(hosts.begin(), hosts.end(), [](const std::string& host) {
    if (host == "localhost") return true;
    const auto address = Address::parse(host);
    return address && among(std::begin(kLoopback), std::end(kLoopback), *address) != nullptr;
  });
}

}  // namespace metadata::server
