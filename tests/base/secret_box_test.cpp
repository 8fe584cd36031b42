#include "base/secret_box.h"

#include <doctest/doctest.h>

#include <utility>

#include "base/base64.h"
#include "base/random.h"

using namespace metadata;
using namespace metadata::base;

namespace {

SecretBox new_box() {
  auto box = SecretBox::from_key(random_bytes(SecretBox::kKeyBytes));
  REQUIRE(box.ok());
  return *std::move(box);
}

}  // namespace

TEST_CASE("what is sealed is opened again and does not show the secret") {
  const SecretBox box = new_box();
  for (const std::string& secret :
       {std::string(), std::string("hunter2"), std::string(100'000, 'x'), std::string("a\0b", 3)}) {
    const std::string sealed = box.seal(secret);
    CHECK(sealed.starts_with("sealed:v1:"));
    CHECK(SecretBox::is_sealed(sealed));
    if (!secret.empty()) CHECK(sealed.find(secret) == std::string::npos);
    CHECK(*box.open(sealed) == secret);
  }
}

TEST_CASE("sealing twice gives two texts") {
  const SecretBox box = new_box();
  CHECK(box.seal("x") != box.seal("x"));
}

TEST_CASE("another key or an altered text does not open") {
  const SecretBox box = new_box();
  const std::string sealed = box.seal("hunter2");
  CHECK(new_box().open(sealed).error().code() == Code::Corrupt);
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    std::string altered = sealed;
    altered[i] = altered[i] == 'A' ? 'B' : 'A';
    CAPTURE(altered);
    CHECK(box.open(altered).error().code() == Code::Corrupt);
  }
  CHECK(box.open(sealed.substr(0, sealed.size() - 4)).error().code() == Code::Corrupt);
}

TEST_CASE("plain text is not taken for sealed") {
  for (const std::string_view text :
       {"", "hunter2", "sealed:v1:", "sealed:v1:abc", "sealed:v1:!!!!", "sealed:v2:AAAA"}) {
    CAPTURE(text);
    CHECK_FALSE(SecretBox::is_sealed(text));
    CHECK(new_box().open(text).error().code() == Code::Corrupt);
  }
}

TEST_CASE("a text sealed long ago still opens") {
  const auto box = SecretBox::from_key(std::string(32, '\x01'));
  REQUIRE(box.ok());
  CHECK(*box->open("sealed:v1:snN6MICT5nECnn0fC_IPn4Y5Oo3GVyrhhAzpJSGI_H3jDf7drpMq-mOxvCaNtdhQCtqpo08") ==
        "golden secret");
}

TEST_CASE("a key has 32 bytes") {
  CHECK(SecretBox::from_key("short").error().code() == Code::InvalidArgument);
  CHECK(SecretBox::from_key(std::string(33, 'x')).error().code() == Code::InvalidArgument);
}

TEST_CASE("a box that is moved takes the key along") {
  SecretBox first = new_box();
  const std::string sealed = first.seal("x");
  const SecretBox second = std::move(first);
  CHECK(*second.open(sealed) == "x");
}

TEST_CASE("a wiped text is empty") {
  std::string secret = "hunter2";
  wipe(secret);
  CHECK(secret.empty());
}
