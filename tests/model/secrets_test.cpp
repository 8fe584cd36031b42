#include "model/secrets.h"

#include "fixture.h"

using namespace metadata;
using test::type;

namespace {

std::string masked(std::string_view type_name, std::string_view entity) {
  json::Document document = test::parsed(entity);
  const Error error = model::for_each_secret(
      type(type_name), document, document.GetAllocator(),
      [](std::string_view path, std::string_view) { return Result<std::string>("<" + std::string(path) + ">"); });
  CHECK(error.ok());
  return json::write(document);
}

}  // namespace

TEST_CASE("in a connection the members with secret names are secret, at any depth") {
  CHECK(masked("databaseService",
               R"({"name":"password","connection":{"config":{"type":"Postgres","username":"u","password":"p",
    "authType":{"password":"q","keys":["a"]},"list":[{"privateKey":"k"}],"token":"",
    "secret":["a",{"x":"b"}],"apiKey":7}}})") ==
        R"({"name":"password","connection":{"config":{"type":"Postgres","username":"u",)"
        R"("password":"<connection.config.password>",)"
        R"("authType":{"password":"<connection.config.authType.password>","keys":["a"]},)"
        R"("list":[{"privateKey":"<connection.config.list[0].privateKey>"}],"token":"",)"
        R"("secret":["<connection.config.secret[0]>",{"x":"<connection.config.secret[1].x>"}],)"
        R"("apiKey":"<connection.config.apiKey>"}}})");
}

TEST_CASE("a marked text is a secret itself, inside named types too") {
  CHECK(masked("user",
               R"({"password":"p","profile":{"subscription":{"slack":{"endpoint":"http://x","secretKey":"k"}}}})") ==
        R"({"password":"<password>","profile":{"subscription":{"slack":{"endpoint":"http://x",)"
        R"("secretKey":"<profile.subscription.slack.secretKey>"}}}})");
}

TEST_CASE("an error of the visitor ends the walk") {
  json::Document document = test::parsed(R"({"connection":{"config":{"password":"p","token":"t"}}})");
  int visits = 0;
  const Error error = model::for_each_secret(type("databaseService"), document, document.GetAllocator(),
                                             [&](std::string_view, std::string_view) -> Result<std::string> {
                                               ++visits;
                                               return corrupt("no key");
                                             });
  CHECK(error.code() == Code::Corrupt);
  CHECK(visits == 1);
}
