// What bounds a text and a patch, at the bounds and far beyond them.

#include <pthread.h>

#include <fstream>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "cpu_time.h"
#include "metadata/json.h"
#include "metadata/patch.h"
#include "sanitized.h"
#include "texts.h"

using metadata::Code;
using metadata::Error;
using metadata::Json;
using metadata::JsonLimits;
using metadata::Patch;
using metadata::PatchLimits;
using metadata::Result;

namespace {

std::string nested(std::size_t depth) { return times(depth, "[") + times(depth, "]"); }

std::string elements(std::size_t count) { return "[1" + times(count - 1, ",1") + "]"; }

std::string members(std::size_t count) {
  std::string out = "{";
  for (std::size_t i = 0; i < count; ++i) out += (i == 0 ? "\"k" : ",\"k") + std::to_string(i) + "\":1";
  return out + "}";
}

std::string operations(std::size_t count, std::string_view operation) {
  std::string out = "[" + std::string(operation);
  for (std::size_t i = 1; i < count; ++i) out += "," + std::string(operation);
  return out + "]";
}

// Why a text is refused; "" when it is not. Every refusal is InvalidArgument, short, and valid UTF-8 itself.
std::string refusal(std::string_view text, const JsonLimits& limits = {}) {
  const Result<Json> parsed = Json::parse(text, limits);
  if (parsed.ok()) return "";
  CHECK(parsed.error().code() == Code::InvalidArgument);
  const std::string message(parsed.error().message());
  CHECK(message.size() < 500);
  metadata::JsonWriter writer;
  writer.string(message);
  CHECK(Json::parse(writer.text()).ok());
  return message;
}

std::string patch_refusal(const Json& document, std::string_view patch, const PatchLimits& limits = {}) {
  const Result<Patch> read = Patch::parse(patch, limits);
  if (!read.ok()) return std::string(read.error().message());
  const Result<Json> applied = read->apply(document, limits);
  return applied.ok() ? "" : std::string(applied.error().message());
}

std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t total = 0;
  std::size_t resident = 0;
  statm >> total >> resident;
  return resident * 4096;
}

// A quarter of the 1 MiB that threads have at least. The address sanitizer makes each frame several times larger, and
// keeps what is freed for a while.
#if defined(METADATA_TEST_ASAN)
constexpr std::size_t kSmallStack = std::size_t{1} << 20;
constexpr std::size_t kMostGrowth = std::size_t{320} << 20;
#else
constexpr std::size_t kSmallStack = std::size_t{256} << 10;
constexpr std::size_t kMostGrowth = std::size_t{32} << 20;
#endif

// Runs the work, prints what it cost, and fails only when that was very much: most is some hundredths of a second.
template <class Work>
void soon(const char* what, const Work& work) {
  const double took = metadata::test::cpu_s_of(work);
  MESSAGE(std::string(what) << ": " << 1e6 * took << " us");
  CHECK(took < 20);
}

// Random JSON texts, with what they should parse to.
class Texts {
 public:
  explicit Texts(unsigned seed) : random_(seed) {}

  std::string value(int depth) {
    switch (pick(depth > 0 ? 8 : 6)) {
      case 0:
        return pick(2) == 0 ? "true" : "false";
      case 1:
        return "null";
      case 2:
        return std::to_string(static_cast<std::int64_t>(random_()));
      case 3:
        return std::to_string(static_cast<std::uint64_t>(random_()) | (std::uint64_t{1} << 63));
      case 4:
        return number();
      case 5:
        return string();
      case 6: {
        std::string out = "[";
        for (int i = pick(5); i > 0; --i) out += value(depth - 1) + (i > 1 ? "," : "");
        return out + "]";
      }
      default: {
        std::string out = "{";
        for (int i = pick(5); i > 0; --i) {
          out += "\"" + std::to_string(i) + string().substr(1) + ":" + value(depth - 1) + (i > 1 ? "," : "");
        }
        return out + "}";
      }
    }
  }

