#include "guard/limits.h"

#include <doctest/doctest.h>

namespace metadata::server {
namespace {

TEST_CASE("only a plain Host becomes part of a link") {
  for (const char* good : {"localhost", "localhost:8585", "a-b.example.com:1", "127.0.0.1:80", "[::1]", "[::1]:8585"}) {
    CAPTURE(good);
    CHECK(is_plain_host(good));
  }
  for (const char* bad : {"", ":80", "a b", "a/b", "a\"b", "user@host", "host:", "host:x", "host:123456", "[::1", "[]",
                          "[::1]x", "[::1]80", "a:1:2", "h\xC3\xA9"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_plain_host(bad));
  }
}

TEST_CASE("links begin with the public URL, else with the Host, else there are none") {
  Request request;
  CHECK(base_url(request, "", false).empty());
  request.headers.add("Host", "here:1");
  CHECK(base_url(request, "", false) == "http://here:1/api");
  CHECK(base_url(request, "https://name/api", true) == "https://name/api");
}

TEST_CASE("a target beyond its bound is refused") {
  Request request;
  request.target = "/";
  CHECK_FALSE(beyond_limits(request).has_value());
  request.target = std::string(kMaxTargetBytes + 1, 'a');
  CHECK(beyond_limits(request)->status == 414);
}

}  // namespace
}  // namespace metadata::server
