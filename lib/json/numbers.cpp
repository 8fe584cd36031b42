#include "json/numbers.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace metadata::json {
namespace {

// More digits than any double needs, and an exponent of at most four digits: what is longer is an attack, not a number.
constexpr std::size_t kMaxNumberBytes = 1024;
constexpr std::size_t kMaxExponentDigits = 4;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool may_be_in_number(char c) noexcept {
  return is_digit(c) || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

Error bad_number(std::size_t offset, std::string_view token, std::string_view why) {
  std::string shown(token.substr(0, 40));
  if (shown.size() < token.size()) shown += "…";
  return invalid_argument("invalid JSON at byte " + std::to_string(offset) + ": the number " + shown + " " +
                          std::string(why));
}

// The parts of a number, each without its sign or mark.
struct Parts {
  std::string_view whole;
  std::optional<std::string_view> fraction;
  std::optional<std::string_view> exponent;
  bool exponent_negative = false;

  bool is_integer() const noexcept { return !fraction && !exponent; }
};

std::string_view take_digits(std::string_view& rest) noexcept {
  const auto end = std::find_if_not(rest.begin(), rest.end(), is_digit);
  const std::string_view digits = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
  rest.remove_prefix(digits.size());
  return digits;
}

// Splits by the grammar of RFC 8259; nothing when the token is not a number.
std::optional<Parts> split(std::string_view rest) noexcept {
  Parts parts;
  if (rest.starts_with('-')) rest.remove_prefix(1);
  parts.whole = take_digits(rest);
  if (parts.whole.empty() || (parts.whole.size() > 1 && parts.whole.front() == '0')) return std::nullopt;
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    parts.fraction = take_digits(rest);
    if (parts.fraction->empty()) return std::nullopt;
  }
  if (rest.starts_with('e') || rest.starts_with('E')) {
    rest.remove_prefix(1);
    parts.exponent_negative = rest.starts_with('-');
    if (rest.starts_with('-') || rest.starts_with('+')) rest.remove_prefix(1);
    parts.exponent = take_digits(rest);
    if (parts.exponent->empty()) return std::nullopt;
  }
  if (!rest.empty()) return std::nullopt;
  return parts;
}

bool exponent_too_long(const Parts& parts) noexcept {
  if (!parts.exponent) return false;
  const std::size_t zeros = std::min(parts.exponent->find_first_not_of('0'), parts.exponent->size());
  return parts.exponent->size() - zeros > kMaxExponentDigits;
}

bool fits_an_integer(std::string_view token) noexcept {
  std::int64_t small = 0;
  std::uint64_t large = 0;
  const char* end = token.data() + token.size();
  return std::from_chars(token.data(), end, small).ec == std::errc() ||
         (token.front() != '-' && std::from_chars(token.data(), end, large).ec == std::errc());
}

// Whether a number that does not fit a double is too large for one, and not too small: by the place of its first digit.
bool is_huge(const Parts& parts) noexcept {
  int exponent = 0;
  if (parts.exponent) {
    std::from_chars(parts.exponent->data(), parts.exponent->data() + parts.exponent->size(), exponent);
    if (parts.exponent_negative) exponent = -exponent;
  }
  if (parts.whole.front() != '0') return static_cast<int>(parts.whole.size()) + exponent > 0;
  const std::size_t zeros = parts.fraction ? parts.fraction->find_first_not_of('0') : std::string_view::npos;
  return zeros != std::string_view::npos && exponent > static_cast<int>(zeros);
}

Result<double> read_double(std::string_view token, const Parts& parts, std::size_t offset) {
  double number = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), number);
  if (error == std::errc() && std::isfinite(number)) return number;
  if (is_huge(parts)) return bad_number(offset, token, "is too large for a double");
  return token.front() == '-' ? -0.0 : 0.0;
}

std::size_t after_string(std::string_view text, std::size_t begin) noexcept {
  for (std::size_t at = begin;;) {
    const std::size_t quote = text.find('"', at);
    if (quote == std::string_view::npos) return text.size();
    std::size_t slash = quote;
    while (slash > begin && text[slash - 1] == '\\') --slash;
    if ((quote - slash) % 2 == 0) return quote + 1;
    at = quote + 1;
  }
}

std::size_t after_number(std::string_view text, std::size_t begin) noexcept {
  const auto end = std::find_if_not(text.begin() + static_cast<std::ptrdiff_t>(begin), text.end(), may_be_in_number);
  return static_cast<std::size_t>(end - text.begin());
}

}  // namespace

Result<std::vector<double>> take_doubles(std::string& text, std::size_t max_count) {
  std::vector<double> doubles;
  std::size_t at = 0;
  while (at < text.size()) {
    if (text[at] == '"') {
      at = after_string(text, at + 1);
      continue;
    }
    if (!is_digit(text[at]) && text[at] != '-') {
      ++at;
      continue;
    }
    const std::size_t begin = at;
    at = after_number(text, begin);
    const std::string_view token(text.data() + begin, at - begin);
    if (token.size() > kMaxNumberBytes) {
      return bad_number(begin, token, "is longer than " + std::to_string(kMaxNumberBytes) + " characters");
    }
    const std::optional<Parts> parts = split(token);
    if (!parts) return bad_number(begin, token, "is malformed");
    if (parts->is_integer()) {
      if (!fits_an_integer(token)) return bad_number(begin, token, "is an integer outside int64 and uint64");
      continue;
    }
    if (exponent_too_long(*parts)) {
      return bad_number(begin, token, "has an exponent of more than " + std::to_string(kMaxExponentDigits) + " digits");
    }
    if (doubles.size() == max_count) {
      return invalid_argument("invalid JSON at byte " + std::to_string(begin) + ": more than " +
                              std::to_string(max_count) + " values");
    }
    MD_LET(number, read_double(token, *parts, begin));
    doubles.push_back(number);
    text.replace(begin, 3, "0.0");  // the shortest such numbers, 0.5 and 1e5, have three characters
    std::fill(text.begin() + static_cast<std::ptrdiff_t>(begin) + 3, text.begin() + static_cast<std::ptrdiff_t>(at),
              ' ');
  }
  return doubles;
}

}  // namespace metadata::json