 private:
  int pick(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }

  std::string number() {
    std::string out = std::to_string(pick(1000)) + "." + std::to_string(random_() % 100'000'007);
    while (out.back() == '0') out.back() = '7';
    return out;
  }

  // As the writer spells it: what needs no escape has none.
  std::string string() {
    static constexpr const char* kParts[] = {
        "a",    "Zz",   "\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x98\x80",          "\\n",
        "\\\"", "\\\\", "/",        "\\u0001",      "plain text of some length", "\x7F"};
    std::string out = "\"";
    for (int i = pick(6); i > 0; --i) out += kParts[pick(12)];
    return out + "\"";
  }

  std::mt19937_64 random_;
};

}  // namespace

TEST_CASE("L4: the limits of a text are named and have the documented defaults") {
  const JsonLimits limits;
  CHECK(limits.max_bytes == 4'194'304);
  CHECK(limits.max_depth == 64);
  CHECK(limits.max_values == 200'000);
  CHECK(limits.max_members == 1'024);
  CHECK(limits.max_elements == 10'000);
  CHECK(limits.max_string_bytes == 4'194'304);
  CHECK(limits.max_number_bytes == 1'024);
  CHECK(limits.max_exponent_digits == 4);
}

TEST_CASE("L4: a text at each limit is read, one beyond it is refused by the limit's name") {
  CHECK(refusal(members(1'024)) == "");
  CHECK(has(refusal(members(1'025)), "(/k1024): more than 1024 members in one object"));
  CHECK(refusal(elements(10'000)) == "");
  CHECK(has(refusal(elements(10'001)), "(/9999): more than 10000 elements in one array"));

  const std::string ten_thousand = elements(9'999);  // with itself ten thousand values
  const std::string most = "[" + ten_thousand + times(18, "," + ten_thousand) + "," + elements(9'998) + "]";
  CHECK(refusal(most) == "");
  CHECK(has(refusal("[" + most.substr(1, most.size() - 2) + ",1]"), "more than 200000 values"));

  const std::string long_text = times(4'194'302, "x");
  CHECK(refusal("\"" + long_text + "\"") == "");
  const Error bytes = Json::parse(" \"" + long_text + "\"").error();
  CHECK(bytes.code() == Code::TooLarge);
  CHECK(has(bytes.message(), "4194305 bytes, more than 4194304"));
  CHECK(has(refusal(R"({"a":["xxxxx"]})", {.max_string_bytes = 4}), "(/a/0): more than 4 bytes in one string"));
  CHECK(refusal(R"({"a":["xxxx"]})", {.max_string_bytes = 4}) == "");

  CHECK(refusal("1e9999") != "");
  CHECK(refusal("0e9999") == "");
  CHECK(has(refusal("[0e10000]"), "(/0): the number 0e10000 has an exponent of more than 4 digits"));
  CHECK(refusal("[1e-00000000300]") == "");
  CHECK(refusal("0." + times(1'022, "1")) == "");
  CHECK(has(refusal("0." + times(1'023, "1")), "is longer than 1024 characters"));
}

TEST_CASE("L4: an error names the JSON Pointer of the place") {
  CHECK(has(refusal(R"({"columns":[{"name":"a"},{"name":01}]})"), "byte 33 (/columns/1/name): the number 01"));
  CHECK(has(refusal(R"({"columns":[{"name":"a","name":"b"}]})"),
            "byte 24 (/columns/0/name): the member \"name\" is there twice"));
  CHECK(has(refusal(R"({"a/b":{"m~n":[true,tru]}})"), "(/a~1b/m~0n/1): invalid value"));
  CHECK(has(refusal("{\"a\":{\"b\":\"\xFF\"}}"), "(/a/b): a string that is not UTF-8"));
  CHECK(has(refusal(R"({"a":{"b":1,"c"}})"), "(/a/c): missing a colon"));
  CHECK(has(refusal(R"({"a":{"b":1 "c":2}})"), "(/a/b): missing a comma"));
  CHECK(has(refusal(R"({"a":{"b":1,c:2}})"), "(/a): missing the name"));
  CHECK(has(refusal("[1,2,]"), "byte 5 (/2): "));
  CHECK(has(refusal("nul"), "invalid JSON at byte 0: "));
  const std::string large = members(900).substr(0, members(900).size() - 1);
  CHECK(has(refusal("{\"x\":" + large + ",\"k17\":2}}"), "(/x/k17): the member \"k17\" is there twice"));
  CHECK(refusal("{\"" + times(100'000, "n") + "\":x}").size() < 300);
}

TEST_CASE("L4: integers beyond 2^53 are kept exactly") {
  for (const char* text : {"9007199254740993", "-9007199254740993", "9223372036854775807", "-9223372036854775808",
                           "9223372036854775808", "18446744073709551615", "999999999999999999", "1000000000000000000",
                           "-999999999999999999", "-1000000000000000000"}) {
    CAPTURE(text);
    CHECK(Json::parse(text)->text() == text);
    const Patch patch = *Patch::parse(R"([{"op":"add","path":"/n","value":)" + std::string(text) + "}]");
    CHECK(patch.apply(*Json::parse("{}"))->text() == "{\"n\":" + std::string(text) + "}");
  }
  CHECK(has(refusal("18446744073709551616"), "outside int64 and uint64"));
  CHECK(has(refusal("-9223372036854775809"), "outside int64 and uint64"));
}

// CVE-2024-38517: RapidJSON 1.1.0 computes with exponents that overflow int, before it looks whether they fit.
TEST_CASE("L4: exponents and fractions made to overflow are refused or read exactly") {
  for (const char* text :
       {R"({"x":1.00000000001e-2147483638})", "1.00000000001e-2147483638", "1.0000000000000000000000001e-2147483630",
        "1.1e-2147483647", "1.1e-2147483648", "1.1e-2147483649", "1e2147483647", "1e2147483648", "1e4294967296",
        "123456789012345678901234567890.5e-2147483640", "1.1e-99999999999999999999", "0.0e-2147483648", "-0e2147483648",
        "0.00000000000000000000001e2147483647", "1e+99999", "1E-00000099999", "0e10000"}) {
    CAPTURE(text);
    CHECK(has(refusal(text), "exponent of more than 4 digits"));
  }
  CHECK(Json::parse("1e-9999")->as_double() == 0.0);
  CHECK(Json::parse("0." + times(360, "0") + "1e9")->as_double() == 0.0);
  CHECK(*Json::parse("0." + times(400, "0") + "1e0401")->as_double() == 1.0);
  CHECK(*Json::parse("1" + times(300, "0") + ".5e-0300")->as_double() == 1.0);
}

TEST_CASE("L4: UTF-8 is checked at every place of a word of eight bytes") {
  for (std::size_t before = 0; before < 17; ++before) {
    const std::string head = "\"" + times(before, "x");
    for (const char* good : {"\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80", "\xEF\xBF\xBF",
                             "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "\x7F"}) {
      CHECK(refusal(head + good + "tail of text\"") == "");
      CHECK(refusal(head + good + "\"") == "");
      CHECK(refusal(head + "\\n" + good + "\"") == "");
    }
    for (const char* bad : {"\x80", "\xBF", "\xC0\xAF", "\xC1\xBF", "\xC2", "\xE0\x9F\xBF", "\xE2\x82", "\xED\xA0\x80",
                            "\xED\xBF\xBF", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFE", "\xFF",
                            "\xF0\x9F\x98", "\xF8\x88\x80\x80\x80"}) {
      CHECK(refusal(head + bad + "tail of text\"") != "");
      CHECK(refusal(head + bad + "\"") != "");
      CHECK(refusal(head + "\\n" + bad + "\"") != "");
      CHECK(refusal(head + bad) != "");
    }
    for (int control = 0; control < 0x20; ++control) {
      CHECK(refusal(head + std::string(1, static_cast<char>(control)) + "x\"") != "");
      CHECK(refusal(head + "\\t" + std::string(1, static_cast<char>(control)) + "x\"") != "");
    }
  }
}

TEST_CASE("L4: generated texts come back byte for byte, and cut anywhere they are refused") {
  const unsigned seed = std::random_device()();
  MESSAGE("seed " << seed);
  Texts texts(seed);
  for (int i = 0; i < 2'000; ++i) {
    const std::string text = "[" + texts.value(5) + "]";
    CAPTURE(text);
    const Result<Json> read = Json::parse(text);
    REQUIRE(read.ok());
    REQUIRE(Json::parse(read->text())->text() == read->text());
    REQUIRE(*Json::parse(read->text()) == *read);
    for (std::size_t length = 0; length < text.size(); length += 1 + text.size() / 20) {
      REQUIRE_FALSE(Json::parse(std::string_view(text).substr(0, length)).ok());
    }
  }
}

TEST_CASE("L4, L18: nesting is refused while it is read, before anything recurses over it") {
  CHECK(refusal(nested(64)) == "");
  CHECK(has(refusal(nested(65)), "more than 64 levels of nesting"));
  CHECK(has(refusal(times(1'000'000, "[")), "more than 64 levels of nesting"));
  CHECK(has(refusal(nested(1'000'000)), "more than 64 levels of nesting"));
  CHECK(has(refusal(times(500'000, "{\"a\":")), "more than 64 levels of nesting"));
  CHECK(has(refusal(times(1'000'000, "["), {.max_depth = 1'000'000}), "more than 512 levels of nesting"));
}

TEST_CASE("L17, L18: the deepest tree is parsed, copied, compared, patched and written on a small stack") {
  std::string problem = "did not run";
  pthread_attr_t attributes;
  REQUIRE(pthread_attr_init(&attributes) == 0);
  REQUIRE(pthread_attr_setstacksize(&attributes, kSmallStack) == 0);
  pthread_t thread{};
  const auto body = [](void* out) -> void* {
    auto& said = *static_cast<std::string*>(out);
    const Result<Json> tree = Json::parse(nested(512), {.max_depth = 512});
    if (!tree.ok()) return said = tree.error().text(), nullptr;
    const Patch patch = *Patch::parse(R"([{"op":"copy","from":"/0","path":"/-"}])");
    const Result<Json> patched = patch.apply(*tree, {.max_result_depth = 512});
    if (!patched.ok()) return said = patched.error().text(), nullptr;
    said = *tree == *Json::parse(tree->text(), {.max_depth = 512}) ? "" : "differs";
    return nullptr;
  };
  REQUIRE(pthread_create(&thread, &attributes, body, &problem) == 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
  CHECK(problem == "");
}

TEST_CASE("L11: the limits of a patch are named and have the documented defaults") {
  const PatchLimits limits;
  CHECK(limits.max_operations == 10'000);
  CHECK(limits.max_pointer_segments == 256);
  CHECK(limits.max_result_bytes == 4'194'304);
  CHECK(limits.max_result_depth == 64);
  CHECK(limits.max_result_values == 200'000);
  CHECK(limits.max_result_members == 1'024);
  CHECK(limits.max_result_elements == 10'000);
  CHECK(limits.max_work_factor == 10);
  CHECK(limits.min_work == 4'194'304);
  CHECK(limits.max_work == 67'108'864);
}

TEST_CASE("L11: thirty copies that double the document are refused early and cost little memory") {
  const Json document = *Json::parse(R"({"a":{"text":")" + times(1'000, "x") + R"("}})");
  std::string bomb = "[";
  for (int i = 0; i < 30; ++i) {
    bomb +=
        R"({"op":"copy","from":"/a","path":"/b"},{"op":"move","from":"/b","path":"/a/c)" + std::to_string(i) + "\"},";
  }
  bomb.back() = ']';
  const std::size_t before = resident_bytes();
  soon("copy bomb", [&] { CHECK(has(patch_refusal(document, bomb), "the patch needs more work than 4194304")); });
  const PatchLimits by_size{.min_work = std::size_t{64} << 20};
  soon("copy bomb, by size", [&] { CHECK(has(patch_refusal(document, bomb, by_size), "grows beyond 4194304 bytes")); });
  const std::size_t after = resident_bytes();
  MESSAGE("memory grew by " << (after > before ? after - before : 0) / 1024 << " KiB");
  CHECK(after < before + kMostGrowth);

  const Json numbers = *Json::parse(R"({"a":[0,0,0,0,0,0,0,0,0,0]})");
  const std::string doubling = operations(30, R"({"op":"copy","from":"/a","path":"/a/-"})");
  soon("copy bomb of numbers", [&] {
    CHECK(has(patch_refusal(numbers, doubling, {.max_result_depth = 400, .min_work = std::size_t{64} << 20}),
              "the document grows beyond 200000 values"));
  });
  CHECK(resident_bytes() < before + kMostGrowth);
}

TEST_CASE("L11: the document is held to the limits after each step, and to none that it broke before") {
  const Json full = *Json::parse(R"({"o":)" + members(1'024) + R"(,"a":)" + elements(10'000) + "}");
  CHECK(
      has(patch_refusal(full, R"([{"op":"add","path":"/o/new","value":1}])"), "more than 1024 members in one object"));
  CHECK(patch_refusal(full, R"([{"op":"add","path":"/o/k5","value":2}])") == "");
  CHECK(patch_refusal(full, R"([{"op":"remove","path":"/o/k5"},{"op":"add","path":"/o/new","value":1}])") == "");
  CHECK(has(patch_refusal(full, R"([{"op":"add","path":"/a/-","value":1}])"), "more than 10000 elements in one array"));
  CHECK(has(patch_refusal(full, R"([{"op":"move","from":"/o","path":"/a/0"}])"), "10000 elements in one array"));
  CHECK(has(patch_refusal(full, R"([{"op":"add","path":"/a/-","value":1},{"op":"remove","path":"/a/0"}])"),
            "operation 0 (add /a/-)"));

  const PatchLimits few{.max_result_bytes = 20, .max_result_values = 4};
  const Json large = *Json::parse(R"({"a":[1,2,3,4,5,6,7,8,9,10]})");
  CHECK(patch_refusal(large, R"([{"op":"replace","path":"/a/0","value":2}])", few) == "");
  CHECK(patch_refusal(large, R"([{"op":"remove","path":"/a/0"}])", few) == "");
  CHECK(has(patch_refusal(large, R"([{"op":"add","path":"/a/-","value":2}])", few), "the document grows beyond"));
}

TEST_CASE("L11: a patch of ten thousand operations is applied, one of more is refused") {
  const Json document = *Json::parse(R"({"columns":[{"description":"old"}]})");
  const std::string one = R"({"op":"replace","path":"/columns/0/description","value":"new"})";
  soon("10,000 replacements", [&] { CHECK(patch_refusal(document, operations(10'000, one)) == ""); });
  CHECK(has(patch_refusal(document, operations(10'001, one)), "more than 10000"));
  const Json list = *Json::parse(elements(10'000));
  soon("9,999 removals from the front",
       [&] { CHECK(patch_refusal(list, operations(9'999, R"({"op":"remove","path":"/0"})")) == ""); });
}

TEST_CASE("L11: work beyond ten times the document is refused") {
  // Half a megabyte moved to and fro: 10 times 1 MB is allowed, which is about 20 moves.
  const Json document = *Json::parse(R"({"a":")" + times(500'000, "x") + R"(","b":")" + times(500'000, "y") + "\"}");
  const std::string fro = R"({"op":"move","from":"/a","path":"/c"},{"op":"move","from":"/c","path":"/a"})";
  CHECK(patch_refusal(document, operations(5, fro)) == "");
  soon("move bomb", [&] { CHECK(has(patch_refusal(document, operations(5'000, fro)), "more work than 1000")); });

  // Long names that differ at the end, asked for again and again.
  std::string names = "{";
  for (int i = 0; i < 1'000; ++i)
    names += (i == 0 ? "\"" : ",\"") + times(400, "n") + std::to_string(1'000 + i) + "\":1";
  const Json alike = *Json::parse(names + "}");
  const std::string last = R"({"op":"replace","path":"/)" + times(400, "n") + R"(1999","value":2})";
  soon("names alike", [&] { CHECK(has(patch_refusal(alike, operations(9'000, last)), "needs more work")); });

  // Comparing is bounded by the patch's own text.
  const Json numbers = *Json::parse(elements(10'000));
  const std::string test = R"({"op":"test","path":"","value":)" + elements(10'000) + "}";
  soon("100 comparisons of 10,000 values", [&] {
    CHECK(has(patch_refusal(numbers, operations(100, test)), "more than 200000 values"));
    CHECK(patch_refusal(numbers, operations(19, test)) == "");
  });
}

TEST_CASE("L11: a pointer of ten thousand segments is refused, a move into a child too") {
  const Json document = *Json::parse(R"({"a":{"b":{}}})");
  const std::string deep = times(10'000, "/a");
  for (const char* op : {"add", "remove", "replace", "test"}) {
    soon(op, [&] {
      const std::string patch = R"([{"op":")" + std::string(op) + R"(","path":")" + deep + R"(","value":1}])";
      CHECK(has(patch_refusal(document, patch), "more than 256 segments"));
      CHECK(patch_refusal(document, patch).size() < 400);
    });
  }
  CHECK(
      has(patch_refusal(document, R"([{"op":"move","path":"/x","from":")" + deep + "\"}]"), "more than 256 segments"));
  CHECK(has(patch_refusal(document, R"([{"op":"move","from":"/a","path":"/a/b/c"}])"), "moved into itself"));
  CHECK(has(patch_refusal(document, R"([{"op":"move","from":"","path":"/a"}])"), "moved into itself"));
}

TEST_CASE("L11: a patch that is refused at its last operation changes nothing") {
  const Json document = *Json::parse(R"({"a":[1,2,{"b":"c"}],"d":"e"})");
  const std::string before = document.text();
  for (const char* last : {R"({"op":"test","path":"/d","value":"x"})", R"({"op":"remove","path":"/none"})",
                           R"({"op":"add","path":"/a/9","value":1})", R"({"op":"move","from":"/a","path":"/a/0"})"}) {
    const std::string patch = R"([{"op":"remove","path":"/a/0"},{"op":"move","from":"/d","path":"/a/-"},)"
                              R"({"op":"copy","from":"/a","path":"/f"},)" +
                              std::string(last) + "]";
    CHECK(has(patch_refusal(document, patch), "operation 3"));
    CHECK(document.text() == before);
  }
}

TEST_CASE("trees may be given back by another thread than the one that made them, and after it has ended") {
  std::vector<Json> trees(200);
  const auto make = [&](std::size_t first) {
    for (std::size_t i = first; i < trees.size(); i += 4) {
      trees[i] = *Json::parse("[\"a string that is not kept inline\"," + std::to_string(i) + "]");
      const Json gone = *Json::parse("[1,2,3]");
    }
  };
  std::vector<std::thread> makers;
  for (std::size_t i = 0; i < 4; ++i) makers.emplace_back(make, i);
  for (std::thread& maker : makers) maker.join();
  std::thread([&] {
    for (std::size_t i = 0; i < trees.size(); i += 2) trees[i] = Json();
  }).join();
  for (std::size_t i = 1; i < trees.size(); i += 2) CHECK(trees[i].at(1).as_int() == static_cast<std::int64_t>(i));
}
