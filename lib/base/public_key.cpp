#include "base/public_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/openssl.h"
#include "base/rs256.h"

namespace metadata::base {
namespace {

constexpr std::size_t kMaxModulusBytes = SigningKey::kMaxBits / 8 + 1;
constexpr std::size_t kMaxExponentBytes = 8;
constexpr std::size_t kCoordinateBytes = 32;
constexpr std::size_t kMaxEcSignatureBytes = 80;

using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>>;
using NumberPtr = std::unique_ptr<BIGNUM, Free<BN_free>>;
using BuilderPtr = std::unique_ptr<OSSL_PARAM_BLD, Free<OSSL_PARAM_BLD_free>>;
using ParamsPtr = std::unique_ptr<OSSL_PARAM, Free<OSSL_PARAM_free>>;
using EcSignature = std::unique_ptr<ECDSA_SIG, Free<ECDSA_SIG_free>>;

struct Named {
  SignatureKind kind;
  std::string_view name;
};
constexpr std::array<Named, 7> kNames{{{SignatureKind::Rs256, "RS256"},
                                       {SignatureKind::Rs384, "RS384"},
                                       {SignatureKind::Rs512, "RS512"},
                                       {SignatureKind::Ps256, "PS256"},
                                       {SignatureKind::Ps384, "PS384"},
                                       {SignatureKind::Ps512, "PS512"},
                                       {SignatureKind::Es256, "ES256"}}};

const EVP_MD* hash_of(SignatureKind kind) {
  switch (kind) {
    case SignatureKind::Rs384:
    case SignatureKind::Ps384:
      return EVP_sha384();
    case SignatureKind::Rs512:
    case SignatureKind::Ps512:
      return EVP_sha512();
    case SignatureKind::Rs256:
    case SignatureKind::Ps256:
    case SignatureKind::Es256:
      break;
  }
  return EVP_sha256();
}

bool is_pss(SignatureKind kind) {
  return kind == SignatureKind::Ps256 || kind == SignatureKind::Ps384 || kind == SignatureKind::Ps512;
}

NumberPtr number(std::string_view bytes) {
  return NumberPtr(BN_bin2bn(raw(bytes), static_cast<int>(bytes.size()), nullptr));
}

/// A public key of its parameters, proved to be one.
KeyPtr key_of(const char* algorithm, OSSL_PARAM_BLD* builder) {
  const ParamsPtr params(OSSL_PARAM_BLD_to_param(builder));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, algorithm, nullptr));
  EVP_PKEY* made = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
    return nullptr;
  }
  KeyPtr key(made);
  const KeyContext check(EVP_PKEY_CTX_new(key.get(), nullptr));
  return check && EVP_PKEY_public_check_quick(check.get()) == 1 ? std::move(key) : nullptr;
}

/// Tokens carry the two numbers of an ECDSA signature as they are, OpenSSL wants them in DER.
std::string der_of(std::string_view signature) {
  if (signature.size() != 2 * kCoordinateBytes) return {};
  NumberPtr r = number(signature.substr(0, kCoordinateBytes)), s = number(signature.substr(kCoordinateBytes));
  const EcSignature both(ECDSA_SIG_new());
  if (!r || !s || !both || ECDSA_SIG_set0(both.get(), r.get(), s.get()) != 1) return {};
  (void)r.release();  // the signature owns them now
  (void)s.release();
  std::array<unsigned char, kMaxEcSignatureBytes> der{};
  unsigned char* end = der.data();
  const int length = i2d_ECDSA_SIG(both.get(), nullptr);
  if (length <= 0 || static_cast<std::size_t>(length) > der.size() || i2d_ECDSA_SIG(both.get(), &end) != length)
    return {};
  return std::string(reinterpret_cast<const char*>(der.data()), static_cast<std::size_t>(length));
}

}  // namespace

struct PublicKey::Impl {
  KeyPtr key;
};

