#ifndef METADATA_SERVER_GUARD_ADDRESSES_H
#define METADATA_SERVER_GUARD_ADDRESSES_H

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "metadata/error.h"

struct sockaddr;

namespace metadata::server {

/// An address, IPv4 as IPv4-mapped IPv6.
using Address = std::array<std::uint8_t, 16>;

/// A range of addresses: "10.0.0.0/8", "fd00::/8", or one address.
struct AddressRange {
  Address base{};
  int bits = 128;

  /// InvalidArgument when the text is no address or no such range.
  static Result<AddressRange> parse(std::string_view text);
  bool holds(const Address& address) const;
};

/// To which addresses the server itself may connect, for what a user told it to.
///
/// Public ones; what is private, link-local, loopback, multicast or otherwise no place in the internet only when it is
/// among those allowed. Asked with the address that is connected to, after a name was resolved. Immutable.
class AddressRules {
 public:
  AddressRules(std::vector<AddressRange> allowed, bool loopback) : allowed_(std::move(allowed)), loopback_(loopback) {}

  /// Empty when it may be connected to; else what is wrong with it.
  std::string refusal(const sockaddr& address) const;

 private:
  std::vector<AddressRange> allowed_;
  bool loopback_;
};

/// Is this all loopback: what a server that listens on these alone can be reached by? Empty: yes, it is the default.
bool is_loopback_only(const std::vector<std::string>& hosts);

}  // namespace metadata::server

#endif  // METADATA_SERVER_GUARD_ADDRESSES_H
