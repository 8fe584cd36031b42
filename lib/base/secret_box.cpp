#include "base/secret_box.h"

#include <sodium.h>

#include <algorithm>
#include <optional>

#include "base/base64.h"
#include "base/random.h"

namespace metadata::base {
namespace {

constexpr std::string_view kPrefix = "sealed:v1:";
constexpr std::size_t kNonceBytes = crypto_secretbox_NONCEBYTES;
constexpr std::size_t kTagBytes = crypto_secretbox_MACBYTES;
static_assert(crypto_secretbox_KEYBYTES == SecretBox::kKeyBytes);

unsigned char* raw(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* raw(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

// Nonce and box of a sealed text, or nothing when the text has another form.
std::optional<std::string> unwrap(std::string_view text) {
  if (!text.starts_with(kPrefix)) return std::nullopt;
  Result<std::string> bytes = decode_base64url(text.substr(kPrefix.size()));
  if (!bytes.ok() || bytes->size() < kNonceBytes + kTagBytes) return std::nullopt;
  return *std::move(bytes);
}

}  // namespace

Result<SecretBox> SecretBox::from_key(std::string_view key) {
  if (key.size() != kKeyBytes) {
    return invalid_argument("a sealing key has " + std::to_string(kKeyBytes) + " bytes, not " +
                            std::to_string(key.size()));
  }
  MD_OK(ensure_sodium());
  SecretBox box;
  std::ranges::copy(key, box.key_.begin());
  return Result<SecretBox>(std::move(box));
}

SecretBox::SecretBox(SecretBox&& other) noexcept : key_(other.key_) {
  sodium_memzero(other.key_.data(), other.key_.size());
}

SecretBox::~SecretBox() { sodium_memzero(key_.data(), key_.size()); }

std::string SecretBox::seal(std::string_view plain) const {
  const std::string nonce = random_bytes(kNonceBytes);
  std::string box(kTagBytes + plain.size(), '\0');
  crypto_secretbox_easy(raw(box), raw(plain), plain.size(), raw(std::string_view(nonce)), key_.data());
  return std::string(kPrefix) + encode_base64url(nonce + box);
}

Result<std::string> SecretBox::open(std::string_view sealed) const {
  const std::optional<std::string> bytes = unwrap(sealed);
  if (!bytes) return corrupt("a stored secret does not have the form of a sealed text");
  const std::string_view nonce = std::string_view(*bytes).substr(0, kNonceBytes);
  const std::string_view box = std::string_view(*bytes).substr(kNonceBytes);
  std::string plain(box.size() - kTagBytes, '\0');
  if (crypto_secretbox_open_easy(raw(plain), raw(box), box.size(), raw(nonce), key_.data()) != 0) {
    return corrupt("a stored secret cannot be opened: it was sealed with another key, or altered");
  }
  return plain;
}

bool SecretBox::is_sealed(std::string_view text) { return unwrap(text).has_value(); }

void wipe(std::string& secret) {
  sodium_memzero(secret.data(), secret.size());
  secret.clear();
}

}  // namespace metadata::base
