#include "base/random.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "base/base64.h"
#include "base/uuid.h"

using namespace metadata;
using namespace metadata::base;

namespace {

bool has_any(const std::string& text, std::string_view letters) {
  return text.find_first_of(letters) != std::string::npos;
}

}  // namespace

TEST_CASE("libsodium is ready, also when asked again") {
  CHECK(ensure_sodium().ok());
  CHECK(ensure_sodium().ok());
}

TEST_CASE("random bytes have the asked length and differ") {
  CHECK(random_bytes(0).empty());
  CHECK(random_bytes(33).size() == 33);
  CHECK(random_bytes(16) != random_bytes(16));
}

TEST_CASE("a random token is URL-safe text of the asked bytes") {
  const std::string token = random_token(32);
  CHECK(token.size() == 43);
  CHECK(decode_base64url(token)->size() == 32);
}

TEST_CASE("a generated password is long, of all four kinds and free of look-alikes") {
  std::set<std::string> seen;
  for (int i = 0; i < 200; ++i) {
    const std::string password = random_password();
    CAPTURE(password);
    CHECK(password.size() >= 16);
    CHECK(has_any(password, "ABCDEFGHJKLMNPQRSTUVWXYZ"));
    CHECK(has_any(password, "abcdefghijkmnopqrstuvwxyz"));
    CHECK(has_any(password, "23456789"));
    CHECK(has_any(password, "-.+@="));
    CHECK_FALSE(has_any(password, "0O1lI'\"\\$ "));
    seen.insert(password);
  }
  CHECK(seen.size() == 200);
}

TEST_CASE("random identities are UUIDs of version 4 and do not repeat") {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string text = random_ids().next().text();
    CHECK(text[14] == '4');
    CHECK(std::string("89ab").find(text[19]) != std::string::npos);
    seen.insert(text);
  }
  CHECK(seen.size() == 1000);
}
