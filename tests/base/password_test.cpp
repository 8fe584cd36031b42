#include "base/password.h"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

using namespace metadata;
using namespace metadata::base;

TEST_CASE("a password fits its own hash and no other") {
  const auto hash = hash_password("correct horse");
  REQUIRE(hash.ok());
  CHECK(hash->starts_with("$argon2id$v=19$m=65536,t=2,p=1$"));
  CHECK(verify_password(*hash, "correct horse"));
  CHECK(check_password(*hash, "correct horse").ok());
  CHECK(check_password(*hash, "correct horse ").code() == Code::Unauthenticated);
  CHECK(check_password(*hash, "").code() == Code::Unauthenticated);
}

TEST_CASE("the same password is hashed differently each time") {
  CHECK(*hash_password("same") != *hash_password("same"));
}

TEST_CASE("an account that does not exist looks like a wrong password") {
  const auto hash = hash_password("right");
  REQUIRE(hash.ok());
  const Error wrong = check_password(*hash, "wrong");
  const Error unknown = check_unknown_account("wrong");
  CHECK(unknown.code() == wrong.code());
  CHECK(unknown.message() == wrong.message());
  CHECK(check_unknown_account(std::string(2000, 'x')).text() == check_password(*hash, std::string(2000, 'x')).text());
}

TEST_CASE("a password is neither empty nor huge") {
  CHECK(hash_password("").error().code() == Code::InvalidArgument);
  CHECK(hash_password(std::string(kMaxPasswordBytes + 1, 'x')).error().field() == "password");
}

TEST_CASE("text that is no hash fits no password") {
  for (const std::string& hash : {std::string(), std::string("x"), std::string("$argon2id$"), std::string(500, '$')}) {
    CHECK_FALSE(verify_password(hash, "x"));
  }
}
