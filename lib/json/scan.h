#ifndef METADATA_LIB_JSON_SCAN_H
#define METADATA_LIB_JSON_SCAN_H

// Walks over text eight bytes at a time: what the reader and the writer do for most of their time.

#include <cstddef>
#include <cstdint>
#include <cstring>

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

/// Length of the UTF-8 sequence (RFC 3629) that begins at `at`, which is not `end`; 0 when there is none.
inline std::size_t utf8_length(const char* at, const char* end) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(at[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (static_cast<std::size_t>(end - at) < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  // Overlong forms, surrogates and what lies beyond U+10FFFF show in the second byte.
  const unsigned char second = byte(1);
  if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F)) return 0;
  if ((lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F)) return 0;
  return length;
}

}  // namespace metadata::json

#endif  // METADATA_LIB_JSON_SCAN_H
