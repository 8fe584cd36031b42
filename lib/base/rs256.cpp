#include "base/rs256.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <optional>

#include "base/base64.h"
#include "base/hash.h"
#include "base/openssl.h"

namespace metadata::base {
namespace {

constexpr std::size_t kMaxPemBytes = 64 * 1024;

using BioPtr = std::unique_ptr<BIO, Free<BIO_free_all>>;
using NumberPtr = std::unique_ptr<BIGNUM, Free<BN_clear_free>>;

Error openssl_failed(std::string_view verb) { return internal_error("OpenSSL could not " + std::string(verb)); }

// Without this OpenSSL would ask for the passphrase on the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

std::string content_of(BIO* memory) {
  char* data = nullptr;
  const long length = BIO_get_mem_data(memory, &data);
  return length > 0 ? std::string(data, static_cast<std::size_t>(length)) : std::string();
}

std::optional<std::string> public_pem_of(EVP_PKEY* key) {
  const BioPtr memory(BIO_new(BIO_s_mem()));
  if (!memory || PEM_write_bio_PUBKEY(memory.get(), key) != 1) return std::nullopt;
  return content_of(memory.get());
}

// A number of the public key as big-endian bytes without leading zeros, in URL-safe base64 (RFC 7518, 6.3.1).
std::optional<std::string> number_of(EVP_PKEY* key, const char* which) {
  BIGNUM* number = nullptr;
  if (EVP_PKEY_get_bn_param(key, which, &number) != 1) return std::nullopt;
  const NumberPtr owned(number);
  std::string bytes(static_cast<std::size_t>(BN_num_bytes(number)), '\0');
  BN_bn2bin(number, raw(bytes));
  return encode_base64url(bytes);
}

NumberPtr secret_number(EVP_PKEY* key, const char* which) {
  BIGNUM* number = nullptr;
  if (EVP_PKEY_get_bn_param(key, which, &number) != 1) return nullptr;
  return NumberPtr(number);
}

/// Do the numbers of the key say one thing? OpenSSL's own check also proves again that the factors are primes, which
/// takes ten times longer than all else that opening a catalog does; damage is found without it.
bool fits_together(EVP_PKEY* key) {
  const NumberPtr n = secret_number(key, OSSL_PKEY_PARAM_RSA_N), e = secret_number(key, OSSL_PKEY_PARAM_RSA_E),
                  d = secret_number(key, OSSL_PKEY_PARAM_RSA_D), p = secret_number(key, OSSL_PKEY_PARAM_RSA_FACTOR1),
                  q = secret_number(key, OSSL_PKEY_PARAM_RSA_FACTOR2),
                  d_of_p = secret_number(key, OSSL_PKEY_PARAM_RSA_EXPONENT1),
                  d_of_q = secret_number(key, OSSL_PKEY_PARAM_RSA_EXPONENT2),
                  q_inverse = secret_number(key, OSSL_PKEY_PARAM_RSA_COEFFICIENT1);
  if (!n || !e || !d || !p || !q || !d_of_p || !d_of_q || !q_inverse) return false;
  const std::unique_ptr<BN_CTX, Free<BN_CTX_free>> scratch(BN_CTX_secure_new());
  const NumberPtr found(BN_secure_new()), less(BN_secure_new());
  if (!scratch || !found || !less) return false;
  const auto times_is_one = [&](const BIGNUM* a, const BIGNUM* b, const BIGNUM* modulus) {
    return BN_mod_mul(found.get(), a, b, modulus, scratch.get()) == 1 && BN_is_one(found.get()) == 1;
  };
  // The exponents undo each other below either factor, and what is kept to reckon faster agrees with them.
  const auto exponents_fit = [&](const BIGNUM* factor, const BIGNUM* short_exponent) {
    return BN_sub(less.get(), factor, BN_value_one()) == 1 && BN_is_zero(less.get()) == 0 &&
           times_is_one(d.get(), e.get(), less.get()) && BN_mod(found.get(), d.get(), less.get(), scratch.get()) == 1 &&
           BN_cmp(found.get(), short_exponent) == 0;
  };
  return BN_mul(found.get(), p.get(), q.get(), scratch.get()) == 1 && BN_cmp(found.get(), n.get()) == 0 &&
         exponents_fit(p.get(), d_of_p.get()) && exponents_fit(q.get(), d_of_q.get()) &&
         times_is_one(q_inverse.get(), q.get(), p.get());
}

}  // namespace

struct SigningKey::Impl {
  KeyPtr key;
  std::string public_pem;
  std::string kid;
  std::string jwk;

