#ifndef METADATA_LIB_JSON_NUMBERS_H
#define METADATA_LIB_JSON_NUMBERS_H

#include <cstdint>
#include <string_view>
#include <variant>

#include "metadata/error.h"
#include "metadata/json.h"

namespace metadata::json {

/// A number of a JSON text, exactly: an integer that fits, or a finite double. An integer is int64 where it can be.
using Number = std::variant<std::int64_t, std::uint64_t, double>;

/// True for the characters that numbers are made of.
constexpr bool may_be_in_number(char c) noexcept {
  return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

/// Reads a number as RFC 8259 spells it. One that is malformed, too long, or fits neither an integer nor a finite
/// double is InvalidArgument: "the number 1e999 is too large for a double".
Result<Number> read_number(std::string_view token, const JsonLimits& limits);

}  // namespace metadata::json

#endif  // METADATA_LIB_JSON_NUMBERS_H
