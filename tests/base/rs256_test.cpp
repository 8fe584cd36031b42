#include "base/rs256.h"

#include <doctest/doctest.h>

#include "base/base64.h"
#include "base/hash.h"
#include "base/jwt.h"

using namespace metadata;
using namespace metadata::base;

namespace {

// Making a key takes a while; one does for all tests.
const SigningKey& a_key() {
  static const SigningKey key = *SigningKey::generate();
  return key;
}

const SigningKey& another_key() {
  static const SigningKey key = *SigningKey::generate();
  return key;
}

}  // namespace

TEST_CASE("a signature fits its data and its key alone") {
  const auto signature = a_key().sign("data");
  REQUIRE(signature.ok());
  CHECK(signature->size() == 256);
  CHECK(a_key().verify("data", *signature));
  CHECK_FALSE(a_key().verify("Data", *signature));
  CHECK_FALSE(a_key().verify("data", signature->substr(1)));
  CHECK_FALSE(a_key().verify("data", ""));
  CHECK_FALSE(another_key().verify("data", *signature));
}

TEST_CASE("a key written as PEM is the same key when it is read") {
  const auto pem = a_key().private_pem();
  REQUIRE(pem.ok());
  CHECK(pem->starts_with("-----BEGIN PRIVATE KEY-----\n"));
  CHECK(a_key().public_pem().starts_with("-----BEGIN PUBLIC KEY-----\n"));
  const auto read = SigningKey::from_pem(*pem);
  REQUIRE(read.ok());
  CHECK(read->kid() == a_key().kid());
  CHECK(read->jwk() == a_key().jwk());
  CHECK(read->public_pem() == a_key().public_pem());
  CHECK(a_key().verify("x", *read->sign("x")));
}

// A key for tests only, made by the openssl program, with what that program and RFC 7638 say about it.
constexpr std::string_view kKnownKey = R"(-----BEGIN PRIVATE KEY-----
MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQCU4Mo4kCLk7woj
2yGaBAS7Go+8BuaJ4a79KhJIfGBx7wR+HqaSF4hY1mDcJHjKGOPoOSKuHjzWCo2a
Rcx41wxzL8onZlqzXCKgTOilyeXFi5nqHn21S3AcUWgpPwSQOONEryx2Ht2D6eUi
iFCwkg+h4KuJffK9cavVwA58MHKlnvZnaldYz6Sv3Lb78hUMX90oXhpA3RbIlofR
q5iFB6Nk4Hn6B7jGDfnaRSiYwEotyPglMEj+JyKtFEj0z0ugTJh32I+GHyQWdmBR
5ku/7NpZdDDQw7cNPq3ulhSXcbIGctJmIwaQM07L6ygKlAGvhkAzam0Rx6QZ5FUb
NuHtiCPJAgMBAAECggEABVIgYBOkr55sdBobkhPVMHOzUeLEQAbJGIK1qxII52GF
vVUumleNd7FXvl5uU7i+gnjySJtLjNHNPEeE1ofHCeHaHXzevnzLPwPop6420E/c
NR4YW4+h5t0w9hJqwRXLZ5PEKMeTHqkQF6McESdzOBOdxdjywTsMC2RlECKyIkGl
cXG4L3JnLf9RcWamAeTW2EiF/ds2Sl9FHB44rqFRWAbWh81lvemoMOrI8/N+me0z
2Yr8Pfr3RJiL8Z7a9Fvjw1w9wCf77LmSl3zGNZWZeMf8PJSYzz1sSkEL/tXX/MhZ
Q8zcwiqeWKGgvZukOalhDmmqyjjEn+Jo6Q8Gpo1tZQKBgQDKoDYzBDM2H3WCp0op
JW5oqIxaJqvi30Vz9qOpK5VTrbg0MNwMPaQDkmyM+0Sk3EkXMD/RGwdh2u2ihIx4
fCoJWNuw4ZoW6+isYY1uIWShbeVBPvJFRNCM8pUktaXGXa0ZJhNWd0rI0+kiawx9
18nN+FJTDlFTeTF23wZPlSS5jQKBgQC8GCy5EKVvXguC1huYOx5LlOaRlRnvEpjO
MPTicPj+t2Ijj4ZGqW67f5AMkyIETkT3CQNmbkphCwFnKjJQEjM2pTsaHHl1B6Iw
T9UWThVYcBzNBlG3UDuvZ+Wx5Xm/tU4C5l6X94gYUSRh5fvhJh4iMZ2V1NdAInUV
UvUsY+keLQKBgHOjf4saCIgI6C2Kf75/yEUefAsvKsWtmpuV1M1FPFGnQQs4Hz01
KJeJRz4mYISd23DKboFOJaZpJVmsv+Y7JlpzRd3qwt/1/rHycp65nA6tAzt7SxTR
MxxdjVSH/nX5HELQAhVEu39lwRWNdnGTZ26PG5ye/TbgYaRvn9BnU7A5AoGAOJjt
nCIuJXye6heS5hOj4gpD9rpuu0lVQXXpudlUkxCLLzgYp1qEP1b6+U2shq8mgU7s
/v1g1CKDoY9I5F8VmfPN/OVkhpptaywaakPEmH/jqq2kGQzDaNxSeV0bbVwYxTac
cA3Dnc2MrQiO6giWOKPFTzhkLKAxquDzdQ/7LWECgYAD6TNIPv2+pHwQhOFCLV7j
rSvUrFBWhMZTT0cLxvyxY8IdYJPCltopcS3zEpFJlI/WhgJTrbJwKRHuZ4p0ctGh
/x1MQrEtqXui9cXsQPHKrkRzAhmjyF/3pMK0/PMgdJ/vw+OzgPo5oJWX9fLFMXr2
W5qxHE8UfJ/48D3ibG3Oyg==
-----END PRIVATE KEY-----
)";
constexpr std::string_view kKnownSignature =
    "bzjPU-zEf9DlfusoL3qzKGixZ1OhEEnROAvEODYZpLO8NUBEctKkIyyUW6NbYn3atpYGIQX64A-03_G6hMdrhGZ4LQ7zRJGjLgrc"
    "0nkZVMzb3maQriuHck8rwO4FrAYWSW_mfYW9EwoSpyYOfpNf8LSciWUAHd00OTeClA_wYPEZUBdb1zL4zX7Xcbug6HtGnBoxWkpe"
    "GGchIOamMo-NaUGWVCVcg-AHvQ1G-Gqd-7084H7Gkxd0Ouy0K_JFwVZ3UXxyaicgEBuC57nuNFXlKMOb_nyFi8MVYSeSZgJwW8ia"
    "zkqf-R41vptIGj0D8yiu58d5IwQrNAPP_2LJ0sVTYA";
