#include "access/keys.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/files.h"
#include "base/random.h"

namespace metadata::access {
namespace {

constexpr std::string_view kMemoryPath = ":memory:";
constexpr const char* kDirectory = "/keys";
constexpr std::size_t kMaxPemBytes = 64 * 1024;
constexpr mode_t kKeyMode = 0600;

/// A secret that is overwritten when it is no longer needed.
struct Secret {
  std::string text;

  explicit Secret(std::string bytes) : text(std::move(bytes)) {}
  ~Secret() { base::wipe(text); }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
};

enum class Presence { Missing, There };

/// Whether the path is there, and that nobody but its owner has any of these rights on it.
Result<Presence> look(const std::string& path, mode_t forbidden, const char* risk, const char* remedy) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return Presence::Missing;
    return unavailable("cannot look at " + path + ": " + std::strerror(errno));
  }
  if ((status.st_mode & forbidden) != 0) return permission_denied(path + " " + risk + "; run: " + remedy + " " + path);
  return Presence::There;
}

Result<Presence> look_at_key(const std::string& path) {
  return look(path, S_IRWXG | S_IRWXO, "holds a secret key that other users of this machine may read", "chmod 600");
}

Error look_at_directory(const std::string& path) {
  return look(path, S_IWGRP | S_IWOTH, "holds secret keys and may be changed by other users of this machine",
              "chmod 700")
      .error();
}

Result<std::string> read_key(const std::string& path, std::size_t max_bytes) {
  Result<std::string> bytes = base::read_file(path, max_bytes);
  if (!bytes.ok() && bytes.error().code() == Code::TooLarge) return corrupt(path + " is too large for a key");
  return bytes;
}

Result<base::SecretBox> read_box(const std::string& path) {
  MD_LET(bytes, read_key(path, base::SecretBox::kKeyBytes));
  const Secret secret(std::move(bytes));
  Result<base::SecretBox> box = base::SecretBox::from_key(secret.text);
  if (!box.ok()) return corrupt(path + " is not a secret key: " + std::string(box.error().message()));
  return box;
}

Result<base::SecretBox> make_box(const std::string& path) {
  const Secret secret(base::random_bytes(base::SecretBox::kKeyBytes));
  MD_OK(base::write_file_atomic(path, secret.text, kKeyMode));
  return base::SecretBox::from_key(secret.text);
}

Result<base::SigningKey> read_signing(const std::string& path) {
  MD_LET(bytes, read_key(path, kMaxPemBytes));
  const Secret secret(std::move(bytes));
  Result<base::SigningKey> key = base::SigningKey::from_pem(secret.text);
  if (!key.ok() && key.error().code() == Code::InvalidArgument) {
    return corrupt(path + " is not a signing key: " + std::string(key.error().message()));
  }
  return key;
}

Error write_signing(const std::string& path, const base::SigningKey& key) {
  MD_LET(pem, key.private_pem());
  const Secret secret(std::move(pem));
  return base::write_file_atomic(path, secret.text, kKeyMode);
}

Result<base::SigningKey> make_signing(const std::string& path) {
  MD_LET(key, base::SigningKey::generate());
  MD_OK(write_signing(path, key));
  return key;
}

Keys keys_of(base::SecretBox box, base::SigningKey signing) {
  return Keys{std::move(box), std::make_shared<const base::SigningKey>(std::move(signing))};
}

Result<Keys> keys_in_memory() {
  const Secret secret(base::random_bytes(base::SecretBox::kKeyBytes));
  MD_LET(box, base::SecretBox::from_key(secret.text));
  MD_LET(signing, base::SigningKey::generate());
  return keys_of(std::move(box), std::move(signing));
}

}  // namespace

Result<Keys> open_keys(const std::string& directory, MissingKeys missing) {
  MD_OK(base::ensure_sodium());
  if (directory == kMemoryPath) return keys_in_memory();
  const std::string folder = directory + kDirectory;
  const std::string secret_path = directory + "/" + kKeyFiles[0];
  const std::string signing_path = directory + "/" + kKeyFiles[1];
  if (missing == MissingKeys::Make) MD_OK(base::make_private_directory(folder));
  MD_OK(look_at_directory(folder));
  MD_LET(secret_is, look_at_key(secret_path));
  MD_LET(signing_is, look_at_key(signing_path));
  // The secret key is made first, so a signing key alone means that the other was lost, and a new one would open
  // nothing.
  if (secret_is == Presence::Missing && signing_is == Presence::There) {
    return unavailable(secret_path + " is missing, so stored secrets cannot be opened; put it back from a backup");
  }
  if (missing == MissingKeys::Refuse && (secret_is == Presence::Missing || signing_is == Presence::Missing)) {
    return not_found("the keys in " + folder +
                     " are not there, and new ones are made only when the catalog is written");
  }
  MD_LET(box, secret_is == Presence::There ? read_box(secret_path) : make_box(secret_path));
  MD_LET(signing, signing_is == Presence::There ? read_signing(signing_path) : make_signing(signing_path));
  return keys_of(std::move(box), std::move(signing));
}

Error replace_signing_key(const std::string& directory, const base::SigningKey& key) {
  return directory == kMemoryPath ? Error() : write_signing(directory + "/" + kKeyFiles[1], key);
}

}  // namespace metadata::access
