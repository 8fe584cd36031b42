#include "base/hash.h"

#include <doctest/doctest.h>

#include <string>

using namespace metadata::base;

// FIPS 180-4 examples.
TEST_CASE("HMAC-SHA-256 gives the digests of RFC 4231") {
  CHECK(metadata::base::hex(metadata::base::hmac_sha256("Jefe", "what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(metadata::base::hex(metadata::base::hmac_sha256(std::string(131, '\xaa'),
                                                        "Test Using Larger Than Block-Size Key - Hash Key First")) ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST_CASE("SHA-256 has its published values") {
  CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256_hex(std::string(1000000, 'a')) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  CHECK(static_cast<unsigned char>(as_text(sha256("abc"))[0]) == 0xba);
}

TEST_CASE("MD5 has the values of RFC 1321") {
  CHECK(md5_hex("") == "d41d8cd98f00b204e9800998ecf8427e");
  CHECK(md5_hex("message digest") == "f96b697d7cb7938d525a2f31aaf161d0");
}

// The first of the reference implementation's vectors for 128 bits.
TEST_CASE("the short hash is SipHash-2-4, and differs with text and key") {
  ShortHashKey key{};
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::uint8_t>(i);
  CHECK(short_hash("", key) == ShortHash{0xa3, 0x81, 0x7f, 0x04, 0xba, 0x25, 0xa8, 0xe6,  //
                                         0x6d, 0xf6, 0x72, 0x14, 0xc7, 0x55, 0x02, 0x93});
  CHECK(short_hash("a", key) != short_hash("b", key));
  CHECK(short_hash("a", key) != short_hash("a", ShortHashKey{}));
}

TEST_CASE("comparing in constant time still compares") {
  CHECK(equal_in_constant_time("", ""));
  CHECK(equal_in_constant_time("secret", "secret"));
  CHECK_FALSE(equal_in_constant_time("secret", "secreT"));
  CHECK_FALSE(equal_in_constant_time("secret", "secret1"));
}
