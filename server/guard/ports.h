#ifndef METADATA_SERVER_GUARD_PORTS_H
#define METADATA_SERVER_GUARD_PORTS_H

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "metadata/error.h"

namespace metadata::server {

/// A list of TCP ports. Immutable; safe for use from many threads.
///
/// Without a list of its own: 80, 443, and 1024 to 65535. Below 1024 are the services that a request from inside must
/// not be able to speak to: mail, shells, directories, file shares.
class Ports {
 public:
  Ports() = default;

  /// Each "8443" or "8000-8999". InvalidArgument names the one that is neither; an empty list is the list above.
  static Result<Ports> parse(const std::vector<std::string>& list);

  bool contains(std::uint16_t port) const;

 private:
  using Range = std::pair<std::uint16_t, std::uint16_t>;  ///< the first and the last
  std::vector<Range> ranges_{{std::uint16_t{80}, std::uint16_t{80}},
                             {std::uint16_t{443}, std::uint16_t{443}},
                             {std::uint16_t{1024}, std::uint16_t{65535}}};
};

}  // namespace metadata::server

#endif  // METADATA_SERVER_GUARD_PORTS_H
