#ifndef METADATA_SERVER_AUTH_CREDENTIALS_H
#define METADATA_SERVER_AUTH_CREDENTIALS_H

#include <string>

#include "http/request.h"
#include "metadata/access.h"
#include "metadata/error.h"

namespace metadata::server {

class Oidc;

/// Who sent a request, and what showed it.
struct Identity {
  Principal principal;
  std::string token;
  Credential credential = Credential::Session;
  bool by_key = false;  ///< an API key, or anything that came as X-API-Key
};

/// Reads `Authorization: Bearer …` (the scheme in any case) or `X-API-Key: …`; both take an API key, a token,
/// or, with `oidc`, a token of an identity provider. Unauthenticated when there is neither, or it is not good.
/// InvalidArgument when the two name different principals.
Result<Identity> identify(const Request& request, Access& access, const Interrupt& interrupt = {},
                          Oidc* oidc = nullptr);

}  // namespace metadata::server

#endif  // METADATA_SERVER_AUTH_CREDENTIALS_H
