#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/base64.h"
#include "base/hash.h"
#include "fixture.h"
#include "metadata/json.h"

using namespace metadata;
using namespace metadata::access::test;

namespace {

struct BadToken {
  std::string what;
  std::string token;
};

std::string encoded(std::string_view text) { return base::encode_base64url(text); }

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

std::string header_with(std::string_view members) {
  return R"({"kid":")" + a_key()->kid() + R"(",)" + std::string(members) + "}";
}

/// The claims of a good token with one member written otherwise; an empty text takes it out.
std::string claims_with(const std::string& claims, std::string_view name, std::string_view value) {
  const Json object = must(Json::parse(claims));
  JsonWriter out;
  out.begin_object();
  object.for_each_member([&](std::string_view member, const Json& old) {
    if (member != name) out.key(member).raw(old.text());
  });
  if (!value.empty()) out.key(name).raw(value);
  out.end_object();
  return out.text();
}

/// Tokens whose shape or signature is wrong.
std::vector<BadToken> misshapen(const std::string& good) {
  const auto first = good.find('.');
  const auto second = good.rfind('.');
  const std::string header = good.substr(0, first);
  const std::string claims = good.substr(first + 1, second - first - 1);
  const std::string signature = good.substr(second + 1);
  const std::string signed_text = good.substr(0, second);
  const std::string raw = must(base::decode_base64url(signature));
  std::string flipped = raw;
  flipped[100] = static_cast<char>(flipped[100] ^ 1);
  const std::string admin = encoded(replaced(claims_text(good), R"("sub":"ann")", R"("sub":"root")"));
  return {
      {"one dot less", header + "." + claims},
      {"no dots", header + claims + signature},
      {"dots alone", ".."},
      {"three dots", good + "."},
      {"a fourth part", good + "." + signature},
      {"dot in front", "." + good},
      {"empty signature", signed_text + "."},
      {"empty header", "." + claims + "." + signature},
      {"empty claims", header + ".." + signature},
      {"signature of zeros", signed_text + "." + encoded(std::string(256, '\0'))},
      {"signature cut", signed_text + "." + encoded(raw.substr(0, 255))},
      {"signature longer", signed_text + "." + encoded(raw + "x")},
      {"one bit of the signature", signed_text + "." + encoded(flipped)},
      {"signature padded", good + "="},
      {"signature in the standard alphabet", signed_text + "." + base::encode_base64(raw)},
      {"claims altered", header + "." + admin + "." + signature},
      {"header altered", encoded(header_with(R"("alg":"RS256")")) + "." + claims + "." + signature},
      {"space in front", " " + good},
      {"space behind", good + " "},
      {"line feed behind", good + "\n"},
      {"zero byte behind", good + std::string(1, '\0')},
      {"twice", good + good},
      {"with its scheme", "Bearer " + good},
      {"only a word", "token"},
      {"not UTF-8", "\xFF\xFE.\xFF.\xFF"},
      {"huge", std::string(1 << 20, 'A')},
      {"huge with dots", std::string(10'000, 'A') + "." + std::string(10'000, 'A') + "." + std::string(10'000, 'A')},
      {"another key, our kid", forge(*another_key(), good_header(), claims_text(good))},
      {"another key, its kid",
       forge(*another_key(), R"({"kid":")" + another_key()->kid() + R"(","alg":"RS256","typ":"JWT"})",
             claims_text(good))},
      {"another key in jwk",
       forge(*another_key(), header_with(R"("alg":"RS256","jwk":)" + another_key()->jwk()), claims_text(good))},
      {"another key at jku",
       forge(*another_key(), header_with(R"("alg":"RS256","jku":"http://127.0.0.1/keys")"), claims_text(good))},
      {"another key at x5u",
       forge(*another_key(), header_with(R"("alg":"RS256","x5u":"http://127.0.0.1/cert")"), claims_text(good))},
      {"another key in x5c", forge(*another_key(), header_with(R"("alg":"RS256","x5c":["AAAA"])"), claims_text(good))},
  };
}

/// Tokens that we signed, by accident as it were, with a header that is not ours.
std::vector<BadToken> bad_headers(const std::string& good) {
  std::vector<BadToken> bad;
  const std::string claims = claims_text(good);
  const auto add = [&](const std::string& header) {
    bad.push_back({header.substr(0, 200), forge(*a_key(), header, claims)});
  };
  for (const char* alg : {"none", "None", "NONE", "nOnE", "", "HS256", "hs256", "rs256", "Rs256", "RS384", "RS512",
                          "PS256", "ES256", "RS256 ", "RS256\\u0000", "EdDSA"}) {
    add(header_with(R"("alg":")" + std::string(alg) + "\""));
  }
  for (const char* members :
       {R"("typ":"JWT")", R"("alg":null)", R"("alg":["RS256"])", R"("alg":256)", R"("ALG":"RS256")",
        R"("alg":"RS256","alg":"RS256")", R"("alg":"none","alg":"RS256")", R"("alg":"RS256","crit":["exp"])",
        R"("alg":"RS256","crit":[])", R"("alg":"RS256","crit":null)", R"("alg":"RS256","b64":false,"crit":["b64"])"}) {
    add(header_with(members));
  }
  for (const std::string& kid :
       {std::string(), std::string("../../etc/passwd"), std::string("/dev/null"), std::string("' or 1=1 --"),
        std::string("\\u0000"), a_key()->kid() + "\\u0000", a_key()->kid() + " ", a_key()->kid().substr(1),
        std::string("file:///dev/zero"), std::string(5000, 'k')}) {
    add(R"({"kid":")" + kid + R"(","alg":"RS256","typ":"JWT"})");
  }
  for (const char* header :
       {R"({"alg":"RS256","typ":"JWT"})", R"({"kid":null,"alg":"RS256"})", R"({"kid":["x"],"alg":"RS256"})", "[]",
        "null", "\"RS256\"", "{", "{}x", R"({"alg":"RS256",})", "\xFF"}) {
    add(header);
  }
  add("[" + std::string(1000, '[') + std::string(1000, ']') + "]");
  return bad;
}

/// Tokens that we signed, by accident as it were, whose claims are not in order.
std::vector<BadToken> bad_claims(const std::string& good) {
  std::vector<BadToken> bad;
  const std::string claims = claims_text(good);
  const auto add = [&](const std::string& text) {
    bad.push_back({text.substr(0, 400), forge(*a_key(), good_header(), text)});
  };
  const std::vector<std::pair<std::string, std::string>> changes = {
      {"iss", ""},
      {"iss", "\"somebody\""},
      {"iss", "\"OPEN-METADATA.ORG\""},
      {"iss", "[\"open-metadata.org\"]"},
      {"sub", ""},
      {"sub", "\"\""},
      {"sub", "\"root\""},
      {"sub", "\"nobody\""},
      {"sub", "null"},
      {"sub", "7"},
      {"uid", ""},
      {"uid", "\"\""},
      {"uid", "\"00000000-0000-0000-0000-000000000000\""},
      {"uid", "7"},
      {"exp", ""},
      {"exp", "null"},
      {"exp", "0"},
      {"exp", "-1"},
      {"exp", "\"1700003600\""},
      {"exp", "1.7e9"},
      {"exp", "1700003600.5"},
      {"exp", "9223372036854775807"},
      {"exp", "18446744073709551615"},
      {"exp", "true"},
      {"exp", "[]"},
      {"iat", ""},
      {"iat", "1700000061"},
      {"iat", "9223372036854775807"},
      {"iat", "\"x\""},
      {"iat", "0"},
      {"nbf", "1700000061"},
      {"nbf", "9223372036854775807"},
      {"nbf", "\"x\""},
      {"nbf", "null"},
      {"jti", ""},
      {"jti", "\"\""},
      {"ver", ""},
      {"ver", "1"},
      {"ver", "-1"},
      {"ver", "\"0\""},
      {"tokenType", ""},
      {"tokenType", "\"BOT\""},
      {"tokenType", "\"ADMIN\""},
      {"aud", "\"somebody\""},
      {"aud", "[]"},
  };
  for (const auto& [name, value] : changes) add(claims_with(claims, name, value));
  for (const char* text : {"{}", "[]", "null", "x", R"({"sub":"ann"})"}) add(text);
  add(replaced(claims, "{", R"({"sub":"root",)"));
  return bad;
}

/// Tokens made with what everybody may know: the public key.
std::vector<BadToken> made_of_the_public_key(const std::string& good) {
  std::vector<BadToken> bad;
  const std::string claims = encoded(claims_text(good));
  for (const std::string& secret : {a_key()->public_pem(), a_key()->jwk(), a_key()->kid(), std::string()}) {
    for (const char* alg : {"HS256", "RS256", "none"}) {
      const std::string text = encoded(header_with(R"("alg":")" + std::string(alg) + "\"")) + "." + claims;
      bad.push_back({alg + (" with HMAC by " + secret.substr(0, 30)), text + "." + encoded(hmac_sha256(secret, text))});
    }
  }
  const std::string none = encoded(R"({"alg":"none","typ":"JWT"})") + "." + claims;
  bad.push_back({"unsigned", none + "."});
  bad.push_back({"unsigned without dot", none});
  return bad;
}

void check_refused(World& world, const std::vector<BadToken>& tokens) {
  for (const BadToken& bad : tokens) {
    CAPTURE(bad.what);
    const auto principal = world.access->authenticate(bad.token);
    CHECK_FALSE(principal.ok());
    CHECK(principal.error().code() == Code::Unauthenticated);
    CHECK(principal.error().message() == "Invalid token");
    CHECK(world.access->logout(bad.token, "").ok() == false);
  }
}

}  // namespace

TEST_CASE("A1: the forger can make good tokens, so what it alters is what is refused") {
  LoggedIn world;
  const std::string claims = claims_text(world.session.access_token);
  CHECK(world.access->authenticate(forge(*a_key(), good_header(), claims)).ok());
  CHECK(world.access->authenticate(forge(*a_key(), good_header(), claims_with(claims, "exp", "1700003600"))).ok());
  // A key that a header brings or names is not even looked at.
  CHECK(
      world.access->authenticate(forge(*a_key(), header_with(R"("alg":"RS256","jwk":)" + another_key()->jwk()), claims))
          .ok());
}

TEST_CASE("A1: tokens of a wrong shape or signature are refused") {
  LoggedIn world;
  check_refused(world, misshapen(world.session.access_token));
}

TEST_CASE("A1, A2: tokens with a header that is not ours are refused, whatever their signature") {
  LoggedIn world;
  check_refused(world, bad_headers(world.session.access_token));
}

TEST_CASE("A1: tokens made of the public key are refused") {
  LoggedIn world;
  check_refused(world, made_of_the_public_key(world.session.access_token));
}

TEST_CASE("A3: tokens whose claims are not in order are refused, whatever their signature") {
  LoggedIn world;
  world.add_user("root", {.admin = true});
  for (const BadToken& bad : bad_claims(world.session.access_token)) {
    CAPTURE(bad.what);
    const auto principal = world.access->authenticate(bad.token);
    CHECK_FALSE(principal.ok());
    CHECK(principal.error().code() == Code::Unauthenticated);
    CHECK(principal.error().message() == "Invalid token");
  }
}

TEST_CASE("no token at all has words of its own") {
  World world;
  const Error error = world.access->authenticate("").error();
  CHECK(error.code() == Code::Unauthenticated);
  CHECK(error.message() == "Not Authorized! Token not present");
}

TEST_CASE("A3: a token is good until a minute after its expiry") {
  LoggedIn world;
  const std::string token = world.session.access_token;
  world.clock.advance_s(3600 + 59);
  world.clock.advance_ms(999);
  CHECK(world.access->authenticate(token).ok());
  world.clock.advance_ms(1);
  const Error error = world.access->authenticate(token).error();
  CHECK(error.code() == Code::Unauthenticated);
  CHECK(error.message() == "Expired token!");
}

TEST_CASE("A3: a token is good from a minute before its own times") {
  LoggedIn world;
  const std::string claims = claims_text(world.session.access_token);
  for (const char* name : {"nbf", "iat"}) {
    const std::string token = forge(*a_key(), good_header(), claims_with(claims, name, std::to_string(kStartS + 61)));
    CHECK(world.access->authenticate(token).error().message() == "Invalid token");
    world.clock.advance_ms(999);
    CHECK_FALSE(world.access->authenticate(token).ok());
    world.clock.advance_ms(1);
    CHECK(world.access->authenticate(token).ok());
    world.clock.advance_s(-1);
  }
}

TEST_CASE("A1: expiry is told only of tokens that we signed") {
  LoggedIn world;
  std::string token = world.session.access_token;
  world.clock.advance_s(7200);
  CHECK(world.access->authenticate(token).error().message() == "Expired token!");
  token = forge(*another_key(), good_header(), claims_text(token));
  CHECK(world.access->authenticate(token).error().message() == "Invalid token");
}
