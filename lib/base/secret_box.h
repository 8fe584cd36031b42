#ifndef METADATA_LIB_BASE_SECRET_BOX_H
#define METADATA_LIB_BASE_SECRET_BOX_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "metadata/error.h"

namespace metadata::base {

/// A key that seals secrets for the store and opens them again (XSalsa20-Poly1305).
///
/// A sealed text is "sealed:v1:" and URL-safe base64 of nonce and box; sealing the same secret twice gives two texts.
/// The key is wiped when the box dies. Immutable; safe for use from many threads.
class SecretBox {
 public:
  static constexpr std::size_t kKeyBytes = 32;

  /// A box for a key of exactly kKeyBytes bytes; anything else is InvalidArgument.
  static Result<SecretBox> from_key(std::string_view key);

  SecretBox(SecretBox&& other) noexcept;
  SecretBox& operator=(SecretBox&&) = delete;
  ~SecretBox();

  std::string seal(std::string_view plain) const;
  /// The secret. A text that was not sealed, or was with another key, or was altered, is Corrupt.
  Result<std::string> open(std::string_view sealed) const;

  /// Whether the text has the form of a sealed one. A secret may have it too: seal whatever comes in, whatever it
  /// looks like.
  static bool is_sealed(std::string_view text);

 private:
  SecretBox() = default;

  std::array<std::uint8_t, kKeyBytes> key_{};
};

/// Overwrites a secret and empties it, in a way that the compiler does not leave out.
void wipe(std::string& secret);

}  // namespace metadata::base

#endif  // METADATA_LIB_BASE_SECRET_BOX_H
