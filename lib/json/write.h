#ifndef METADATA_LIB_JSON_WRITE_H
#define METADATA_LIB_JSON_WRITE_H

#include <string>
#include <string_view>

#include "json/value.h"

namespace metadata::json {

/// The value as compact text, members in their order. A double is written with the fewest digits that read back as the
/// same double, and always with a point or an exponent, so that it stays a double.
std::string write(const Value& value);
/// The same, appended to `out`.
void write(const Value& value, std::string& out);

/// Appends the text as a JSON string, in quotes. UTF-8 stays as it is.
void append_quoted(std::string& out, std::string_view text);
/// Appends a number. JSON has no word for infinity and not-a-number: they become null.
void append_number(std::string& out, double number);
/// A stranger's text for an error message: in quotes, cut after about 100 bytes.
std::string quoted_excerpt(std::string_view text);

}  // namespace metadata::json

#endif  // METADATA_LIB_JSON_WRITE_H
