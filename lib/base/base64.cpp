#include "base/base64.h"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace metadata::base {
namespace {

constexpr std::string_view kCommon = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Which characters stand for the values 62 and 63, and whether a text must be the one that an encoder writes.
struct Dialect {
  std::string_view plus;
  std::string_view slash;
  bool canonical;
};

constexpr Dialect kStandard{"+", "/", true};
constexpr Dialect kUrlSafe{"-", "_", true};
constexpr Dialect kTolerant{"+-", "/_", false};

char letter(std::uint32_t value, const Dialect& dialect) {
  if (value < kCommon.size()) return kCommon[value];
  return value == 62 ? dialect.plus.front() : dialect.slash.front();
}

std::optional<std::uint32_t> value_of(char c, const Dialect& dialect) {
  if (c >= 'A' && c <= 'Z') return static_cast<std::uint32_t>(c - 'A');
  if (c >= 'a' && c <= 'z') return static_cast<std::uint32_t>(c - 'a' + 26);
  if (c >= '0' && c <= '9') return static_cast<std::uint32_t>(c - '0' + 52);
  if (dialect.plus.find(c) != std::string_view::npos) return 62;
  if (dialect.slash.find(c) != std::string_view::npos) return 63;
  return std::nullopt;
}

// Bits go in at the right and leave at the left, so groups need no special cases.
std::string encode(std::string_view bytes, const Dialect& dialect) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  std::uint32_t buffer = 0;
  unsigned bits = 0;
  for (const char c : bytes) {
    buffer = ((buffer << 8) | static_cast<unsigned char>(c)) & 0xffff;
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      text.push_back(letter((buffer >> bits) & 63, dialect));
    }
  }
  if (bits > 0) text.push_back(letter((buffer << (6 - bits)) & 63, dialect));
  return text;
}

// `text` without its padding.
Result<std::string> decode(std::string_view text, const Dialect& dialect) {
  if (text.size() % 4 == 1) return invalid_argument("not base64: a length that no bytes have");
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t buffer = 0;
  unsigned bits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::optional<std::uint32_t> value = value_of(text[i], dialect);
    if (!value) return invalid_argument("not base64: unexpected character at offset " + std::to_string(i));
    buffer = ((buffer << 6) | *value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes.push_back(static_cast<char>((buffer >> bits) & 0xff));
    }
  }
  const bool leftover = (buffer & ((1u << bits) - 1)) != 0;
  if (dialect.canonical && leftover) return invalid_argument("not base64: bits left over at the end");
  return bytes;
}

std::string_view without_padding(std::string_view text) {
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  return text;
}

}  // namespace

std::string encode_base64(std::string_view bytes) {
  std::string text = encode(bytes, kStandard);
  text.append((4 - text.size() % 4) % 4, '=');
  return text;
}

std::string encode_base64url(std::string_view bytes) { return encode(bytes, kUrlSafe); }

Result<std::string> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0) return invalid_argument("not base64: the padding is missing");
  return decode(without_padding(text), kStandard);
}

Result<std::string> decode_base64url(std::string_view text) { return decode(text, kUrlSafe); }

Result<std::string> decode_base64_tolerant(std::string_view text) { return decode(without_padding(text), kTolerant); }

}  // namespace metadata::base
