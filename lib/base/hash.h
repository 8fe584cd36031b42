#ifndef METADATA_LIB_BASE_HASH_H
#define METADATA_LIB_BASE_HASH_H

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "metadata/error.h"

namespace metadata::base {

using Sha256 = std::array<std::uint8_t, 32>;

Sha256 sha256(std::string_view bytes);
/// The same as 64 lower-case hexadecimal digits.
std::string sha256_hex(std::string_view bytes);

/// The MD5 (RFC 1321) as 32 lower-case hexadecimal digits: a name for a text that other programs work out too. It keeps
/// nobody from making two texts of one name; never for secrets.
std::string md5_hex(std::string_view bytes);

/// HMAC-SHA-256 (RFC 2104) with a key of any length.
Sha256 hmac_sha256(std::string_view key, std::string_view bytes);
/// A digest as 64 lower-case hexadecimal digits.
std::string hex(const Sha256& digest);

/// SipHash-2-4 with 128 bits: without the key nobody can find a text for a hash, or two with one hash. Much cheaper
/// than SHA-256; for tables in memory, under a random key of their own.
using ShortHash = std::array<std::uint8_t, 16>;
using ShortHashKey = std::array<std::uint8_t, 16>;
ShortHash short_hash(std::string_view bytes, const ShortHashKey& key);

/// Hashes are spread evenly already.
struct ShortHashHash {
  std::size_t operator()(const ShortHash& hash) const noexcept {
    std::size_t part = 0;
    std::memcpy(&part, hash.data(), sizeof part);
    return part;
  }
};

/// The SHA-256 of bytes that come piece by piece. Not thread-safe.
class Sha256Stream {
 public:
  Sha256Stream();
  ~Sha256Stream();
  Sha256Stream(const Sha256Stream&) = delete;
  Sha256Stream& operator=(const Sha256Stream&) = delete;

  void update(std::string_view bytes);
  /// 64 hexadecimal digits; nothing may be added afterwards. Internal when the digest could not be made.
  Result<std::string> finish_hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The bytes of a digest, as the encoders take them. Not owned; the digest must outlive it.
inline std::string_view as_text(const Sha256& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

/// Whether two texts are equal, in a time that depends on their lengths alone: for comparing secrets.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace metadata::base

#endif  // METADATA_LIB_BASE_HASH_H
