#include "base/base64.h"

#include <doctest/doctest.h>

#include <utility>

using namespace metadata;
using namespace metadata::base;

// RFC 4648, section 10.
TEST_CASE("the vectors of RFC 4648 are encoded and decoded") {
  const std::pair<std::string_view, std::string_view> cases[] = {{"", ""},
                                                                 {"f", "Zg=="},
                                                                 {"fo", "Zm8="},
                                                                 {"foo", "Zm9v"},
                                                                 {"foob", "Zm9vYg=="},
                                                                 {"fooba", "Zm9vYmE="},
                                                                 {"foobar", "Zm9vYmFy"}};
  for (const auto& row : cases) {
    const auto& plain = row.first;
    const auto& text = row.second;
    CAPTURE(plain);
    CHECK(encode_base64(plain) == text);
    CHECK(*decode_base64(text) == plain);
    const std::string bare(text.substr(0, text.find('=')));
    CHECK(encode_base64url(plain) == bare);
    CHECK(*decode_base64url(bare) == plain);
    CHECK(*decode_base64_tolerant(text) == plain);
    CHECK(*decode_base64_tolerant(bare) == plain);
  }
}

TEST_CASE("every byte survives both alphabets") {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
  CHECK(*decode_base64(encode_base64(bytes)) == bytes);
  CHECK(*decode_base64url(encode_base64url(bytes)) == bytes);
  CHECK(encode_base64("\xfb\xff") == "+/8=");
  CHECK(encode_base64url("\xfb\xff") == "-_8");
}

TEST_CASE("strict reading takes only what is written") {
  for (const std::string_view text :
       {"Zg", "Zg=", "Zg===", "Z", "Zh==", "-_8=", "Zg==Zg==", "Zm8=\n", "Z m8", "===="}) {
    CAPTURE(text);
    CHECK(decode_base64(text).error().code() == Code::InvalidArgument);
  }
  for (const std::string_view text : {"Zg==", "Z", "Zh", "+/8", "Zm8=", "Zm 8"}) {
    CAPTURE(text);
    CHECK(decode_base64url(text).error().code() == Code::InvalidArgument);
  }
}

TEST_CASE("tolerant reading takes both alphabets and any padding, and still no garbage") {
  CHECK(*decode_base64_tolerant("+_8=") == "\xfb\xff");
  CHECK(*decode_base64_tolerant("-/8") == "\xfb\xff");
  CHECK(*decode_base64_tolerant("Zg=") == "f");
  CHECK_FALSE(decode_base64_tolerant("Zg===").ok());
  CHECK_FALSE(decode_base64_tolerant("pass word").ok());
  CHECK_FALSE(decode_base64_tolerant("Z").ok());
}

TEST_CASE("a refusal does not repeat the text, which may be a secret") {
  CHECK(decode_base64_tolerant("hunter2!").error().message() == "not base64: unexpected character at offset 7");
}
