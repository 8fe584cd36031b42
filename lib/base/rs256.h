#ifndef METADATA_LIB_BASE_RS256_H
#define METADATA_LIB_BASE_RS256_H

#include <memory>
#include <string>
#include <string_view>

#include "metadata/error.h"

namespace metadata::base {

/// An RSA key pair that signs as RS256 (RSASSA-PKCS1-v1_5 with SHA-256, RFC 7518).
///
/// Immutable. Cheap to copy: copies share the key. Safe for use from many threads.
/// A signature costs about 0.3 ms, a check about 0.05 ms with 2048 bits.
class SigningKey {
 public:
  static constexpr int kMinBits = 2048;
  static constexpr int kMaxBits = 8192;

  /// A new key; takes 0.1 to 1 s with 2048 bits. A size out of bounds is InvalidArgument.
  static Result<SigningKey> generate(int bits = kMinBits);
  /// Reads a private key in PEM. InvalidArgument when it is none, is encrypted, is not RSA, is too small or does
  /// not fit together.
  static Result<SigningKey> from_pem(std::string_view pem);

  /// Reads a public key in PEM (SubjectPublicKeyInfo): it verifies, but cannot sign. InvalidArgument as from_pem().
  static Result<SigningKey> from_public_pem(std::string_view pem);

  /// The private key as unencrypted PKCS #8 in PEM. Keep it secret; wipe() it after use.
  Result<std::string> private_pem() const;
  /// The public key in PEM (SubjectPublicKeyInfo).
  const std::string& public_pem() const;
  /// The key's id: its thumbprint (RFC 7638, SHA-256) as URL-safe base64, so one key has one id everywhere.
  const std::string& kid() const;
  /// The public key as a JSON Web Key (RFC 7517): `{"kty":"RSA","kid":…,"n":…,"e":…,"alg":"RS256","use":"sig"}`.
  const std::string& jwk() const;

  /// The raw signature.
  Result<std::string> sign(std::string_view data) const;
  /// Whether `signature` is this key's signature of `data`.
  bool verify(std::string_view data, std::string_view signature) const;

 private:
  struct Impl;
  explicit SigningKey(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

  std::shared_ptr<const Impl> impl_;
};

}  // namespace metadata::base

#endif  // METADATA_LIB_BASE_RS256_H
