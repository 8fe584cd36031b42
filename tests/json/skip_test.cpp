#include "json/skip.h"

#include <string>

#include "texts.h"

using namespace metadata::json;

TEST_CASE("a value ends where the next member begins") {
  const std::string text = R"({"a":"x\"]}","b":[1,{"c":"\\"}],"d":-1.5e3})";
  CHECK(end_of_string(text, 1) == 4);
  CHECK(member_text(text, "a") == R"("x\"]}")");
  CHECK(member_text(text, "b") == R"([1,{"c":"\\"}])");
  CHECK(member_text(text, "d") == "-1.5e3");
  CHECK_FALSE(member_text(text, "c"));
  CHECK_FALSE(member_text("{}", "a"));
  CHECK_FALSE(member_text("[1]", "a"));
  CHECK_FALSE(member_text("", "a"));
}

TEST_CASE("no way through damaged text goes past its end") {
  const std::string whole = R"({"a":"x\"]}","b":[1,{"c":"\\"}],"d":{"e":[[]]}})";
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    const std::string text = whole.substr(0, length);
    for (std::size_t at = 0; at <= length; ++at) {
      CHECK(end_of_value(text, at) <= std::max(length, at));
      CHECK(end_of_string(text, at) <= std::max(length, at));
    }
    for (const char* name : {"a", "b", "c", "d", "z"}) {
      if (const auto found = member_text(text, name)) CHECK(found->size() <= length);
    }
  }
}
