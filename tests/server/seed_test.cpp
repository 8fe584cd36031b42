#include "seed/seed.h"

#include <doctest/doctest.h>

#include "metadata/json.h"
#include "seed/data.h"

namespace metadata::server {
namespace {

TEST_CASE("the start-up data is JSON and has what the client asks for") {
  for (const EmbeddedFile& file : start_data()) {
    const auto data = Json::parse(file.text);
    REQUIRE(data.ok());
    if (file.name != "test_connections.json") continue;
    CHECK(data->size() == 85);
    CHECK((*data)["SQLite"].at(0).as_string() == std::string_view("CheckAccess!"));
  }
  CHECK(start_data().size() == 3);
}

TEST_CASE("the name of a bot becomes a file name only when it is one") {
  Config config;
  config.data = "/d";
  CHECK(*token_path(config, "ingestion-bot") == "/d/tokens/ingestion-bot.jwt");
  for (const char* bad : {"", ".", "../x", "a/b", "a b", "\n"}) CHECK_FALSE(token_path(config, bad).ok());
}

}  // namespace
}  // namespace metadata::server
