#include "auth/credentials.h"

#include <string_view>

#include "auth/oidc.h"

namespace metadata::server {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// The token of a Bearer header; empty for any other scheme.
std::string_view bearer_token(std::string_view header) {
  const auto blank = header.find(' ');
  if (blank == std::string_view::npos || !same_header_name(header.substr(0, blank), "Bearer")) return {};
  return trimmed(header.substr(blank + 1));
}

Result<Authenticated> who_is(std::string_view token, Access& access, const Interrupt& interrupt, Oidc* oidc) {
  if (oidc != nullptr && !Access::looks_like_api_key(token)) {
    auto principal = oidc->authenticate(token, interrupt);
    if (principal && !principal->ok()) return principal->error();
    if (principal) return Authenticated{**std::move(principal), Credential::Provider};
  }
  return access.identify(token, interrupt);
}

}  // namespace

Result<Identity> identify(const Request& request, Access& access, const Interrupt& interrupt, Oidc* oidc) {
  const Headers& headers = request.headers;
  if (headers.count("Authorization") > 1 || headers.count("X-API-Key") > 1) {
    return invalid_argument("more than one Authorization or X-API-Key header");
  }
  const std::string_view bearer = bearer_token(headers.value("Authorization"));
  const std::string_view key = trimmed(headers.value("X-API-Key"));
  if (bearer.empty() && key.empty()) return unauthenticated("Not Authorized! Token not present");
  const std::string_view token = bearer.empty() ? key : bearer;
  MD_LET(known, who_is(token, access, interrupt, oidc));
  if (!bearer.empty() && !key.empty() && key != bearer) {
    MD_LET(other, who_is(key, access, interrupt, oidc));
    if (other.principal.name != known.principal.name)
      return invalid_argument("Authorization and X-API-Key name different principals");
  }
  const bool by_key = !key.empty() || known.credential == Credential::ApiKey;
  return Identity{std::move(known.principal), std::string(token), known.credential, by_key};
}

}  // namespace metadata::server
