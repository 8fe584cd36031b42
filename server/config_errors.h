#ifndef METADATA_SERVER_CONFIG_ERRORS_H
#define METADATA_SERVER_CONFIG_ERRORS_H

#include <string>
#include <string_view>
#include <vector>

namespace metadata::server {

/// Where and why a configuration was refused.
struct ConfigFault {
  std::string message;             ///< names an option as --option
  std::string file;                ///< the configuration file, or empty
  std::vector<std::string> known;  ///< names of all options, without dashes
  std::vector<std::string> given;  ///< options that the command line or the environment gave: not the file's fault
};

/// One line for people: where it is wrong (file and line, when the file is at fault), what, and what may have been
/// meant.
std::string explain(const ConfigFault& fault);

/// The known name that a mistyped one is nearest to; empty when none is near.
std::string nearest(std::string_view typed, const std::vector<std::string>& known);

}  // namespace metadata::server

#endif  // METADATA_SERVER_CONFIG_ERRORS_H
