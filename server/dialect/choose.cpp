#include "dialect/choose.h"

#include <string>

namespace metadata::server {
namespace {

/// The client writes "Content-type" on every request; scripts by hand write "Content-Type", and only with a body.
bool looks_like_client(const Request& request) {
  const bool reads = request.method == "GET" || request.method == "HEAD" || request.method == "DELETE";
  if (!reads || !request.body.empty()) return false;
  if (!request.headers.value("User-Agent").starts_with("python-requests/")) return false;
  const Headers::Field* type = request.headers.field("Content-Type");
  return type != nullptr && type->first != "Content-Type";
}

}  // namespace

Result<DialectRule> dialect_rule(std::string_view word) {
  if (word == "auto") return DialectRule::Auto;
  if (word == "guide") return DialectRule::Guide;
  if (word == "openmetadata") return DialectRule::OpenMetadata;
  return invalid_argument("dialect must be auto, guide or openmetadata, not '" + std::string(word) + "'");
}

Result<Dialect> choose_dialect(const Request& request, DialectRule rule) {
  if (const Headers::Field* asked = request.headers.field("X-Metadata-Dialect")) {
    if (same_header_name(asked->second, "guide")) return Dialect::Guide;
    if (same_header_name(asked->second, "openmetadata")) return Dialect::OpenMetadata;
    return invalid_argument("X-Metadata-Dialect must be guide or openmetadata");
  }
  if (rule == DialectRule::Guide) return Dialect::Guide;
  if (rule == DialectRule::OpenMetadata) return Dialect::OpenMetadata;
  return looks_like_client(request) ? Dialect::OpenMetadata : Dialect::Guide;
}

}  // namespace metadata::server
