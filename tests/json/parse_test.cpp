#include "json/parse.h"

#include <cmath>
#include <limits>

#include "json/write.h"
#include "texts.h"

using namespace metadata::json;
using metadata::Code;
using metadata::Error;
using metadata::JsonLimits;

namespace {

Error error_of(std::string_view text, const JsonLimits& limits = {}) {
  Document out;
  Error error = parse(text, out, limits);
  CHECK(out.IsNull() == !error.ok());
  return error;
}

bool refused(std::string_view text, const JsonLimits& limits = {}) {
  return error_of(text, limits).code() == Code::InvalidArgument;
}

double number(std::string_view text) { return doc(text).GetDouble(); }

}  // namespace

TEST_CASE("valid texts are read and written back as they were") {
  for (const char* text : {"null",
                           "true",
                           "false",
                           "0",
                           "-1",
                           "\"\"",
                           "[]",
                           "{}",
                           "1.5",
                           "0.1",
                           "-0.0",
                           "1e+22",
                           "5e-324",
                           "[1,[2,[3,{}]],\"x\"]",
                           R"({"b":1,"a":{"c":[null]}})",
                           "9223372036854775807",
                           "-9223372036854775808",
                           "9223372036854775808",
                           "18446744073709551615",
                           "4294967295",
                           "4294967296",
                           "-2147483649",
                           R"("\u0000\u001f\"\\\b\f\n\r\t/")",
                           "\"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\"",
                           "1.7976931348623157e+308",
                           "2.2250738585072014e-308",
                           "123456789.12345679"}) {
    CAPTURE(text);
    CHECK(write(doc(text)) == text);
  }
}

TEST_CASE("space is allowed between tokens and nowhere else") {
  CHECK(write(doc(" \t\r\n{ \"a\" : [ 1.5 , 2 ] } \n")) == R"({"a":[1.5,2]})");
  CHECK(refused("1 2"));
  CHECK(refused("1. 5"));
  CHECK(refused("\"a\nb\""));
}

TEST_CASE("broken texts are refused") {
  for (const char* text : {"",
                           " ",
                           "{",
                           "}",
                           "[",
                           "]",
                           "[1,]",
                           "[,1]",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{\"a\":1,}",
                           "{a:1}",
                           "{'a':1}",
                           "nul",
                           "truefalse",
                           "NaN",
                           "Infinity",
                           "-Infinity",
                           "\"",
                           "\"\\x\"",
                           "\"\\u12g4\"",
                           "\"\\",
                           "[1}",
                           "{\"a\":1]",
                           "// x\n1",
                           "1//",
                           "[1] x",
                           "\xEF\xBB\xBF{}",
                           "undefined",
                           "[1 2]",
                           "{\"a\":1 \"b\":2}",
                           "{\"a\",1}",
                           "{1:2}"}) {
    CAPTURE(text);
    CHECK(refused(text));
  }
}

TEST_CASE("malformed numbers are refused") {
  for (const char* text : {"-",     "+1",  "01",  "-01",   "1.",   ".5",    "-.5", "1e",    "1e+",      "1.e5", "0x10",
                           "1.5.2", "1-2", "--1", "1e5e5", "1.5x", "1_000", "00",  "1e5.5", "[1.5,2.]", "1E-"}) {
    CAPTURE(text);
    CHECK(refused(text));
  }
}

TEST_CASE("an integer outside int64 and uint64 is refused, not rounded") {
  CHECK(refused("18446744073709551616"));
  CHECK(refused("-9223372036854775809"));
  CHECK(refused("[1,100000000000000000000000000000]"));
  CHECK(has(error_of("[1,18446744073709551616]").message(), "byte 3"));
}

TEST_CASE("a number that is not finite is refused") {
  for (const char* text : {"1e309", "-1e309", "1.8e308", "1e9999", "-1e9999", "123456789e301", "0.01e312"}) {
    CAPTURE(text);
    CHECK(refused(text));
  }
  CHECK(refused(times(310, "9") + ".0"));
}

TEST_CASE("a number that is too small for a double is zero") {
  CHECK(number("1e-400") == 0);
  CHECK(number("1e-9999") == 0);
  CHECK(std::signbit(number("-1e-400")));
  CHECK(number(std::string("0.") + times(900, "0") + "1") == 0);
  CHECK(number("0e9999") == 0);
}

TEST_CASE("doubles are read exactly") {
  CHECK(number("0.1") == 0.1);
  CHECK(number("0.30000000000000004") == 0.1 + 0.2);
  CHECK(number("1E2") == 100);
  CHECK(number("1e+2") == 100);
  CHECK(number("1.0e-2") == 0.01);
  CHECK(number("4.9406564584124654e-324") == std::numeric_limits<double>::denorm_min());
  CHECK(number("2.2250738585072011e-308") == 2.2250738585072011e-308);
  CHECK(number("9007199254740993.0") == 9007199254740992.0);
  CHECK(number(std::string("1") + times(400, "0") + "e-400") == 1);
  CHECK(number(std::string("0.") + times(400, "0") + "1e401") == 1);
  CHECK(number(std::string("1") + times(308, "0") + ".0") == 1e308);
  CHECK(number("1e0000000002") == 100);
}

TEST_CASE("many doubles keep their places") {
  const Document array = doc(R"([0.5,1,{"a":2.5,"b\"1.5":[3e0,"4.5",-5.5]},6.25])");
  CHECK(write(array) == R"([0.5,1,{"a":2.5,"b\"1.5":[3.0,"4.5",-5.5]},6.25])");
}

