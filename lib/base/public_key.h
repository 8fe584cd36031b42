#ifndef METADATA_LIB_BASE_PUBLIC_KEY_H
#define METADATA_LIB_BASE_PUBLIC_KEY_H

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "metadata/error.h"

namespace metadata::base {

/// How a key of somebody else signs (RFC 7518, section 3.1). There is none for "none" and none with a shared secret.
enum class SignatureKind { Rs256, Rs384, Rs512, Ps256, Ps384, Ps512, Es256 };

/// By its name in a JSON Web Key or a token's header; letters count.
std::optional<SignatureKind> signature_kind(std::string_view name);
std::string_view name_of(SignatureKind kind);

/// A public key of somebody else, with the one way in which it signs.
///
/// Immutable. Cheap to copy: copies share the key. Safe for use from many threads.
class PublicKey {
 public:
  /// An RSA key of big-endian numbers. InvalidArgument: fewer than 2048 or more than 8192 bits, an exponent that is
  /// even, below 3 or longer than 8 bytes, or a kind that is not RSA's.
  static Result<PublicKey> rsa(std::string_view modulus, std::string_view exponent, SignatureKind kind);
  /// A key on the curve P-256 of two coordinates of 32 bytes, for Es256. InvalidArgument when it is no such point.
  static Result<PublicKey> p256(std::string_view x, std::string_view y);

  SignatureKind kind() const { return kind_; }
  /// Whether `signature`, in the form that tokens have it, is this key's signature of `data`.
  bool verify(std::string_view data, std::string_view signature) const;

 private:
  struct Impl;
  PublicKey(std::shared_ptr<const Impl> impl, SignatureKind kind) : impl_(std::move(impl)), kind_(kind) {}

  std::shared_ptr<const Impl> impl_;
  SignatureKind kind_;
};

/// The digest that belongs to a kind (SHA-256, -384 or -512). Internal when OpenSSL could not make it.
Result<std::string> digest_of(SignatureKind kind, std::string_view text);

}  // namespace metadata::base

#endif  // METADATA_LIB_BASE_PUBLIC_KEY_H
