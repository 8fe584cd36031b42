#ifndef METADATA_LIB_JSON_SKIP_H
#define METADATA_LIB_JSON_SKIP_H

#include <cstddef>
#include <optional>
#include <string_view>

namespace metadata::json {

// Ways through text that this library wrote itself: without blanks, and well formed. On any other text they go
// somewhere, but never past its end.

/// One past the closing quote of the string that opens at `at`.
std::size_t end_of_string(std::string_view text, std::size_t at) noexcept;

/// One past the last character of the value that begins at `at`.
std::size_t end_of_value(std::string_view text, std::size_t at) noexcept;

/// The text of a member's value, or nothing. Names are compared as they are written, escapes and all.
std::optional<std::string_view> member_text(std::string_view object, std::string_view name) noexcept;

}  // namespace metadata::json

#endif  // METADATA_LIB_JSON_SKIP_H
