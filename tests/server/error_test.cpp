#include "render/error.h"

#include <doctest/doctest.h>

#include "metadata/json.h"

namespace metadata::server::render {
namespace {

TEST_CASE("every code has its status and its word") {
  struct Row {
    Code code;
    int status;
    const char* word;
  };
  for (const Row& row : {Row{Code::InvalidArgument, 400, "BAD_REQUEST"},
                         {Code::Unauthenticated, 401, "UNAUTHORIZED"},
                         {Code::PermissionDenied, 403, "FORBIDDEN"},
                         {Code::NotFound, 404, "NOT_FOUND"},
                         {Code::AlreadyExists, 409, "CONFLICT"},
                         {Code::Conflict, 409, "CONFLICT"},
                         {Code::PreconditionFailed, 412, "PRECONDITION_FAILED"},
                         {Code::TooLarge, 413, "PAYLOAD_TOO_LARGE"},
                         {Code::RateLimited, 429, "TOO_MANY_REQUESTS"},
                         {Code::Unimplemented, 501, "NOT_IMPLEMENTED"},
                         {Code::Unavailable, 503, "SERVICE_UNAVAILABLE"},
                         {Code::Interrupted, 503, "SERVICE_UNAVAILABLE"},
                         {Code::Internal, 500, "INTERNAL_SERVER_ERROR"},
                         {Code::Corrupt, 500, "INTERNAL_SERVER_ERROR"}}) {
    const Response response = error(Error(row.code, "why"));
    const auto body = Json::parse(response.body);
    REQUIRE(body.ok());
    CHECK(response.status == row.status);
    CHECK((*body)["code"].as_int() == row.status);
    CHECK((*body)["responseType"].as_string() == std::string_view(row.word));
    CHECK(body->size() == 4);
    CHECK((*body)["details"].size() == 2);
  }
}

TEST_CASE("D5, D6: who is told to come again is told when, whoever says it") {
  for (const Response& response : {error(unavailable("x")), body_error(unavailable("x")), refusal(503, "x"),
                                   error(Error(Code::RateLimited, "x"))}) {
    CHECK(response.status >= 429);
    bool told = false;
    for (const auto& [name, value] : response.headers) told = told || (name == "Retry-After" && value == "1");
    CHECK(told);
  }
  for (const auto& [name, value] : error(not_found("x")).headers) CHECK(name != "Retry-After");
}

TEST_CASE("a body at fault says so in the guide's words and names the field") {
  const Error wrong = invalid_argument("columns field is required", "columns");
  CHECK(body_error(wrong).body == R"({"code":400,"message":"Invalid request body","responseType":"BAD_REQUEST",)"
                                  R"("details":{"field":"columns","error":"columns field is required"}})");
  CHECK(error(wrong).body.find(R"("message":"columns field is required")") != std::string::npos);
}

TEST_CASE("a fault of the server's own tells the client nothing of the inside") {
  CHECK(error(internal_error("secret /path")).body.find("secret") == std::string::npos);
}

TEST_CASE("W11: trouble of the store tells the client whether writing has stopped, and nothing of the inside") {
  const std::string inside = "cannot open /data/catalog.db: disk I/O error (10)";
  const Response response = error(unavailable(inside));
  CHECK(response.body.find("/data") == std::string::npos);
  CHECK(response.body.find("I/O") == std::string::npos);
  CHECK(store_trouble(Writes::Stopped).body.find("Writing has stopped") != std::string::npos);
  CHECK(store_trouble(Writes::ReadOnly).body.find("reading only") != std::string::npos);
  for (const Writes writes : {Writes::Open, Writes::Stopped, Writes::ReadOnly}) {
    CHECK(store_trouble(writes).status == 503);
  }
}

TEST_CASE("a path that is quoted in a message is bounded and plain") {
  const Response response = no_route("GET", "/\x01\xFF" + std::string(1000, 'a') + "?token=x");
  CHECK(response.body.size() < 600);
  CHECK(response.body.find("token") == std::string::npos);
  CHECK(Json::parse(response.body).ok());
}

}  // namespace
}  // namespace metadata::server::render
