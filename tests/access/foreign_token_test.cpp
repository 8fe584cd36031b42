#include <doctest/doctest.h>

#include <string>

#include "base/base64.h"
#include "base/jwt.h"
#include "base/rs256.h"
#include "metadata/oidc.h"

using namespace metadata;

namespace {

const base::SigningKey& signer() {
  static const base::SigningKey key = base::SigningKey::generate().value();
  return key;
}

std::string key_set(const std::string& keys) { return R"({"keys":[)" + keys + "]}"; }

JwkSet own_set() { return JwkSet::parse(key_set(signer().jwk())).value(); }

std::string token_with(const std::string& header, const std::string& claims) {
  const std::string text = base::encode_base64url(header) + "." + base::encode_base64url(claims);
  return text + "." + base::encode_base64url(signer().sign(text).value());
}

std::string header_with(const std::string& more) {
  return R"({"alg":"RS256","kid":")" + signer().kid() + "\"" + more + "}";
}

Json json(const std::string& text) { return Json::parse(text).value(); }

// RFC 7515, A.3: an ES256 signature and its key.
constexpr char kEsKey[] = R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
                          R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})";
constexpr char kEsToken[] =
    "eyJhbGciOiJFUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

}  // namespace

TEST_CASE("A4: a token is checked with the issuer's key of its kid, by the key's algorithm") {
  const JwkSet keys = own_set();
  CHECK(keys.size() == 1);
  const auto claims = keys.claims_of(token_with(header_with(""), R"({"iss":"x","sub":"a"})"));
  REQUIRE(claims.ok());
  CHECK((*claims)["sub"].as_string() == "a");
  CHECK_FALSE(JwkSet().claims_of(token_with(header_with(""), "{}")).ok());
  std::string other = token_with(header_with(""), "{}");
  other[other.size() - 5] = other[other.size() - 5] == 'A' ? 'B' : 'A';
  CHECK(keys.claims_of(other).error().code() == Code::Unauthenticated);
}

TEST_CASE("A4: the signature of RFC 7515 A.3 is good with P-256, and no other text or signature is") {
  const JwkSet keys = JwkSet::parse(key_set(kEsKey)).value();
  CHECK(keys.claims_of(kEsToken).ok());
  for (std::size_t at = std::string(kEsToken).rfind('.') + 1; at < sizeof kEsToken - 1; at += 7) {
    std::string bent = kEsToken;
    bent[at] = bent[at] == 'A' ? 'C' : 'A';
    CHECK_FALSE(keys.claims_of(bent).ok());
  }
  CHECK_FALSE(JwkSet::parse(key_set(signer().jwk())).value().claims_of(kEsToken).ok());
}

TEST_CASE("A4: heads of tokens that prove nothing are refused before any key is looked for") {
  CHECK(read_token_head(token_with(header_with(""), R"({"iss":"x"})")).value().issuer == "x");
  CHECK(read_token_head(token_with(header_with(R"(,"typ":"at+JWT")"), "{}")).ok());
  for (const char* more : {R"(,"jku":"https://x/")", R"(,"jwk":{})", R"(,"x5u":"https://x/")", R"(,"x5c":[])",
                           R"(,"crit":["exp"])", R"(,"typ":"logout+jwt")", R"(,"typ":7)"}) {
    CHECK_MESSAGE(!read_token_head(token_with(header_with(more), "{}")).ok(), more);
  }
  for (const char* header : {R"({"alg":"none"})", R"({"alg":"HS256"})", R"({"alg":"rs256"})", R"({"alg":7})", "{}",
                             "[]", R"({"alg":"RS256","kid":"../x y"})", R"({"alg":"RS256","kid":7})"}) {
    CHECK_MESSAGE(!read_token_head(token_with(header, "{}")).ok(), header);
  }
}

TEST_CASE("A4: keys that are not to be used are left out of a set, and sets are bounded") {
  const std::string good = signer().jwk();
  CHECK_FALSE(JwkSet::parse("").ok());
  CHECK_FALSE(JwkSet::parse("{}").ok());
  CHECK_FALSE(JwkSet::parse(R"({"keys":[]})").ok());
  CHECK_FALSE(JwkSet::parse(key_set(R"({"kty":"oct","k":"c2VjcmV0","kid":"a"})")).ok());
  CHECK_FALSE(JwkSet::parse(key_set(R"({"kty":"RSA","n":"AQAB","e":"AQAB","kid":"a"})")).ok());
  CHECK_FALSE(JwkSet::parse(key_set(R"({"kty":"EC","crv":"P-256","x":"AA","y":"AA"})")).ok());
  for (const char* more : {R"("use":"enc",)", R"("alg":"RSA-OAEP",)", R"("d":"AA",)", R"("key_ops":["sign"],)"}) {
    std::string bent = good;
    for (const char* member : {R"(,"alg":"RS256")", R"(,"use":"sig")"})
      bent.erase(bent.find(member), std::string(member).size());
    CHECK(JwkSet::parse(key_set(bent)).ok());
    CHECK_FALSE(JwkSet::parse(key_set(bent.insert(1, more))).ok());
  }
  std::string many = good;
  for (int i = 0; i < 100; ++i) many += "," + good;
  CHECK(JwkSet::parse(key_set(many)).error().code() == Code::InvalidArgument);
  CHECK(JwkSet::parse(std::string(JwkSet::kMaxBytes + 1, ' ')).error().code() == Code::TooLarge);
}

