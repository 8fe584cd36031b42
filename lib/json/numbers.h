#ifndef METADATA_LIB_JSON_NUMBERS_H
#define METADATA_LIB_JSON_NUMBERS_H

#include <cstddef>
#include <string>
#include <vector>

#include "metadata/error.h"

namespace metadata::json {

/// Takes every number with a point or an exponent out of a JSON text, so that RapidJSON's reader meets only `0.0`.
///
/// RapidJSON 1.1.0 overflows its arithmetic on some exponents (CVE-2024-38517) and rounds some decimals wrongly. Each
/// such number is read here, exactly, and its place in the text filled with "0.0" and spaces; the numbers come back in
/// the order of the text. Integers stay and are checked to fit int64 or uint64.
/// A number that is none by RFC 8259, too long, or not finite is InvalidArgument naming the byte.
/// Text that is broken in other ways is left for the reader to find.
Result<std::vector<double>> take_doubles(std::string& text, std::size_t max_count);

}  // namespace metadata::json

#endif  // METADATA_LIB_JSON_NUMBERS_H
