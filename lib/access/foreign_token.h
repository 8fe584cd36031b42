#ifndef METADATA_LIB_ACCESS_FOREIGN_TOKEN_H
#define METADATA_LIB_ACCESS_FOREIGN_TOKEN_H

#include <string_view>

#include "base/jwt.h"
#include "metadata/error.h"
#include "metadata/json.h"
#include "metadata/oidc.h"

namespace metadata::access {

/// A token of somebody else taken apart, its head in order, nothing in it believed.
struct ForeignToken {
  TokenHead head;
  base::JwtParts parts;
  Json claims;  ///< an object
};

/// As read_token_head().
Result<ForeignToken> split_foreign_token(std::string_view token);

/// Whether a `kid` has a form that issuers give: 1 to 128 of letters, digits and `._:-+/=`.
bool is_foreign_kid(std::string_view text);

}  // namespace metadata::access

#endif  // METADATA_LIB_ACCESS_FOREIGN_TOKEN_H
