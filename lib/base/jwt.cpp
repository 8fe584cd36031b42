#include "base/jwt.h"

#include <algorithm>

#include "base/base64.h"

namespace metadata::base {
namespace {

Error bad_token(std::string_view why) { return unauthenticated("invalid token: " + std::string(why)); }

// Decodes one of the three parts; `name` is for the message, which never shows the token.
Result<std::string> decode_part(std::string_view part, std::string_view name) {
  if (part.empty()) return bad_token(std::string(name) + " is empty");
  Result<std::string> bytes = decode_base64url(part);
  if (!bytes.ok()) return bad_token(std::string(name) + " is not URL-safe base64");
  return bytes;
}

}  // namespace

Result<std::string> make_jwt(const SigningKey& key, std::string_view claims_json) {
  const std::string header = R"({"kid":")" + key.kid() + R"(","alg":"RS256","typ":"JWT"})";
  const std::string signed_text = encode_base64url(header) + "." + encode_base64url(claims_json);
  MD_LET(signature, key.sign(signed_text));
  std::string token = signed_text + "." + encode_base64url(signature);
  if (token.size() > kMaxTokenBytes) {
    return too_large("a token of " + std::to_string(token.size()) + " bytes; at most " +
                     std::to_string(kMaxTokenBytes) + " are allowed");
  }
  return token;
}

Result<JwtParts> split_jwt(std::string_view token) {
  if (token.size() > kMaxTokenBytes) return bad_token("it is longer than " + std::to_string(kMaxTokenBytes) + " bytes");
  if (std::ranges::count(token, '.') != 2) return bad_token("it does not have three parts");
  const std::size_t first = token.find('.');
  const std::size_t second = token.find('.', first + 1);
  MD_LET(header, decode_part(token.substr(0, first), "the header"));
  MD_LET(claims, decode_part(token.substr(first + 1, second - first - 1), "the claims part"));
  MD_LET(signature, decode_part(token.substr(second + 1), "the signature"));
  return JwtParts{std::move(header), std::move(claims), std::move(signature), std::string(token.substr(0, second))};
}

bool is_kid(std::string_view text) {
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == ':' || c == '-';
  };
  return !text.empty() && text.size() <= kMaxKidBytes && std::ranges::all_of(text, is_allowed);
}

bool has_signature(const JwtParts& parts, const SigningKey& key) {
  return key.verify(parts.signed_text, parts.signature);
}

}  // namespace metadata::base