std::optional<SignatureKind> signature_kind(std::string_view name) {
  const auto found = std::find_if(kNames.begin(), kNames.end(), [&](const Named& one) { return one.name == name; });
  return found == kNames.end() ? std::nullopt : std::optional(found->kind);
}

std::string_view name_of(SignatureKind kind) {
  return std::find_if(kNames.begin(), kNames.end(), [&](const Named& one) { return one.kind == kind; })->name;
}

Result<PublicKey> PublicKey::rsa(std::string_view modulus, std::string_view exponent, SignatureKind kind) {
  if (kind == SignatureKind::Es256) return invalid_argument("ES256 is not for RSA keys");
  if (modulus.size() > kMaxModulusBytes || exponent.empty() || exponent.size() > kMaxExponentBytes)
    return invalid_argument("the numbers of the RSA key are too long, or missing");
  const CleanErrors errors;
  const NumberPtr n = number(modulus), e = number(exponent);
  if (!n || !e) return internal_error("OpenSSL could not read a number");
  const int bits = BN_num_bits(n.get());
  if (bits < SigningKey::kMinBits || bits > SigningKey::kMaxBits)
    return invalid_argument("an RSA key of " + std::to_string(bits) + " bits");
  if (BN_is_odd(e.get()) == 0 || BN_is_one(e.get()) == 1 || BN_is_odd(n.get()) == 0)
    return invalid_argument("the numbers of the RSA key are none of an RSA key");
  const BuilderPtr builder(OSSL_PARAM_BLD_new());
  if (!builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return internal_error("OpenSSL could not build a key");
  }
  KeyPtr key = key_of("RSA", builder.get());
  if (!key) return invalid_argument("the numbers of the RSA key are none of an RSA key");
  return PublicKey(std::make_shared<const Impl>(Impl{std::move(key)}), kind);
}

Result<PublicKey> PublicKey::p256(std::string_view x, std::string_view y) {
  if (x.size() != kCoordinateBytes || y.size() != kCoordinateBytes)
    return invalid_argument("a coordinate of P-256 has 32 bytes");
  const CleanErrors errors;
  const std::string point = std::string("\x04").append(x).append(y);
  const BuilderPtr builder(OSSL_PARAM_BLD_new());
  if (!builder || OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1) {
    return internal_error("OpenSSL could not build a key");
  }
  KeyPtr key = key_of("EC", builder.get());
  if (!key) return invalid_argument("the coordinates are no point of P-256");
  return PublicKey(std::make_shared<const Impl>(Impl{std::move(key)}), SignatureKind::Es256);
}

bool PublicKey::verify(std::string_view data, std::string_view signature) const {
  const CleanErrors errors;
  const std::string der = kind_ == SignatureKind::Es256 ? der_of(signature) : std::string();
  if (kind_ == SignatureKind::Es256 && der.empty()) return false;
  const std::string_view given = kind_ == SignatureKind::Es256 ? std::string_view(der) : signature;
  const DigestContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* how = nullptr;  // owned by the context
  if (!context || EVP_DigestVerifyInit(context.get(), &how, hash_of(kind_), nullptr, impl_->key.get()) != 1) {
    return false;
  }
  // The salt is as long as the digest (RFC 7518, 3.5); OpenSSL would take any.
  if (is_pss(kind_) && (EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING) != 1 ||
                        EVP_PKEY_CTX_set_rsa_pss_saltlen(how, RSA_PSS_SALTLEN_DIGEST) != 1)) {
    return false;
  }
  return EVP_DigestVerify(context.get(), raw(given), given.size(), raw(data), data.size()) == 1;
}

Result<std::string> digest_of(SignatureKind kind, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int length = 0;
  if (EVP_Digest(text.data(), text.size(), bytes.data(), &length, hash_of(kind), nullptr) != 1)
    return internal_error("OpenSSL could not make a digest");
  return std::string(reinterpret_cast<const char*>(bytes.data()), length);
}

}  // namespace metadata::base
