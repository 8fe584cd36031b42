#ifndef METADATA_SERVER_GUARD_ADDRESSES_H
#define METADATA_SERVER_GUARD_ADDRESSES_H

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/request.h"
#include "metadata/error.h"

namespace metadata::server {

/// An IP address in 16 bytes, IPv4 as IPv4-mapped IPv6.
struct Address {
  std::array<std::uint8_t, 16> bytes{};

  /// Numbers only; brackets and a port after them (or after an IPv4 address) are passed over.
  static std::optional<Address> parse(std::string_view text);
  bool is_v4() const;
  /// What one customer has to itself: an IPv4 address, or the /64 of an IPv6 address.
  Address subscriber() const;
  bool operator==(const Address&) const = default;
};

/// A list of networks. Immutable; safe for use from many threads.
class Networks {
 public:
  /// Each "10.0.0.0/8", "2001:db8::/32", or an address alone. InvalidArgument names the one that is neither.
  static Result<Networks> parse(const std::vector<std::string>& list);

  bool contains(const Address& address) const;
  bool empty() const { return networks_.empty(); }

 private:
  struct Network {
    Address address;
    unsigned bits = 128;
  };
  std::vector<Network> networks_;
};

/// Where a request came from: the peer, or, when that is a proxy we trust, the last hop of X-Forwarded-For that is not
/// one. What stands left of it was written by the client and may say anything.
std::string client_address(const Request& request, const Networks& proxies);

/// The same word for all addresses of one subscriber; what is no address stays as it is.
std::string subscriber_of(const std::string& address);

/// Did the client speak TLS? To a trusted proxy it did when X-Forwarded-Proto says so.
bool client_is_secure(const Request& request, const Networks& proxies);

}  // namespace metadata::server

#endif  // METADATA_SERVER_GUARD_ADDRESSES_H
