#include "guard/cors.h"

#include <doctest/doctest.h>

#include <string>
#include <utility>

namespace metadata::server {
namespace {

const std::vector<std::string> kOrigins = {"https://ui.example.com", "http://localhost:3000"};

Response answer(const std::string& method, const std::vector<std::pair<std::string, std::string>>& headers,
                const std::vector<std::string>& origins = kOrigins) {
  Request request;
  request.method = method;
  for (const auto& header : headers) request.headers.add(header.first, header.second);
  Response response;
  if (method == "OPTIONS") response.set("Allow", "OPTIONS, GET, HEAD");
  add_cors_headers(request, origins, response);
  return response;
}

std::string value(const Response& response, const std::string& name) {
  for (const auto& header : response.headers) {
    if (header.first == name) return header.second;
  }
  return "";
}

TEST_CASE("W4: without origins in the list nothing is said to any page") {
  const Response response = answer("GET", {{"Origin", "https://ui.example.com"}}, {});
  CHECK(response.headers.empty());
}

TEST_CASE("W4: an origin of the list is answered to the letter, every other one not at all, and caches are told") {
  for (const std::string& origin : kOrigins) {
    const Response response = answer("GET", {{"Origin", origin}});
    CHECK(value(response, "Access-Control-Allow-Origin") == origin);
    CHECK(value(response, "Vary") == "Origin");
  }
  for (const char* other :
       {"https://evil.example.com", "http://ui.example.com", "https://ui.example.com:8443", "https://ui.example.com/",
        "https://ui.example.com.evil.org", "https://UI.example.com", "null", "*", "", "https://ui.example.co"}) {
    CAPTURE(other);
    const Response response = answer("GET", {{"Origin", other}});
    CHECK(value(response, "Access-Control-Allow-Origin").empty());
    CHECK(value(response, "Vary") == "Origin");
  }
  const Response twice = answer("GET", {{"Origin", kOrigins[0]}, {"Origin", "https://evil.example.com"}});
  CHECK(value(twice, "Access-Control-Allow-Origin").empty());
  CHECK(value(answer("GET", {}), "Vary") == "Origin");
}

TEST_CASE("W4: a preflight hears what the route allows, and cookies are never allowed") {
  const Response response = answer("OPTIONS", {{"Origin", kOrigins[0]}, {"Access-Control-Request-Method", "DELETE"}});
  CHECK(value(response, "Access-Control-Allow-Methods") == "OPTIONS, GET, HEAD");
  CHECK(value(response, "Access-Control-Allow-Headers").find("Authorization") != std::string::npos);
  CHECK(value(response, "Access-Control-Max-Age") == "600");
  CHECK(value(response, "Access-Control-Allow-Credentials").empty());
  const Response other = answer("OPTIONS", {{"Origin", "https://x.org"}, {"Access-Control-Request-Method", "GET"}});
  CHECK(value(other, "Access-Control-Allow-Methods").empty());
}

TEST_CASE("W4: what is no origin is refused by name") {
  CHECK(check_origins(kOrigins).ok());
  CHECK(check_origins({"https://[::1]:8443"}).ok());
  for (const char* bad :
       {"*", "null", "", "ui.example.com", "https://", "https://ui.example.com/", "https://a/b", "ftp://x",
        "https://*.example.com", "https://UI.example.com", "https://x:443", "http://x:80"}) {
    CAPTURE(bad);
    CHECK(check_origins({kOrigins[0], bad}).message().find("'" + std::string(bad) + "'") != std::string_view::npos);
  }
}

}  // namespace
}  // namespace metadata::server
