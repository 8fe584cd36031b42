#ifndef METADATA_SERVER_AUTH_CREDENTIALS_H
#define METADATA_SERVER_AUTH_CREDENTIALS_H

#include <string>

#include "http/request.h"
#include "metadata/access.h"
#include "metadata/error.h"

namespace metadata::server {

/// Who sent a request, and the token that showed it.
struct Identity {
  Principal principal;
  std::string token;
};

/// Reads `Authorization: Bearer …` (the scheme in any case) or `X-API-Key: …`, which carries a bot's token.
/// Unauthenticated when there is neither, or it is not good. InvalidArgument when the two name different principals.
Result<Identity> identify(const Request& request, Access& access, const Interrupt& interrupt = {});

}  // namespace metadata::server

#endif  // METADATA_SERVER_AUTH_CREDENTIALS_H
