#include "auth/login.h"

#include <doctest/doctest.h>

namespace metadata::server {
namespace {

TEST_CASE("standard Base64 with padding is decoded, anything else is not") {
  CHECK(decode_base64("YWRtaW4=") == "admin");
  CHECK(decode_base64("YWRtaW5zIQ==") == "admins!");
  CHECK(decode_base64("YWJj") == "abc");
  for (const char* bad : {"", "abc", "ab=c", "a===", "ab-_", "YWJj\n"}) {
    CAPTURE(bad);
    CHECK_FALSE(decode_base64(bad).has_value());
  }
}

TEST_CASE("a log-in answers in the guide's words and the API's") {
  const Session session{"ann", "jwt", "refresh", 1700000003600000, 3600};
  CHECK(session_text(session) ==
        R"({"accessToken":"jwt","refreshToken":"refresh","tokenType":"Bearer","expiresIn":3600,)"
        R"("expiryDuration":1700000003600000})");
  CHECK(refreshed_text({"ann", "new", "", 5, 4}, "kept") ==
        R"({"newAccessToken":"new","accessToken":"new","refreshToken":"kept","tokenType":"Bearer","expiresIn":4,)"
        R"("expiryDuration":5})");
  // After a rotation the next refresh token stands in the answer.
  CHECK(refreshed_text({"ann", "new", "next", 5, 4}, "kept").find(R"("refreshToken":"next")") != std::string::npos);
}

}  // namespace
}  // namespace metadata::server