TEST_CASE("A4: without a kid there must be one key only") {
  const std::string token = token_with(R"({"alg":"RS256"})", "{}");
  CHECK(own_set().claims_of(token).ok());
  CHECK_FALSE(JwkSet::parse(key_set(signer().jwk() + "," + kEsKey)).value().claims_of(token).ok());
}

TEST_CASE("A3: what claims must say, to the second round the leeway") {
  TokenRules rules;
  rules.issuers = {"https://i"};
  rules.audiences = {"me"};
  rules.parties = {"me"};
  const auto check = [&](const std::string& claims, std::int64_t now_s) {
    return check_token_claims(json(claims), rules, now_s * 1000);
  };
  const std::string good = R"({"iss":"https://i","aud":"me","sub":"s","iat":1000,"nbf":1000,"exp":2000})";
  CHECK(check(good, 1500).ok());
  CHECK(check(good, 940).ok());
  CHECK(check(good, 939).field() == "iat");
  CHECK(check(good, 2059).ok());
  CHECK(check(good, 2060).message() == "Expired token!");
  struct Row {
    const char* claims;
    const char* field;
  };
  for (const Row& row : {
           Row{R"({"iss":"https://j","aud":"me","sub":"s","iat":1000,"exp":2000})", "iss"},
           Row{R"({"aud":"me","sub":"s","iat":1000,"exp":2000})", "iss"},
           Row{R"({"iss":["https://i"],"aud":"me","sub":"s","iat":1000,"exp":2000})", "iss"},
           Row{R"({"iss":"https://i","sub":"s","iat":1000,"exp":2000})", "aud"},
           Row{R"({"iss":"https://i","aud":["you"],"sub":"s","iat":1000,"exp":2000})", "aud"},
           Row{R"({"iss":"https://i","aud":["me",7],"sub":"s","iat":1000,"exp":2000})", "aud"},
           Row{R"({"iss":"https://i","aud":["me","you"],"sub":"s","iat":1000,"exp":2000})", "azp"},
           Row{R"({"iss":"https://i","aud":["me","you"],"azp":"you","sub":"s","iat":1000,"exp":2000})", "azp"},
           Row{R"({"iss":"https://i","aud":"me","azp":"you","sub":"s","iat":1000,"exp":2000})", "azp"},
           Row{R"({"iss":"https://i","aud":"me","iat":1000,"exp":2000})", "sub"},
           Row{R"({"iss":"https://i","aud":"me","sub":"s","iat":1000})", "exp"},
           Row{R"({"iss":"https://i","aud":"me","sub":"s","iat":1000,"exp":"2000"})", "exp"},
           Row{R"({"iss":"https://i","aud":"me","sub":"s","exp":2000})", "iat"},
           Row{R"({"iss":"https://i","aud":"me","sub":"s","iat":1000,"nbf":1800,"exp":2000})", "nbf"},
           Row{R"({"iss":"https://i","aud":"me","sub":"s","iat":1000,"nbf":"x","exp":2000})", "nbf"},
       }) {
    const Error error = check(row.claims, 1500);
    CHECK_MESSAGE(error.field() == row.field, row.claims);
    CHECK(error.code() == Code::Unauthenticated);
  }
  CHECK(check(R"({"iss":"https://i","aud":["me","you"],"azp":"me","sub":"s","iat":1000,"exp":2000.5})", 1500).ok());
  rules.nonce = "n";
  CHECK(check(good, 1500).field() == "nonce");
  CHECK(check(R"({"iss":"https://i","aud":"me","nonce":"n","sub":"s","iat":1000,"exp":2000})", 1500).ok());
}

TEST_CASE("A15: at_hash and code challenge are those of the standards' examples") {
  // OpenID Connect Core, A.3; RFC 7636, appendix B.
  const Json claims = json(R"({"at_hash":"77QmUPtjPfzWtF2AnpK9RQ"})");
  CHECK(check_access_token_hash(claims, "RS256", "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y").ok());
  CHECK(check_access_token_hash(claims, "RS256", "another").field() == "at_hash");
  CHECK(check_access_token_hash(json("{}"), "RS256", "x").ok());
  CHECK(code_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
  CHECK(random_secret().size() == 43);
  CHECK(random_secret() != random_secret());
}
