#include "json/write.h"

#include <cmath>
#include <limits>

#include "texts.h"

using namespace metadata::json;

namespace {

std::string number(double value) {
  std::string out;
  append_number(out, value);
  return out;
}

}  // namespace

TEST_CASE("doubles have the fewest digits that read back the same, and stay doubles") {
  CHECK(number(0.1) == "0.1");
  CHECK(number(100) == "100.0");
  CHECK(number(-0.0) == "-0.0");
  CHECK(number(1e22) == "1e+22");
  CHECK(number(1.0 / 3) == "0.3333333333333333");
  CHECK(doc(number(100)).IsDouble());
}

TEST_CASE("what JSON has no number for is written as null") {
  CHECK(number(std::nan("")) == "null");
  CHECK(number(std::numeric_limits<double>::infinity()) == "null");
}

TEST_CASE("a quoted text escapes what it must and leaves UTF-8 as it is") {
  std::string out = "=";
  append_quoted(out, "a\"\\/\n\x01\x7F\xC3\xA4");
  CHECK(out == "=\"a\\\"\\\\/\\n\\u0001\x7F\xC3\xA4\"");
}

TEST_CASE("an excerpt is cut between characters and quoted") {
  CHECK(quoted_excerpt("a\"b") == R"("a\"b")");
  const std::string cut = quoted_excerpt(times(60, "\xC3\xA4"));
  CHECK(cut == '"' + times(50, "\xC3\xA4") + "…\"");
}

TEST_CASE("writing appends") {
  std::string out = "x=";
  write(doc(R"({"a":[]})"), out);
  CHECK(out == R"(x={"a":[]})");
}
