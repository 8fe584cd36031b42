#include "json/splice.h"

#include "texts.h"

using namespace metadata::json;

TEST_CASE("the body of an object is what stands between its braces") {
  CHECK(object_body(R"({"a":1,"b":{}})") == R"("a":1,"b":{})");
  CHECK(object_body(" { \"a\":1 } ") == "\"a\":1");
  CHECK(object_body("{}") == "");
  CHECK(object_body("{ }") == "");
  CHECK(object_body("[1]") == "");
  CHECK(object_body("{") == "");
  CHECK(object_body("") == "");
}

TEST_CASE("an object is made of members and of other objects' members") {
  ObjectText object(100);
  object.add_members(R"({"id":"x","n":1})").add_members("{}").add_raw("tags", "[]").add_string("name", "a\"b");
  object.add_int("big", -5).add_bool("deleted", false).add_members(R"({"z":null})");
  CHECK(object.take() == R"({"id":"x","n":1,"tags":[],"name":"a\"b","big":-5,"deleted":false,"z":null})");
}

TEST_CASE("an object without members is empty braces") {
  ObjectText object;
  CHECK(object.empty());
  CHECK(object.add_members("{}").take() == "{}");
}
