#ifndef METADATA_TESTS_ACCESS_FIXTURE_H
#define METADATA_TESTS_ACCESS_FIXTURE_H

#include <doctest/doctest.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/rs256.h"
#include "metadata/access.h"
#include "metadata/host.h"
#include "store/store.h"

// What all tests of the room need: a clock that is moved by hand, a folder, and a store with users in it.
namespace metadata::access::test {

constexpr std::int64_t kStartS = 1'700'000'000;
constexpr const char* kPassword = "correct horse 7";
constexpr const char* kBadLogin = "You have entered an invalid username or password.";

class HandClock final : public Clock {
 public:
  std::int64_t now_ms() override { return now_; }
  std::int64_t steady_ms() override { return steady_; }
  void advance_s(std::int64_t seconds) { advance_ms(seconds * 1000); }
  void advance_ms(std::int64_t ms) {
    now_ += ms;
    steady_ += ms;
  }
  /// Sets the date, while time goes on as before.
  void jump_s(std::int64_t seconds) { now_ += seconds * 1000; }

 private:
  std::atomic<std::int64_t> now_{kStartS * 1000};
  std::atomic<std::int64_t> steady_{1'000'000};
};

/// A folder that is removed with all in it.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

template <class T>
T must(Result<T> result) {
  if (!result.ok()) FAIL(result.error().text());
  return *std::move(result);
}

/// A signing key that is made once; making one takes a while.
std::shared_ptr<const base::SigningKey> a_key();
std::shared_ptr<const base::SigningKey> another_key();

struct UserKind {
  bool admin = false;
  bool bot = false;
  bool email_attribute = false;  ///< can the user be found by its address?
};

/// A store, a clock, and Access over them.
class World {
 public:
  explicit World(const std::string& path = ":memory:");

  /// A user whose address is <name>@example.org unless another is given.
  EntityId add_user(const std::string& name, UserKind kind = {}, std::string email = {});
  EntityId add(const std::string& type, const std::string& name);
  void relate(const EntityId& from, const std::string& kind, const EntityId& to);
  void remove(const EntityId& id);
  /// Changes the user's row: its soft deletion, and its document.
  void update_user(const std::string& name, bool deleted, const std::string& document);
  void commit(std::vector<store::Operation> operations);
  bool has_side(const std::string& kind, const std::string& key);

  /// Closes and opens all again; what was in memory is forgotten.
  void reopen();

  HandClock clock;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<Access> access;

 private:
  void open();

  std::string path_;
  std::uint8_t last_id_ = 0;
};

/// A user "ann" with kPassword, logged in.
struct LoggedIn : World {
  explicit LoggedIn(const std::string& path = ":memory:");

  EntityId ann;
  Session session;
};

/// Is one of the texts in one of the files of the folder?
bool stands_in_files(const std::string& folder, const std::vector<std::string>& texts);

/// Any header and claims, signed by a key.
std::string forge(const base::SigningKey& key, std::string_view header, std::string_view claims);
/// The header that our tokens have.
std::string good_header();
/// The claims of a token, as JSON text.
std::string claims_text(std::string_view token);
/// HMAC with SHA-256 (RFC 2104).
std::string hmac_sha256(std::string_view key, std::string_view text);

}  // namespace metadata::access::test

#endif  // METADATA_TESTS_ACCESS_FIXTURE_H