  static Result<std::shared_ptr<const Impl>> make(KeyPtr key);
};

Result<std::shared_ptr<const SigningKey::Impl>> SigningKey::Impl::make(KeyPtr key) {
  std::optional<std::string> pem = public_pem_of(key.get());
  const std::optional<std::string> n = number_of(key.get(), OSSL_PKEY_PARAM_RSA_N);
  const std::optional<std::string> e = number_of(key.get(), OSSL_PKEY_PARAM_RSA_E);
  if (!pem || !n || !e) return openssl_failed("read the public part of a key");

  // The thumbprint is over exactly these members in exactly this order.
  const Sha256 thumbprint = sha256(R"({"e":")" + *e + R"(","kty":"RSA","n":")" + *n + R"("})");
  auto impl = std::make_shared<Impl>();
  impl->key = std::move(key);
  impl->public_pem = *std::move(pem);
  impl->kid = encode_base64url(as_text(thumbprint));
  impl->jwk =
      R"({"kty":"RSA","kid":")" + impl->kid + R"(","n":")" + *n + R"(","e":")" + *e + R"(","alg":"RS256","use":"sig"})";
  return std::shared_ptr<const Impl>(std::move(impl));
}

namespace {

Result<BioPtr> open_pem(std::string_view pem) {
  if (pem.size() > kMaxPemBytes) {
    return invalid_argument("a PEM text of more than " + std::to_string(kMaxPemBytes) + " bytes");
  }
  BioPtr memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (!memory) return openssl_failed("read a key");
  return memory;
}

Error check_kind(EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "RSA") != 1) return invalid_argument("the key is not an RSA key");
  const int bits = EVP_PKEY_get_bits(key);
  if (bits >= SigningKey::kMinBits && bits <= SigningKey::kMaxBits) return {};
  return invalid_argument("the RSA key has " + std::to_string(bits) + " bits; " + std::to_string(SigningKey::kMinBits) +
                          " to " + std::to_string(SigningKey::kMaxBits) + " are allowed");
}

}  // namespace

Result<SigningKey> SigningKey::generate(int bits) {
  if (bits < kMinBits || bits > kMaxBits) {
    return invalid_argument("an RSA key of " + std::to_string(bits) + " bits; " + std::to_string(kMinBits) + " to " +
                            std::to_string(kMaxBits) + " are allowed");
  }
  const CleanErrors errors;
  KeyPtr key(EVP_RSA_gen(static_cast<unsigned>(bits)));
  if (!key) return openssl_failed("make a key");
  MD_LET(impl, Impl::make(std::move(key)));
  return SigningKey(std::move(impl));
}

Result<SigningKey> SigningKey::from_pem(std::string_view pem) {
  const CleanErrors errors;
  MD_LET(memory, open_pem(pem));
  KeyPtr key(PEM_read_bio_PrivateKey(memory.get(), nullptr, no_passphrase, nullptr));
  if (!key) return invalid_argument("the text is not an unencrypted private key in PEM");
  MD_OK(check_kind(key.get()));
  if (!fits_together(key.get())) return invalid_argument("the RSA key is damaged: its numbers do not fit together");
  MD_LET(impl, Impl::make(std::move(key)));
  return SigningKey(std::move(impl));
}

Result<SigningKey> SigningKey::from_public_pem(std::string_view pem) {
  const CleanErrors errors;
  MD_LET(memory, open_pem(pem));
  KeyPtr key(PEM_read_bio_PUBKEY(memory.get(), nullptr, no_passphrase, nullptr));
  if (!key) return invalid_argument("the text is not a public key in PEM");
  MD_OK(check_kind(key.get()));
  MD_LET(impl, Impl::make(std::move(key)));
  return SigningKey(std::move(impl));
}

Result<std::string> SigningKey::private_pem() const {
  const CleanErrors errors;
  // Secure-memory buffers are wiped when they are freed.
  const BioPtr memory(BIO_new(BIO_s_secmem()));
  if (!memory ||
      PEM_write_bio_PKCS8PrivateKey(memory.get(), impl_->key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return openssl_failed("write a private key");
  }
  return content_of(memory.get());
}

const std::string& SigningKey::public_pem() const { return impl_->public_pem; }
const std::string& SigningKey::kid() const { return impl_->kid; }
const std::string& SigningKey::jwk() const { return impl_->jwk; }

Result<std::string> SigningKey::sign(std::string_view data) const {
  const CleanErrors errors;
  const DigestContext context(EVP_MD_CTX_new());
  std::size_t length = 0;
  if (!context || EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, impl_->key.get()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &length, raw(data), data.size()) != 1) {
    return openssl_failed("prepare a signature");
  }
  std::string signature(length, '\0');
  if (EVP_DigestSign(context.get(), raw(signature), &length, raw(data), data.size()) != 1) {
    return openssl_failed("sign");
  }
  signature.resize(length);
  return signature;
}

bool SigningKey::verify(std::string_view data, std::string_view signature) const {
  const CleanErrors errors;
  const DigestContext context(EVP_MD_CTX_new());
  return context && EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, impl_->key.get()) == 1 &&
         EVP_DigestVerify(context.get(), raw(signature), signature.size(), raw(data), data.size()) == 1;
}

}  // namespace metadata::base
