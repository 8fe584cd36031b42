#include "render/members.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace metadata::server::render {
namespace {

std::vector<std::string> walk(std::string_view text) {
  std::vector<std::string> out;
  Members members(text);
  for (Member member; members.next(member);) out.push_back(std::string(member.name) + "=" + std::string(member.value));
  return out;
}

using List = std::vector<std::string>;

TEST_CASE("members of an object and elements of an array, with nothing parsed") {
  CHECK(walk(R"({"a":1,"b":{"c":[1,{"d":"}"}]},"e":"x,\"y\\","f":null})") ==
        List{"a=1", R"(b={"c":[1,{"d":"}"}]})", R"(e="x,\"y\\")", "f=null"});
  CHECK(walk(R"([{"a":1},"b",[2,3],-4.5e3])") == List{R"(={"a":1})", R"(="b")", "=[2,3]", "=-4.5e3"});
  CHECK(walk("{}").empty());
  CHECK(walk("[]").empty());
  CHECK(walk(R"({"":""})") == List{R"(="")"});
}

TEST_CASE("text that is no JSON ends the walk inside its bounds") {
  for (const char* text :
       {"", "x", "{", "{\"", "{\"a", "{\"a\"", "{\"a\":", "{\"a\":\"", "[", "[\"\\", "{\"a\":[[[", "{,}"}) {
    CAPTURE(text);
    CHECK(walk(text).size() <= 1);
  }
}

}  // namespace
}  // namespace metadata::server::render
