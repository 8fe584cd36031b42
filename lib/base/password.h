#ifndef METADATA_LIB_BASE_PASSWORD_H
#define METADATA_LIB_BASE_PASSWORD_H

#include <cstddef>
#include <string>
#include <string_view>

#include "metadata/error.h"

namespace metadata::base {

// Password hashes: Argon2id with libsodium's interactive limits (64 MiB and two passes, about a tenth of a second
// each). Safe for use from many threads. What goes through the gate runs two at a time with 32 waiting; further
// calls are RateLimited.

/// Longer passwords are refused, so that nobody makes the server hash megabytes.
inline constexpr std::size_t kMaxPasswordBytes = 1024;

/// The text to store, salt and limits included. An empty or too long password is InvalidArgument. Goes through the
/// gate.
Result<std::string> hash_password(std::string_view password);

/// Ok when `hash` was made of `password`, Unauthenticated when not. Goes through the gate.
Error check_password(std::string_view hash, std::string_view password);

/// What check_password() costs, and Unauthenticated: for accounts that do not exist, so that nobody can tell. Goes
/// through the gate.
Error check_unknown_account(std::string_view password);

/// Whether `hash` was made of `password`, without the gate: for callers that have the process to themselves.
bool verify_password(std::string_view hash, std::string_view password);

}  // namespace metadata::base

#endif  // METADATA_LIB_BASE_PASSWORD_H
