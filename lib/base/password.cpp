#include "base/password.h"

#include <sodium.h>

#include <array>

#include "base/gate.h"
#include "base/random.h"

namespace metadata::base {
namespace {

constexpr std::size_t kHashesAtOnce = 2;
constexpr std::size_t kHashesWaiting = 32;

Gate& hash_gate() {
  static Gate gate(kHashesAtOnce, kHashesWaiting);
  return gate;
}

Error wrong_password() { return unauthenticated("wrong account name or password"); }

Result<std::string> run_argon2id(std::string_view password) {
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  const int failed =
      crypto_pwhash_str_alg(hash.data(), password.data(), password.size(), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                            crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13);
  if (failed != 0) return unavailable("not enough memory to hash a password");
  return std::string(hash.data());
}

}  // namespace

Result<std::string> hash_password(std::string_view password) {
  if (password.empty()) return invalid_argument("the password is empty", "password");
  if (password.size() > kMaxPasswordBytes) {
    return invalid_argument("the password is longer than " + std::to_string(kMaxPasswordBytes) + " bytes", "password");
  }
  MD_OK(ensure_sodium());
  MD_LET(pass, hash_gate().enter());
  return run_argon2id(password);
}

bool verify_password(std::string_view hash, std::string_view password) {
  if (hash.size() >= crypto_pwhash_STRBYTES || password.size() > kMaxPasswordBytes) return false;
  if (!ensure_sodium().ok()) return false;
  const std::string text(hash);  // libsodium wants an ending zero
  return crypto_pwhash_str_verify(text.c_str(), password.data(), password.size()) == 0;
}

Error check_password(std::string_view hash, std::string_view password) {
  if (password.size() > kMaxPasswordBytes) return wrong_password();
  MD_OK(ensure_sodium());
  MD_LET(pass, hash_gate().enter());
  return verify_password(hash, password) ? Error() : wrong_password();
}

Error check_unknown_account(std::string_view password) {
  if (password.size() > kMaxPasswordBytes) return wrong_password();
  MD_OK(ensure_sodium());
  MD_LET(pass, hash_gate().enter());
  // A fresh hash with the same limits is the same work as a check.
  MD_LET(hash, run_argon2id(password));
  return wrong_password();
}

}  // namespace metadata::base
