#ifndef METADATA_LIB_BASE_RANDOM_H
#define METADATA_LIB_BASE_RANDOM_H

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/hash.h"
#include "metadata/error.h"

namespace metadata::base {

/// Makes libsodium ready; the first call does the work. Safe for use from many threads.
/// Whoever opens a catalog calls it once and hears of a failure there.
Error ensure_sodium();

// Unpredictable bytes, fit for keys. All are safe for use from many threads. Where the system has no entropy at
// all, libsodium ends the process; there is no result to check.

/// Fills `out`.
void fill_random(std::span<std::uint8_t> out);
ShortHashKey random_short_hash_key();
/// `count` bytes.
std::string random_bytes(std::size_t count);
/// URL-safe text that carries `bytes` random bytes (4 characters for 3 bytes).
std::string random_token(std::size_t bytes);
/// A password for people to type: 20 characters with upper, lower, digit and special among them, none that look alike.
/// About 110 bits; it needs no escaping in JSON or inside single shell quotes.
std::string random_password();

}  // namespace metadata::base

#endif  // METADATA_LIB_BASE_RANDOM_H
