#ifndef METADATA_LIB_BASE_BASE64_H
#define METADATA_LIB_BASE_BASE64_H

#include <string>
#include <string_view>

#include "metadata/error.h"

namespace metadata::base {

// Base64 (RFC 4648). Bytes stand in strings. A refused text is InvalidArgument; the message tells the place and
// never the text, which may be a secret.

/// The standard alphabet, padded.
std::string encode_base64(std::string_view bytes);
/// The URL-safe alphabet, without padding.
std::string encode_base64url(std::string_view bytes);

/// Reads exactly what encode_base64() writes: every byte string has one text.
Result<std::string> decode_base64(std::string_view text);
/// Reads exactly what encode_base64url() writes: every byte string has one text.
Result<std::string> decode_base64url(std::string_view text);
/// Reads either alphabet, also mixed, with or without padding; for texts that clients send.
Result<std::string> decode_base64_tolerant(std::string_view text);

}  // namespace metadata::base

#endif  // METADATA_LIB_BASE_BASE64_H
