#include "dialect/choose.h"

#include <doctest/doctest.h>

namespace metadata::server {
namespace {

Request request(std::string method, Headers headers, std::string body = {}) {
  return {std::move(method), "/api/v1/tables", std::move(headers), std::move(body), {}};
}

Headers headers(std::initializer_list<Headers::Field> fields) {
  Headers out;
  for (const auto& [name, value] : fields) out.add(name, value);
  return out;
}

Dialect chosen(const Request& request, DialectRule rule = DialectRule::Auto) { return *choose_dialect(request, rule); }

const Headers::Field kClient{"User-Agent", "python-requests/2.31.0"};

TEST_CASE("the client is known by how it spells Content-type on a request without a body") {
  CHECK(chosen(request("GET", headers({kClient, {"Content-type", "application/json"}}))) == Dialect::OpenMetadata);
  CHECK(chosen(request("DELETE", headers({kClient, {"Content-type", "application/json"}}))) == Dialect::OpenMetadata);
  CHECK(chosen(request("GET", headers({kClient, {"content-type", "application/json"}}))) == Dialect::OpenMetadata);
}

TEST_CASE("a script by hand, curl and writes get the guide's shapes") {
  CHECK(chosen(request("GET", headers({kClient, {"Content-Type", "application/json"}}))) == Dialect::Guide);
  CHECK(chosen(request("GET", headers({kClient}))) == Dialect::Guide);
  CHECK(chosen(request("GET", headers({{"User-Agent", "curl/7.88"}, {"Content-type", "x"}}))) == Dialect::Guide);
  CHECK(chosen(request("PUT", headers({kClient, {"Content-type", "application/json"}}), "{}")) == Dialect::Guide);
}

TEST_CASE("the header wins over the server's rule, the rule over the guess") {
  const auto client = headers({kClient, {"Content-type", "application/json"}});
  CHECK(chosen(request("GET", client), DialectRule::Guide) == Dialect::Guide);
  CHECK(chosen(request("GET", {}), DialectRule::OpenMetadata) == Dialect::OpenMetadata);
  CHECK(chosen(request("GET", headers({{"x-metadata-dialect", "OpenMetadata"}})), DialectRule::Guide) ==
        Dialect::OpenMetadata);
  const auto odd = choose_dialect(request("GET", headers({{"X-Metadata-Dialect", "french"}})), DialectRule::Auto);
  CHECK(odd.error().code() == Code::InvalidArgument);
}

}  // namespace
}  // namespace metadata::server
