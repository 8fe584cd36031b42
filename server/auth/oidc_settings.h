#ifndef METADATA_SERVER_AUTH_OIDC_SETTINGS_H
#define METADATA_SERVER_AUTH_OIDC_SETTINGS_H

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "guard/addresses.h"
#include "metadata/error.h"

namespace metadata::server {

/// An identity provider (OpenID Connect) whose word about users is believed.
struct OidcProvider {
  std::string name;  ///< in paths: letters, digits and dashes
  std::string kind;  ///< google, okta, auth0, azure or custom
  std::string display_name;
  std::string issuer;                ///< as the provider's tokens have it
  std::vector<std::string> issuers;  ///< it, and other spellings of it
  std::string discovery;             ///< URL of the provider's configuration
  std::string client_id;
  std::string client_secret;  ///< empty: a public client
  std::vector<std::string> scopes;
  std::string callback_url;  ///< where browsers come back to; empty: nobody logs in by a browser
  std::vector<std::string> audiences;
  std::vector<std::string> principal_claims;  ///< the first that a token has says who it is
  std::string email_claim;
  std::string display_name_claim;
  std::string principal_domain;              ///< addresses of it are user names, but for the domain; empty: none is
  std::vector<std::string> allowed_domains;  ///< of addresses, lower case; empty or "*": all
  std::vector<std::string> admin_principals;
  bool self_signup = false;
  bool verified_email = true;  ///< an address counts only when the token says that it was verified
  std::int64_t leeway_s = 60;
};

struct OidcSettings {
  std::vector<OidcProvider> providers;
  Networks allow;                                  ///< addresses besides public ones that providers may have
  std::chrono::milliseconds key_refresh{60'000};   ///< the least time between two fetches from one provider
  std::chrono::milliseconds key_overlap{300'000};  ///< how long a key is good after the provider stopped showing it
  std::chrono::milliseconds key_age{600'000};      ///< after which keys are fetched anew in passing
};

/// Reads the file of --oidc-config (docs/authentication.md). InvalidArgument "FILE:LINE: setting: what is wrong".
/// `callback_url` stands in for what a provider does not say itself; may be empty.
Result<OidcSettings> read_oidc_settings(const std::string& path, const std::string& callback_url);

/// May secrets be sent there, and may it be asked for keys? https, or http to the machine itself; without credentials
/// and fragment; nothing in it that a header or a parser could take for something else.
bool is_provider_url(std::string_view url);

/// The path that browsers come back to.
inline constexpr std::string_view kCallbackPath = "/callback";

}  // namespace metadata::server

#endif  // METADATA_SERVER_AUTH_OIDC_SETTINGS_H
