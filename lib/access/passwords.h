#ifndef METADATA_LIB_ACCESS_PASSWORDS_H
#define METADATA_LIB_ACCESS_PASSWORDS_H

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "metadata/error.h"
#include "metadata/ids.h"
#include "store/reader.h"
#include "store/write_set.h"

namespace metadata::access {

/// The operation that stores a user's password as an Argon2id hash. InvalidArgument with field "password" when it
/// breaks the rule (8 to 256 bytes of UTF-8); RateLimited when too many hashes wait.
Result<store::Operation> store_password(const EntityId& user, std::string_view password, std::int64_t now_ms);

/// The stored hash of a user's password, or nothing.
Result<std::optional<std::string>> find_password(store::Reader& reader, const EntityId& user);

/// Ok when the password is the one behind the hash, Unauthenticated when not. Costs the same without a hash, so that
/// nobody can tell whether there is an account. RateLimited when too many hashes wait.
Error check_password(const std::optional<std::string>& hash, std::string_view password);

}  // namespace metadata::access

#endif  // METADATA_LIB_ACCESS_PASSWORDS_H
