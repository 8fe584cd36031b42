#include <doctest/doctest.h>

#include "dispatcher.h"
#include "metadata/json.h"
#include "routes/routes.h"

namespace metadata::server {
namespace {

Request request(const char* method, const char* target) {
  Request made;
  made.method = method;
  made.target = target;
  return made;
}

std::string header(const Response& response, const std::string& name) {
  for (const auto& [known, value] : response.headers) {
    if (known == name) return value;
  }
  return "";
}

TEST_CASE("D14, O2: a draining server sends new requests away with 503 and lives on until it is done") {
  Options options;
  options.path = ":memory:";
  const auto catalog = Catalog::open(options);
  REQUIRE(catalog.ok());
  const auto router = make_router((*catalog)->registry());
  REQUIRE(router.ok());
  const render::References references((*catalog)->registry());
  Config config;
  Log log(LogLevel::Error, false);
  Context context{**catalog, config, references, *router, log};
  Dispatcher dispatcher(context, *router);
  CHECK(dispatcher.handle(request("GET", "/readyz")).status == 200);
  CHECK(dispatcher.handle(request("GET", "/api/v1/system/version")).status == 200);

  context.stopping = true;
  for (const char* method : {"GET", "PUT", "POST", "DELETE"}) {
    const Response refused = dispatcher.handle(request(method, "/api/v1/tables"));
    CHECK(refused.status == 503);
    CHECK_FALSE(header(refused, "Retry-After").empty());
    const auto body = Json::parse(refused.body);
    REQUIRE(body.ok());
    CHECK((*body)["code"].as_int() == 503);
    CHECK((*body)["responseType"].as_string() == std::string_view("SERVICE_UNAVAILABLE"));
    CHECK((*body)["message"].as_string() == std::string_view("the server is stopping"));
    CHECK((*body)["details"].size() == 2);
  }
  CHECK(dispatcher.handle(request("GET", "/healthz")).status == 200);
  const Response ready = dispatcher.handle(request("GET", "/readyz"));
  CHECK(ready.status == 503);
  CHECK_FALSE(header(ready, "Retry-After").empty());
}

}  // namespace
}  // namespace metadata::server
