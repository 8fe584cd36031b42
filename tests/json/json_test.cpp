#include "metadata/json.h"

#include <vector>

#include "texts.h"

using metadata::Json;
using metadata::JsonWriter;

namespace {

Json json(std::string_view text) { return *Json::parse(text); }

}  // namespace

TEST_CASE("a Json without a value is null") {
  const Json null;
  CHECK(null.is_null());
  CHECK(null.text() == "null");
  CHECK(null.size() == 0);
  CHECK(null["a"].is_null());
  CHECK(null.at(0).is_null());
  CHECK_FALSE(null.contains("a"));
  CHECK(null.get("")->is_null());
  CHECK_FALSE(null.get("/a"));
  CHECK(null == json("null"));
}

TEST_CASE("each value tells its type and gives itself only as that") {
  CHECK(json("true").type() == Json::Type::Boolean);
  CHECK(json("1").type() == Json::Type::Integer);
  CHECK(json("18446744073709551615").type() == Json::Type::Integer);
  CHECK(json("1.0").type() == Json::Type::Number);
  CHECK(json("\"\"").type() == Json::Type::String);
  CHECK(json("[]").type() == Json::Type::Array);
  CHECK(json("{}").type() == Json::Type::Object);
  CHECK(json("true").as_bool() == true);
  CHECK_FALSE(json("1").as_bool());
  CHECK(json("-7").as_int() == -7);
  CHECK_FALSE(json("1.0").as_int());
  CHECK_FALSE(json("18446744073709551615").as_int());
  CHECK(json("7").as_double() == 7.0);
  CHECK(json("\"x\"").as_string() == "x");
  CHECK_FALSE(json("null").as_string());
}

TEST_CASE("parts are reached by index, name and pointer") {
  const Json document = json(R"({"a":[1,{"b":"x"}],"n":null})");
  CHECK(document["a"].at(1)["b"].as_string() == "x");
  CHECK(document["a"].size() == 2);
  CHECK(document["a"].at(2).is_null());
  CHECK(document.contains("n"));
  CHECK_FALSE(document.contains("x"));
  CHECK(document.get("/a/1/b")->as_string() == "x");
  CHECK_FALSE(document.get("/a/2"));
  CHECK_FALSE(document.get("a"));
}

TEST_CASE("a part outlives the whole") {
  Json part;
  {
    const Json whole = json(R"({"a":"a string too long to be kept inline"})");
    part = whole["a"];
  }
  CHECK(part.as_string() == "a string too long to be kept inline");
}

TEST_CASE("members are visited in order") {
  std::vector<std::string> seen;
  json(R"({"b":1,"a":"x"})").for_each_member([&](std::string_view name, const Json& value) {
    seen.push_back(std::string(name) + "=" + value.text());
  });
  CHECK(seen == std::vector<std::string>{"b=1", "a=\"x\""});
}

TEST_CASE("equality does not see the order of members nor how a number is spelled") {
  CHECK(json(R"({"a":1,"b":2})") == json(R"({"b":2.0,"a":1e0})"));
  CHECK_FALSE(json("[1]") == json("[2]"));
}

TEST_CASE("a parse error says where") {
  const auto result = Json::parse("{\"a\":}");
  CHECK(result.error().code() == metadata::Code::InvalidArgument);
  CHECK(has(result.error().message(), "byte 5"));
}

TEST_CASE("a writer puts commas where they belong") {
  JsonWriter writer;
  writer.begin_object();
  writer.key("a").begin_array().integer(1).number(0.5).string("x\n").null().boolean(true).end_array();
  writer.key("b").begin_object().end_object();
  writer.key("c").raw("[1,2]").key("d").begin_array().begin_array().end_array().begin_object().end_object().end_array();
  writer.end_object();
  CHECK(writer.text() == R"({"a":[1,0.5,"x\n",null,true],"b":{},"c":[1,2],"d":[[],{}]})");
}
