#ifndef METADATA_LIB_ACCESS_PASSWORDS_H
#define METADATA_LIB_ACCESS_PASSWORDS_H

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "metadata/error.h"
#include "metadata/ids.h"
#include "store/reader.h"
#include "store/write_set.h"

namespace metadata::access {

/// A data file of this folder, compiled in.
struct EmbeddedFile {
  std::string_view name;
  std::string_view text;
};
std::span<const EmbeddedFile> embedded_common_passwords();

/// Ok when a password may be chosen: at least 8 characters, at most 256 bytes, UTF-8, not one of the most common.
/// InvalidArgument with field "password".
Error check_password_rule(std::string_view password);

/// The operation that stores a user's password as an Argon2id hash. InvalidArgument as check_password_rule();
/// RateLimited when too many hashes wait.
Result<store::Operation> store_password(const EntityId& user, std::string_view password, std::int64_t now_ms);

/// The stored hash of a user's password, or nothing.
Result<std::optional<std::string>> find_password(store::Reader& reader, const EntityId& user);

/// Ok when the password is the one behind the hash, Unauthenticated when not. Costs the same without a hash, so that
/// nobody can tell whether there is an account. RateLimited when too many hashes wait.
Error check_password(const std::optional<std::string>& hash, std::string_view password);

}  // namespace metadata::access

#endif  // METADATA_LIB_ACCESS_PASSWORDS_H
