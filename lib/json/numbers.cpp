#include "json/numbers.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>

namespace metadata::json {
namespace {

// What an int holds for certain, whatever the limits say.
constexpr std::size_t kMostExponentDigits = 8;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

Error bad_number(std::string_view token, std::string_view why) {
  std::string shown(token.substr(0, 40));
  if (shown.size() < token.size()) shown += "…";
  return invalid_argument("the number " + shown + " " + std::string(why));
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

bool exponent_too_long(const Parts& parts, std::size_t limit) noexcept {
  if (!parts.exponent) return false;
  const std::size_t zeros = std::min(parts.exponent->find_first_not_of('0'), parts.exponent->size());
  return parts.exponent->size() - zeros > limit;
}

std::optional<Number> read_integer(std::string_view token) noexcept {
  std::int64_t small = 0;
  std::uint64_t large = 0;
  const char* end = token.data() + token.size();
  if (std::from_chars(token.data(), end, small).ec == std::errc()) return small;
  if (token.front() != '-' && std::from_chars(token.data(), end, large).ec == std::errc()) return large;
  return std::nullopt;
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

Result<Number> read_double(std::string_view token, const Parts& parts) {
  double number = 0;
  const std::errc error = std::from_chars(token.data(), token.data() + token.size(), number).ec;
  if (error == std::errc() && std::isfinite(number)) return Number(number);
  if (is_huge(parts)) return bad_number(token, "is too large for a double");
  return Number(token.front() == '-' ? -0.0 : 0.0);
}

}  // namespace

Result<Number> read_number(std::string_view token, const JsonLimits& limits) {
  if (token.size() > limits.max_number_bytes) {
    return bad_number(token, "is longer than " + std::to_string(limits.max_number_bytes) + " characters");
  }
  const std::optional<Parts> parts = split(token);
  if (!parts) return bad_number(token, "is malformed");
  if (parts->is_integer()) {
    const std::optional<Number> number = read_integer(token);
    if (!number) return bad_number(token, "is an integer outside int64 and uint64");
    return *number;
  }
  const std::size_t exponent_limit = std::min(limits.max_exponent_digits, kMostExponentDigits);
  if (exponent_too_long(*parts, exponent_limit)) {
    return bad_number(token, "has an exponent of more than " + std::to_string(exponent_limit) + " digits");
  }
  return read_double(token, *parts);
}

}  // namespace metadata::json
