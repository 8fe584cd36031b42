#include "base/random.h"

#include <sodium.h>

#include <array>
#include <string_view>
#include <utility>

#include "base/base64.h"

namespace metadata::base {
namespace {

constexpr std::size_t kPasswordLength = 20;
constexpr std::string_view kUpper = "ABCDEFGHJKLMNPQRSTUVWXYZ";
constexpr std::string_view kLower = "abcdefghijkmnopqrstuvwxyz";
constexpr std::string_view kDigit = "23456789";
constexpr std::string_view kSpecial = "-.+@=";
constexpr std::array kClasses{kUpper, kLower, kDigit, kSpecial};

std::size_t random_below(std::size_t bound) { return randombytes_uniform(static_cast<std::uint32_t>(bound)); }

char any_of(std::string_view letters) { return letters[random_below(letters.size())]; }

void shuffle(std::string& text) {
  for (std::size_t i = text.size(); i > 1; --i) std::swap(text[i - 1], text[random_below(i)]);
}

bool start_sodium() { return sodium_init() >= 0; }

}  // namespace

Error ensure_sodium() {
  static const bool ready = start_sodium();
  return ready ? Error() : internal_error("libsodium cannot be initialised");
}

void fill_random(std::span<std::uint8_t> out) {
  // For the sake of the first use among threads only: randombytes works without the rest of libsodium, or ends the
  // process.
  [[maybe_unused]] const Error ready = ensure_sodium();
  if (!out.empty()) randombytes_buf(out.data(), out.size());
}

ShortHashKey random_short_hash_key() {
  ShortHashKey key{};
  fill_random(key);
  return key;
}

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  fill_random({reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
  return bytes;
}

std::string random_token(std::size_t bytes) { return encode_base64url(random_bytes(bytes)); }

std::string random_password() {
  fill_random({});  // makes libsodium ready
  std::string letters;
  for (const std::string_view set : kClasses) letters.append(set);

  std::string password;
  for (const std::string_view set : kClasses) password.push_back(any_of(set));
  while (password.size() < kPasswordLength) password.push_back(any_of(letters));
  shuffle(password);
  return password;
}

}  // namespace metadata::base
