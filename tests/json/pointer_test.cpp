#include "json/pointer.h"

#include "json/write.h"
#include "texts.h"

using namespace metadata::json;

TEST_CASE("the pointers of RFC 6901 name what it says") {
  const Document document =
      doc(R"({"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8})");
  const auto at = [&](std::string_view text) { return write(*resolve(document, *Pointer::parse(text))); };
  CHECK(at("") == write(document));
  CHECK(at("/foo") == R"(["bar","baz"])");
  CHECK(at("/foo/0") == R"("bar")");
  CHECK(at("/") == "0");
  CHECK(at("/a~1b") == "1");
  CHECK(at("/c%d") == "2");
  CHECK(at("/e^f") == "3");
  CHECK(at("/g|h") == "4");
  CHECK(at("/i\\j") == "5");
  CHECK(at("/k\"l") == "6");
  CHECK(at("/ ") == "7");
  CHECK(at("/m~0n") == "8");
}

TEST_CASE("a pointer to nothing resolves to nothing") {
  const Document document = doc(R"({"a":[1,2],"b":"text"})");
  for (const char* text : {"/x", "/a/2", "/a/-", "/a/01", "/a/1x", "/a/-1", "/a/+1", "/a/", "/b/0", "/a/0/0",
                           "/a/99999999999999999999", "/a/4294967296"}) {
    CAPTURE(text);
    CHECK(resolve(document, *Pointer::parse(text)) == nullptr);
  }
}

TEST_CASE("malformed and endless pointers are refused") {
  for (const char* text : {"a", "#/a", " /a", "/~", "/~2", "/a~", "/~0~"}) {
    CAPTURE(text);
    CHECK(Pointer::parse(text).error().code() == metadata::Code::InvalidArgument);
  }
  CHECK(Pointer::parse(times(256, "/a"), 256).ok());
  CHECK_FALSE(Pointer::parse(times(257, "/a"), 256).ok());
}

TEST_CASE("a pointer's text reads back as the same pointer") {
  for (const char* text : {"", "/", "//", "/a~1b/~0~1~01", "/a/0/-"}) CHECK(Pointer::parse(text)->text() == text);
}

TEST_CASE("one pointer is inside another only segment by segment") {
  const auto inside = [](const char* outer, const char* inner) {
    return Pointer::parse(outer)->is_proper_prefix_of(*Pointer::parse(inner));
  };
  CHECK(inside("/a", "/a/b"));
  CHECK(inside("", "/a"));
  CHECK_FALSE(inside("/a", "/a"));
  CHECK_FALSE(inside("/a", "/ab"));
  CHECK_FALSE(inside("/a/b", "/a"));
}
