#ifndef METADATA_LIB_JSON_SCAN_H
#define METADATA_LIB_JSON_SCAN_H

// Walks over text eight bytes at a time: what the reader and the writer do for most of their time.

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/utf8.h"

namespace metadata::json {

namespace scan {

constexpr std::uint64_t kOnes = 0x0101010101010101;
constexpr std::uint64_t kHighs = 0x8080808080808080;

inline std::uint64_t load(const char* at) noexcept {
  std::uint64_t word;
  std::memcpy(&word, at, sizeof word);
  return word;
}

// The high bit of each byte that is zero, and perhaps of bytes above one that is; nothing when none is.
constexpr std::uint64_t zeros(std::uint64_t word) noexcept { return (word - kOnes) & ~word & kHighs; }

// Not 0 when a byte of the eight is a control character, a quote or a backslash.
constexpr std::uint64_t specials(std::uint64_t word) noexcept {
  return ((word - kOnes * 0x20) & ~word & kHighs) | zeros(word ^ (kOnes * '"')) | zeros(word ^ (kOnes * '\\'));
}

constexpr bool is_special(char c) noexcept { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; }

}  // namespace scan

/// The first byte that cannot stand in a JSON string as it is: a control character, a quote or a backslash; or `end`.
inline const char* skip_unescaped(const char* at, const char* end) noexcept {
  while (end - at >= 8 && scan::specials(scan::load(at)) == 0) at += 8;
  while (at != end && !scan::is_special(*at)) ++at;
  return at;
}

/// The same, or the first byte that is not ASCII.
inline const char* skip_plain_ascii(const char* at, const char* end) noexcept {
  while (end - at >= 8) {
    const std::uint64_t word = scan::load(at);
    if ((scan::specials(word) | (word & scan::kHighs)) != 0) break;
    at += 8;
  }
  while (at != end && !scan::is_special(*at) && static_cast<unsigned char>(*at) < 0x80) ++at;
  return at;
}

using base::utf8_length;

}  // namespace metadata::json

#endif  // METADATA_LIB_JSON_SCAN_H
