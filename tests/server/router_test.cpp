#include "http/router.h"

#include <doctest/doctest.h>

#include <string>

namespace metadata::server {
namespace {

Reply nothing(const Call&) { return Response{}; }

Router router_of(const std::vector<std::string>& rows) {
  Router router;
  for (const std::string& row : rows) {
    const auto blank = row.find(' ');
    const std::string_view method = row.starts_with("GET") ? "GET" : row.starts_with("PUT") ? "PUT" : "DELETE";
    CHECK(router.add({method, row.substr(blank + 1), nothing, needs("ViewBasic")}).ok());
  }
  return router;
}

const std::string& pattern_of(const Match& match) {
  static const std::string none = "none";
  return match.route == nullptr ? none : match.route->pattern;
}

TEST_CASE("a word beats a parameter, whatever the order of the rows") {
  const Router router = router_of({"GET /t/{id}", "GET /t/name/{fqn...}", "GET /t/{id}/versions", "PUT /t/restore"});
  CHECK(pattern_of(router.match("GET", "/t/1")) == "/t/{id}");
  CHECK(pattern_of(router.match("GET", "/t/name/a.b")) == "/t/name/{fqn...}");
  CHECK(pattern_of(router.match("GET", "/t/name/versions")) == "/t/name/{fqn...}");
  CHECK(pattern_of(router.match("GET", "/t/1/versions")) == "/t/{id}/versions");
  CHECK(pattern_of(router.match("PUT", "/t/restore")) == "/t/restore");
}

TEST_CASE("a name may hold an escaped slash, or raw ones up to the words that follow it") {
  const Router router = router_of({"GET /t/name/{fqn...}", "GET /t/name/{fqn...}/export", "GET /t/{fqn}/status"});
  CHECK(router.match("GET", "/t/name/a%2Fb.%22c%20d%22").params == std::vector<std::string>{"a/b.\"c d\""});
  CHECK(router.match("GET", "/t/name/a/b").params == std::vector<std::string>{"a/b"});
  const Match exported = router.match("GET", "/t/name/a/b/export?dryRun=true");
  CHECK(pattern_of(exported) == "/t/name/{fqn...}/export");
  CHECK(exported.params == std::vector<std::string>{"a/b"});
  CHECK(router.match("GET", "/t/a%2Fb/status").params == std::vector<std::string>{"a/b"});
}

TEST_CASE("a path that exists for other methods says which") {
  const Router router = router_of({"GET /t/{id}", "DELETE /t/{id}"});
  const Match match = router.match("PUT", "/t/1");
  CHECK(match.kind == Match::Kind::NoMethod);
  CHECK(match.allow == "OPTIONS, GET, HEAD, DELETE");
  CHECK(router.match("HEAD", "/t/1").kind == Match::Kind::Found);
}

TEST_CASE("paths that lead nowhere, and paths that cannot be read") {
  const Router router = router_of({"GET /t/{id}", "GET /t"});
  CHECK(router.match("GET", "/").kind == Match::Kind::NoPath);
  CHECK(router.match("GET", "/t/1/2").kind == Match::Kind::NoPath);
  CHECK(router.match("GET", "/t/").kind == Match::Kind::Found);
  CHECK(router.match("GET", "/t?x=/y").kind == Match::Kind::Found);
  CHECK(router.match("GET", "/t/%ZZ").kind == Match::Kind::BadPath);
  CHECK(router.match("GET", "/t/%FF").kind == Match::Kind::BadPath);
  CHECK(router.match("GET", "//t").kind == Match::Kind::NoPath);
  CHECK(router.match("GET", std::string(8000, '/')).kind == Match::Kind::NoPath);
}

TEST_CASE("Z1: a row says who may use it, and stands once") {
  Router router;
  CHECK(router.add({"GET", "/t", nothing, {}}).code() == Code::InvalidArgument);
  CHECK(router.add({"GET", "/t", nullptr, kPublic}).code() == Code::InvalidArgument);
  CHECK(router.add({"GET", "/t/{id}", nothing, kPublic}).ok());
  CHECK(router.add({"GET", "/t/{name}", nothing, kPublic}).code() == Code::InvalidArgument);
}

}  // namespace
}  // namespace metadata::server
