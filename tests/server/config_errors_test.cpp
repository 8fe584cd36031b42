#include "config_errors.h"

#include <doctest/doctest.h>

using namespace metadata::server;

TEST_CASE("O4: a mistyped option is told the one that it is nearest to, and none when none is near") {
  const std::vector<std::string> known = {"port", "host", "log-level", "public-url"};
  CHECK(nearest("prot", known) == "port");
  CHECK(nearest("hots", known) == "host");
  CHECK(nearest("log-levle", known) == "log-level");
  CHECK(nearest("publicurl", known) == "public-url");
  CHECK(nearest("colour", known).empty());
  CHECK(nearest("x", known).empty());
  CHECK(nearest(std::string(100'000, 'p'), known).empty());
  CHECK(nearest("port", {}).empty());
}

TEST_CASE("O4: an explanation is one line and keeps what was said") {
  CHECK(explain({"The following argument was not expected: --prot", "", {"port"}, {}}) ==
        "The following argument was not expected: --prot; did you mean --port?");
  CHECK(explain({"--port: Value 99999\nnot in range", "", {"port"}, {}}) == "--port: Value 99999 not in range");
  CHECK(explain({"nothing in particular", "/nonexistent/file", {"port"}, {}}) == "nothing in particular");
}