TEST_CASE("the exponents that break RapidJSON are refused at once") {
  for (const char* text : {R"({"x":1.00000000001e-2147483638})", "1.00000000001e-2147483648", "1e-2147483649",
                           "1e2147483647", "1.1e-99999999999999999999", "0.0e-2147483648", "1e10000", "1e-10000"}) {
    CAPTURE(text);
    CHECK(refused(text));
  }
}

TEST_CASE("a number of thousands of digits is refused") {
  CHECK(refused(times(5'000, "1")));
  CHECK(refused(std::string("0.") + times(2'000, "1")));
  CHECK(error_of(times(1'000'000, "1")).message().size() < 300);
}

TEST_CASE("nesting is bounded while reading, at a million brackets too") {
  CHECK(error_of(times(64, "[") + times(64, "]")).ok());
  CHECK(refused(times(65, "[") + times(65, "]")));
  CHECK(refused(times(1'000'000, "[")));
  CHECK(refused(times(500'000, "{\"a\":")));
  CHECK(has(error_of(times(65, "[")).message(), "more than 64 levels"));
  CHECK(refused(times(1'000'000, "["), {.max_depth = 10'000'000}));
}

TEST_CASE("duplicate members are refused, wherever and however spelled") {
  CHECK(refused(R"({"a":1,"a":1})"));
  CHECK(refused(R"([{"x":{"a":1,"b":2,"a":3}}])"));
  CHECK(refused(R"({"a":1,"\u0061":2})"));
  CHECK(error_of(R"({"a":{"a":1},"b":{"a":1}})").ok());
  const Error error = error_of(R"({"a":1,"b":2,"a":3})");
  CHECK(has(error.message(), "byte 13"));
  CHECK(has(error.message(), "\"a\""));
}

TEST_CASE("duplicates in a large object are found by the later one's place") {
  std::string text = "{";
  for (int i = 0; i < 9'000; ++i) text += std::string("\"k") + std::to_string(i) + "\":1,";
  const JsonLimits large{.max_members = 10'000};
  CHECK(error_of(text + "\"last\":1}", large).ok());
  const std::string place = std::string("byte ") + std::to_string(text.size()) + " (/k17): ";
  CHECK(has(error_of(text + "\"k17\":1}", large).message(), place));
}

TEST_CASE("text that is not UTF-8 is refused") {
  for (const char* text : {"\"\xFF\"", "\"\xC3\"", "\"\xC0\x80\"", "\"\xED\xA0\x80\"", "\"\xF5\x80\x80\x80\"",
                           "\"\xE2\x82\"", "{\"\x80\":1}", "\"\xF8\x88\x80\x80\x80\"", "\xFE"}) {
    CAPTURE(text);
    CHECK(refused(text));
  }
}

TEST_CASE("escaped surrogates come in pairs or not at all") {
  CHECK(view(doc(R"("\ud83d\ude00")")) == "\xF0\x9F\x98\x80");
  CHECK(refused(R"("\ud83d")"));
  CHECK(refused(R"("\ude00")"));
  CHECK(refused(R"("\ud83d\u0041")"));
  CHECK(refused(R"({"\ude00":1})"));
  CHECK(view(doc("\"\xED\x9F\xBF\"")) == "\xED\x9F\xBF");
}

TEST_CASE("a NUL character in the text does not end it") {
  CHECK(refused(std::string_view("{}\0", 3)));
  CHECK(refused(std::string_view("{}\0garbage", 10)));
  CHECK(refused(std::string_view("\"a\0b\"", 5)));
}

TEST_CASE("each limit is kept and named") {
  CHECK(error_of("[1,2]", {.max_bytes = 5}).ok());
  CHECK(error_of("[1,2] ", {.max_bytes = 5}).code() == Code::TooLarge);
  CHECK(error_of("[1,2]", {.max_values = 3}).ok());
  CHECK(has(error_of("[1,2,3]", {.max_values = 3}).message(), "more than 3 values"));
  CHECK(refused("[1.5,2.5,3.5]", {.max_values = 3}));
  CHECK(refused("[1.5,2.5,3.5,4.5]", {.max_values = 3}));
  CHECK(error_of(R"({"a":1,"b":{"c":1,"d":2}})", {.max_members = 2}).ok());
  CHECK(has(error_of(R"({"a":1,"b":2,"c":3})", {.max_members = 2}).message(), "more than 2 members"));
  CHECK(error_of(R"(["abc"])", {.max_string_bytes = 3}).ok());
  CHECK(has(error_of(R"(["abcd"])", {.max_string_bytes = 3}).message(), "more than 3 bytes in one string"));
  CHECK(refused(R"({"abcd":1})", {.max_string_bytes = 3}));
  CHECK(error_of(R"(["\u0041\u0042\u0043"])", {.max_string_bytes = 3}).ok());
}

TEST_CASE("an error names the byte where the text is wrong") {
  CHECK(has(error_of("[1,2").message(), "byte 4"));
  CHECK(has(error_of("[1,x]").message(), "byte 3"));
}

TEST_CASE("an earlier tree is gone after an error") {
  Document out = doc("[1]");
  CHECK_FALSE(parse("[", out).ok());
  CHECK(out.IsNull());
}

TEST_CASE("trusted text is read without limits but not without a bound on its depth") {
  Document out;
  CHECK(parse_trusted(std::string("[") + times(300'000, "1.5,") + "1]", out).ok());
  CHECK(out.Size() == 300'001);
  CHECK(parse_trusted(times(1'000'000, "["), out).code() == Code::Corrupt);
  CHECK(parse_trusted("{\"a\":", out).code() == Code::Corrupt);
  CHECK(parse_trusted("\"\xFF\"", out).code() == Code::Corrupt);
}

TEST_CASE("a text cut anywhere is refused and does no harm") {
  const std::string text =
      R"({"a":[1.5,-2e3,"x\u00e4\ud83d\ude00\\"],"b":{"c":null,"d":true},"e":18446744073709551615})";
  REQUIRE(error_of(text).ok());
  for (std::size_t length = 0; length < text.size(); ++length) CHECK(refused(std::string_view(text).substr(0, length)));
}
