#ifndef METADATA_LIB_SEARCH_UTF8_H
#define METADATA_LIB_SEARCH_UTF8_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace metadata::search {

inline constexpr char32_t kNoCharacter = 0xFFFFFFFF;  ///< stands for a byte that is no UTF-8

/// The character at `at`, which is moved behind it. A byte that begins no valid character is kNoCharacter, alone.
inline char32_t next_character(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const char32_t first = byte(at);
  const std::size_t begin = at++;
  if (first < 0x80) return first;
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || begin + size > text.size()) return kNoCharacter;
  char32_t code = first & (0xFFU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(begin + i) & 0xC0) != 0x80) return kNoCharacter;
    code = code << 6 | (byte(begin + i) & 0x3F);
  }
  const bool overlong = (size == 3 && code < 0x800) || (size == 4 && code < 0x10000);
  if (overlong || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return kNoCharacter;
  at = begin + size;
  return code;
}

inline void append_character(std::string& text, char32_t code) {
  if (code < 0x80) {
    text.push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    text.push_back(static_cast<char>(0xC0 | code >> 6));
    text.push_back(static_cast<char>(0x80 | (code & 0x3F)));
  } else if (code < 0x10000) {
    text.push_back(static_cast<char>(0xE0 | code >> 12));
    text.push_back(static_cast<char>(0x80 | (code >> 6 & 0x3F)));
    text.push_back(static_cast<char>(0x80 | (code & 0x3F)));
  } else {
    text.push_back(static_cast<char>(0xF0 | code >> 18));
    text.push_back(static_cast<char>(0x80 | (code >> 12 & 0x3F)));
    text.push_back(static_cast<char>(0x80 | (code >> 6 & 0x3F)));
    text.push_back(static_cast<char>(0x80 | (code & 0x3F)));
  }
}

}  // namespace metadata::search

#endif  // METADATA_LIB_SEARCH_UTF8_H
