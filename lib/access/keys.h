#ifndef METADATA_LIB_ACCESS_KEYS_H
#define METADATA_LIB_ACCESS_KEYS_H

#include <array>
#include <memory>
#include <string>

#include "base/rs256.h"
#include "base/secret_box.h"
#include "metadata/error.h"

namespace metadata::access {

/// Where the keys lie within the directory of a catalog.
inline constexpr std::array<const char*, 2> kKeyFiles{"keys/secret.key", "keys/jwt.pem"};

/// The secrets of one catalog: what seals secret fields, and what signs tokens.
struct Keys {
  base::SecretBox box;
  std::shared_ptr<const base::SigningKey> signing;
};

/// What to do when the keys are not there. Refuse: NotFound, and nothing is written.
enum class MissingKeys { Make, Refuse };

/// The keys in `<directory>/keys/` (`secret.key`, 32 bytes; `jwt.pem`, RSA), made (directory 0700, files 0600) when
/// they are missing; ":memory:" makes new ones that are stored nowhere. The first start takes up to a second for the
/// RSA key.
///
/// A key that others may read or replace is PermissionDenied, one that cannot be read Unavailable, a file that holds no
/// such key Corrupt. Not safe for two processes at once: whoever calls it holds the catalog's lock.
Result<Keys> open_keys(const std::string& directory, MissingKeys missing = MissingKeys::Make);

/// Puts another signing key in the place of the catalog's. After a crash there is the old one or the new. ":memory:"
/// keeps none.
Error replace_signing_key(const std::string& directory, const base::SigningKey& key);

}  // namespace metadata::access

#endif  // METADATA_LIB_ACCESS_KEYS_H
