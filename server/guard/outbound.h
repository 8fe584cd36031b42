#ifndef METADATA_SERVER_GUARD_OUTBOUND_H
#define METADATA_SERVER_GUARD_OUTBOUND_H

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "guard/addresses.h"
#include "guard/ports.h"

struct sockaddr;

namespace metadata::server {

/// To which addresses the server itself may connect, for what a user told it to.
///
/// Public ones; what is private, link-local, loopback, multicast or otherwise no place in the internet only when it is
/// among those allowed; at any of them, at the listed ports only. Asked with the address that is connected to, after a
/// name was resolved. Immutable.
class AddressRules {
 public:
  /// `remedy`: the setting that allows more addresses, for messages.
  AddressRules(Networks allowed, bool loopback, std::string remedy, Ports ports = {})
      : allowed_(std::move(allowed)), ports_(std::move(ports)), loopback_(loopback), remedy_(std::move(remedy)) {}

  /// Empty when it may be connected to; else what is wrong with it. Address and port are looked at.
  std::string refusal(const sockaddr& address) const;

 private:
  /// What keeps an address from being connected to; null: nothing does.
  const char* special(Address address) const;

  Networks allowed_;
  Ports ports_;
  bool loopback_;
  std::string remedy_;
};

/// The numeric forms of a host's addresses that may be connected to at that port, in the resolver's order, without
/// repeats; at most 8. Connecting to one of them, and to nothing that is resolved later, leaves no moment for a name to
/// change its mind. PermissionDenied: it has addresses, and none of them may be. Unavailable: the name cannot be
/// resolved.
Result<std::vector<std::string>> allowed_addresses(const std::string& host, std::uint16_t port,
                                                   const AddressRules& rules);

/// Is this all loopback: what a server that listens on these alone can be reached by? Empty: yes, it is the default.
bool is_loopback_only(const std::vector<std::string>& hosts);

}  // namespace metadata::server

#endif  // METADATA_SERVER_GUARD_OUTBOUND_H
