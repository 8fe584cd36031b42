#include "base/hash.h"

#include <openssl/evp.h>
#include <sodium.h>

#include <cassert>

namespace metadata::base {
namespace {

std::string hex_of(const std::uint8_t* bytes, std::size_t size) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < size; ++i) {
    text.push_back(kHex[bytes[i] >> 4]);
    text.push_back(kHex[bytes[i] & 15]);
  }
  return text;
}

}  // namespace

Sha256 sha256(std::string_view bytes) {
  static_assert(crypto_hash_sha256_BYTES == std::tuple_size_v<Sha256>);
  Sha256 digest{};
  crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  return digest;
}

Sha256 hmac_sha256(std::string_view key, std::string_view bytes) {
  static_assert(crypto_auth_hmacsha256_BYTES == std::tuple_size_v<Sha256>);
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, reinterpret_cast<const unsigned char*>(key.data()), key.size());
  crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  Sha256 digest{};
  crypto_auth_hmacsha256_final(&state, digest.data());
  sodium_memzero(&state, sizeof state);
  return digest;
}

std::string hex(const Sha256& digest) { return hex_of(digest.data(), digest.size()); }

std::string md5_hex(std::string_view bytes) {
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  const int made = EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_md5(), nullptr);
  assert(made == 1);  // fails without memory alone
  static_cast<void>(made);
  return hex_of(digest.data(), size);
}

ShortHash short_hash(std::string_view bytes, const ShortHashKey& key) {
  static_assert(crypto_shorthash_siphashx24_BYTES == std::tuple_size_v<ShortHash>);
  static_assert(crypto_shorthash_siphashx24_KEYBYTES == std::tuple_size_v<ShortHashKey>);
  ShortHash hash{};
  crypto_shorthash_siphashx24(hash.data(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                              key.data());
  return hash;
}

std::string sha256_hex(std::string_view bytes) { return hex(sha256(bytes)); }

/// OpenSSL's, because it uses the processor's own instructions: it is for whole databases.
struct Sha256Stream::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  bool good = context != nullptr && EVP_DigestInit_ex(context, EVP_sha256(), nullptr) == 1;
};

Sha256Stream::Sha256Stream() : state_(std::make_unique<State>()) {}
Sha256Stream::~Sha256Stream() { EVP_MD_CTX_free(state_->context); }

void Sha256Stream::update(std::string_view bytes) {
  if (state_->good) state_->good = EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1;
}

Result<std::string> Sha256Stream::finish_hex() {
  Sha256 digest{};
  const bool made = state_->good && EVP_DigestFinal_ex(state_->context, digest.data(), nullptr) == 1;
  state_->good = false;
  if (!made) return internal_error("a SHA-256 digest could not be made");
  return hex(digest);
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace metadata::base
