#ifndef METADATA_LIB_JSON_PARSE_H
#define METADATA_LIB_JSON_PARSE_H

#include <string_view>

#include "json/value.h"
#include "metadata/error.h"
#include "metadata/json.h"

namespace metadata::json {

/// Reads one JSON value (RFC 8259) from a stranger's text into `out`, within the limits.
///
/// Refused are broken syntax, text that is not UTF-8, duplicate members, integers outside int64 and uint64 and numbers
/// that are not finite. The error is TooLarge for the length of the text, else InvalidArgument; it names the byte
/// offset and the JSON Pointer of the place. `out` is null after an error.
Error parse(std::string_view text, Document& out, const JsonLimits& limits = {});

/// Reads text that this library wrote. Only the depth is bounded and duplicate members are not looked for; damaged text
/// is Corrupt.
Error parse_trusted(std::string_view text, Document& out);

}  // namespace metadata::json

#endif  // METADATA_LIB_JSON_PARSE_H