constexpr std::string_view kKnownThumbprint = "cywrGMwsw5EgRlA5sT3uKNyt2xHs2lMcHHrrepLgk_w";

TEST_CASE("a signature made by the openssl program is ours as well") {
  const auto key = SigningKey::from_pem(kKnownKey);
  REQUIRE(key.ok());
  CHECK(encode_base64url(*key->sign("known data")) == kKnownSignature);
  CHECK(key->verify("known data", *decode_base64url(kKnownSignature)));
}

TEST_CASE("a key is named by its thumbprint and shown as a JSON Web Key") {
  const auto key = SigningKey::from_pem(kKnownKey);
  REQUIRE(key.ok());
  CHECK(key->kid() == kKnownThumbprint);
  CHECK(key->jwk().starts_with(R"({"kty":"RSA","kid":")" + key->kid() + R"(","n":"lODKOJAi5O8KI9sh)"));
  CHECK(key->jwk().ends_with(R"(","e":"AQAB","alg":"RS256","use":"sig"})"));
}

TEST_CASE("a damaged private key is refused") {
  // Anywhere inside the numbers, whichever of them is hit; the frame around them stays as it is.
  const std::string whole(kKnownKey);
  for (std::size_t at = 100; at + 60 < whole.size(); at += 41) {
    std::string pem = whole;
    if (pem[at] == '\n') continue;
    pem[at] = pem[at] == 'A' ? 'B' : 'A';
    CAPTURE(at);
    CHECK(SigningKey::from_pem(pem).error().code() == Code::InvalidArgument);
  }
}

TEST_CASE("what is not a usable private key is refused") {
  CHECK(SigningKey::generate(1024).error().code() == Code::InvalidArgument);
  for (const std::string& pem : {std::string(), std::string("x"), a_key().public_pem(), std::string(70'000, 'x'),
                                 std::string("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")}) {
    CHECK(SigningKey::from_pem(pem).error().code() == Code::InvalidArgument);
  }
}

TEST_CASE("a token is header, claims and signature, and tells its key") {
  const auto token = make_jwt(a_key(), R"({"sub":"admin"})");
  REQUIRE(token.ok());
  const auto parts = split_jwt(*token);
  REQUIRE(parts.ok());
  CHECK(parts->header == R"({"kid":")" + a_key().kid() + R"(","alg":"RS256","typ":"JWT"})");
  CHECK(parts->claims == R"({"sub":"admin"})");
  CHECK(has_signature(*parts, a_key()));
  CHECK_FALSE(has_signature(*parts, another_key()));
}

TEST_CASE("a token with an altered part loses its signature") {
  const std::string token = *make_jwt(a_key(), R"({"sub":"admin"})");
  const std::size_t dot = token.find('.');
  const std::string forged =
      token.substr(0, dot + 1) + encode_base64url(R"({"sub":"other"})") + token.substr(token.rfind('.'));
  const auto parts = split_jwt(forged);
  REQUIRE(parts.ok());
  CHECK(parts->claims == R"({"sub":"other"})");
  CHECK_FALSE(has_signature(*parts, a_key()));
}

TEST_CASE("text of another form is no token") {
  const std::string token = *make_jwt(a_key(), "{}");
  for (const std::string& text :
       {std::string(), std::string("a.b"), std::string(".."), std::string("e30.e30."), std::string("e30.e30.AAAA.AAAA"),
        std::string("e30=.e30.AAAA"), std::string("e31.e30.AAAA"), "Bearer " + token, token + "\n", token + "=",
        std::string(9000, 'A') + ".AAAA.AAAA"}) {
    CAPTURE(text);
    CHECK(split_jwt(text).error().code() == Code::Unauthenticated);
  }
}

TEST_CASE("claims too large for a token are refused") {
  CHECK(make_jwt(a_key(), std::string(7000, 'x')).error().code() == Code::TooLarge);
}

TEST_CASE("A2: a key id is short and of plain letters") {
  CHECK(is_kid(a_key().kid()));
  CHECK(is_kid("Gb389a-9f76-gdjs-a92j-0242bk94356"));
  CHECK(is_kid(std::string(128, 'a')));
  for (const std::string& text : {std::string(), std::string(129, 'a'), std::string("../key"), std::string("a b"),
                                  std::string("a\0", 2), std::string("\xC3\xA4")}) {
    CHECK_FALSE(is_kid(text));
  }
}
