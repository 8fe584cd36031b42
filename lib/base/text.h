#ifndef METADATA_LIB_BASE_TEXT_H
#define METADATA_LIB_BASE_TEXT_H

#include <string_view>

namespace metadata::base {

/// The text without these characters at its ends.
inline std::string_view trimmed(std::string_view text, std::string_view blanks = " \t\r\n") noexcept {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

}  // namespace metadata::base

#endif  // METADATA_LIB_BASE_TEXT_H
