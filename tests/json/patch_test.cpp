#include "metadata/patch.h"

#include "cpu_time.h"
#include "json/bridge.h"
#include "json/patch.h"
#include "json/write.h"
#include "texts.h"

using metadata::Code;
using metadata::Error;
using metadata::Json;
using metadata::Patch;
using metadata::PatchLimits;
using metadata::Result;

namespace {

Json json(std::string_view text) { return *Json::parse(text); }

Result<Json> patched(std::string_view document, std::string_view patch, const PatchLimits& limits = {}) {
  MD_LET(operations, Patch::parse(patch, limits));
  return operations.apply(json(document), limits);
}

std::string text_of(const Result<Json>& result) { return result.ok() ? result->text() : result.error().text(); }

std::string message(std::string_view document, std::string_view patch, const PatchLimits& limits = {}) {
  const Result<Json> result = patched(document, patch, limits);
  if (result.ok()) return "applied: " + result->text();
  CHECK(result.error().code() == Code::InvalidArgument);
  return std::string(result.error().message());
}

std::string ones(std::size_t count) {
  std::string out = "[1";
  out += times(count - 1, ",1");
  return out += ']';
}

std::string list(std::size_t count, std::string_view operation) {
  std::string out = "[";
  for (std::size_t i = 0; i < count; ++i) out += std::string(i == 0 ? "" : ",") + std::string(operation);
  return out + "]";
}

}  // namespace

TEST_CASE("each operation does what RFC 6902 says") {
  struct Row {
    const char* document;
    const char* patch;
    const char* expected;
  };
  for (const Row& row : {
           Row{R"({"a":1})", R"([{"op":"add","path":"/b","value":[1]}])", R"({"a":1,"b":[1]})"},
           Row{R"({"a":1})", R"([{"op":"add","path":"/a","value":null}])", R"({"a":null})"},
           Row{"[1,3]", R"([{"op":"add","path":"/1","value":2}])", "[1,2,3]"},
           Row{"[1,3]", R"([{"op":"add","path":"/0","value":{"x":1}}])", R"([{"x":1},1,3])"},
           Row{"[1]", R"([{"op":"add","path":"/-","value":2},{"op":"add","path":"/2","value":3}])", "[1,2,3]"},
           Row{"{}", R"([{"op":"add","path":"","value":[1]}])", "[1]"},
           Row{R"({"a":1,"b":2,"c":3})", R"([{"op":"remove","path":"/b"}])", R"({"a":1,"c":3})"},
           Row{"[1,2,3]", R"([{"op":"remove","path":"/1"}])", "[1,3]"},
           Row{R"({"a":1,"b":2})", R"([{"op":"replace","path":"/a","value":"x"}])", R"({"a":"x","b":2})"},
           Row{"[1]", R"([{"op":"replace","path":"","value":5}])", "5"},
           Row{R"({"a":{"b":1},"c":[]})", R"([{"op":"move","from":"/a/b","path":"/c/0"}])", R"({"a":{},"c":[1]})"},
           Row{"[1,2,3]", R"([{"op":"move","from":"/0","path":"/2"}])", "[2,3,1]"},
           Row{"[1,2,3]", R"([{"op":"move","from":"/0","path":"/-"}])", "[2,3,1]"},
           Row{R"({"a":{"b":1}})", R"([{"op":"move","from":"/a/b","path":"/a"}])", R"({"a":1})"},
           Row{R"({"a":{"b":1}})", R"([{"op":"move","from":"/a/b","path":""}])", "1"},
           Row{R"({"a":1})", R"([{"op":"move","from":"/a","path":"/a"}])", R"({"a":1})"},
           Row{R"({"a":[1]})", R"([{"op":"copy","from":"/a","path":"/b"},{"op":"add","path":"/b/-","value":2}])",
               R"({"a":[1],"b":[1,2]})"},
           Row{R"({"a":1})", R"([{"op":"copy","from":"","path":"/b"}])", R"({"a":1,"b":{"a":1}})"},
           Row{R"({"a":[1,{"b":2}]})", R"([{"op":"test","path":"/a","value":[1.0,{"b":2}]}])", R"({"a":[1,{"b":2}]})"},
           Row{R"({"a/b":{"m~n":1}})", R"([{"op":"replace","path":"/a~1b/m~0n","value":2}])", R"({"a/b":{"m~n":2}})"},
           Row{R"({"":1})", R"([{"op":"remove","path":"/"}])", "{}"},
           Row{R"({"0":1})", R"([{"op":"add","path":"/-","value":2}])", R"({"0":1,"-":2})"},
           Row{"{}", "[]", "{}"},
           Row{"{}", R"([{"op":"add","path":"/a","value":1,"unknown":true}])", R"({"a":1})"},
       }) {
    CAPTURE(row.patch);
    CHECK(text_of(patched(row.document, row.patch)) == row.expected);
  }
}

TEST_CASE("what RFC 6902 forbids is refused when the patch is read, by the operation's index") {
  const auto refusal = [](std::string_view patch) { return std::string(Patch::parse(patch).error().message()); };
  CHECK(refusal("{}") == "a JSON Patch is an array of operations");
  CHECK(refusal("[1]") == "operation 0: it is not an object");
  CHECK(refusal(R"([{"path":"/a"}])") == "operation 0: the member \"op\" is missing");
  CHECK(refusal(R"([{"op":"spam","path":"/a"}])") == "operation 0: unknown op \"spam\"");
  CHECK(refusal(R"([{"op":"Add","path":"/a","value":1}])") == "operation 0: unknown op \"Add\"");
  CHECK(refusal(R"([{"op":1,"path":"/a"}])") == "operation 0: the member \"op\" is not a string");
  CHECK(refusal(R"([{"op":"remove","path":"/a"},{"op":"remove"}])") ==
        "operation 1 (remove): the member \"path\" is missing");
  CHECK(refusal(R"([{"op":"add","path":"/a"}])") == "operation 0 (add /a): the member \"value\" is missing");
  CHECK(refusal(R"([{"op":"move","path":"/a"}])") == "operation 0 (move /a): the member \"from\" is missing");
  CHECK(refusal(R"([{"op":"remove","path":7}])") == "operation 0 (remove): the member \"path\" is not a string");
  CHECK(has(refusal(R"([{"op":"remove","path":"a"}])"), "operation 0 (remove a): \"a\": a JSON Pointer"));
  CHECK(has(refusal(R"([{"op":"copy","from":"/~2","path":"/a"}])"), "operation 0 (copy /a): \"/~2\": a JSON Pointer"));
  CHECK(has(refusal("[1,"), "invalid JSON at byte 3"));
  CHECK(has(refusal(R"([{"op":"test","path":"/a","op":"remove","value":1}])"), "\"op\" is there twice"));
}

TEST_CASE("an operation that does not apply says which, where and why") {
  CHECK(message("{}", R"([{"op":"replace","path":"/a/b","value":1}])") ==
        "operation 0 (replace /a/b): there is no member \"a\"");
  CHECK(message("{}", R"([{"op":"add","path":"/x","value":1},{"op":"remove","path":"/a"}])") ==
        "operation 1 (remove /a): there is no member \"a\"");
  CHECK(message(R"({"a":1})", R"([{"op":"test","path":"/a","value":2}])") == "operation 0 (test /a): values differ");
  CHECK(message("[1]", R"([{"op":"add","path":"/2","value":1}])") ==
        "operation 0 (add /2): the index \"2\" is beyond the array of 1 elements");
  CHECK(message("[1]", R"([{"op":"remove","path":"/-"}])") ==
        "operation 0 (remove /-): \"-\" names the place behind the array's end, where no value is");
  CHECK(message("[1]", R"([{"op":"add","path":"/01","value":1}])") ==
        "operation 0 (add /01): \"01\" is not an array index");
  CHECK(message("[1]", R"([{"op":"add","path":"/1e0","value":1}])") ==
        "operation 0 (add /1e0): \"1e0\" is not an array index");
  CHECK(has(message(R"({"a":1})", R"([{"op":"add","path":"/a/b","value":1}])"),
            "operation 0 (add /a/b): a value that is no"));
  CHECK(message(R"({"a":{}})", R"([{"op":"move","from":"/a","path":"/a/b"}])") ==
        "operation 0 (move /a/b): a value cannot be moved into itself");
  CHECK(message("{}", R"([{"op":"move","from":"/a","path":"/a"}])") ==
        "operation 0 (move /a): there is no member \"a\"");
  CHECK(message("{}", R"([{"op":"remove","path":""}])") ==
        "operation 0 (remove the whole document): the whole document cannot be removed");
}

TEST_CASE("a patch whose test operation fails changes nothing") {
  const Json document = json(R"({"a":1})");
  const Patch patch = *Patch::parse(R"([{"op":"add","path":"/b","value":2},{"op":"test","path":"/a","value":9}])");
  CHECK(patch.apply(document).error().code() == Code::InvalidArgument);
  CHECK(document == json(R"({"a":1})"));
}

TEST_CASE("a tree that a patch fails on in the middle stays as it was") {
  metadata::json::Document tree = doc(R"({"a":[1,2,3],"b":{"c":"d"}})");
  const auto patch =
      metadata::json::read_patch(doc(R"([{"op":"remove","path":"/a/0"},{"op":"move","from":"/b","path":"/x"},)"
                                     R"({"op":"replace","path":"/none","value":1}])"));
  REQUIRE(patch.ok());
  CHECK_FALSE(metadata::json::apply(*patch, tree).ok());
  CHECK(metadata::json::write(tree) == R"({"a":[1,2,3],"b":{"c":"d"}})");
}

TEST_CASE("a tree is patched in place") {
  metadata::json::Document tree = doc(R"({"a":[1,2,3]})");
  const auto patch =
      metadata::json::read_patch(doc(R"([{"op":"add","path":"/a/1","value":"a string that is not inline"}])"));
  CHECK(metadata::json::apply(*patch, tree).ok());
  CHECK(metadata::json::write(tree) == R"({"a":[1,"a string that is not inline",2,3]})");
}

TEST_CASE("a tree that is given away is patched as a copy would be") {
  const auto patch =
      metadata::json::read_patch(doc(R"([{"op":"copy","from":"/a","path":"/b"},{"op":"remove","path":"/a/0"}])"));
  const metadata::json::Document tree = doc(R"({"a":["a string that is not inline",2]})");
  const auto copied = metadata::json::patched(tree, *patch);
  const auto given = metadata::json::patched(metadata::json::copy(tree), *patch);
  REQUIRE(copied.ok());
  REQUIRE(given.ok());
  CHECK(metadata::json::write(*given) == R"({"a":[2],"b":["a string that is not inline",2]})");
  CHECK(metadata::json::equal(*given, *copied));
  CHECK_FALSE(metadata::json::patched(metadata::json::copy(*given),
                                      *metadata::json::read_patch(doc(R"([{"op":"remove","path":"/x"}])")))
                  .ok());
}

TEST_CASE("a result holds nothing of the patch and the document it came from") {
  Json result;
  {
    const Json document = json(R"({"a":"a string of the document that is not kept inline"})");
    const Patch patch =
        *Patch::parse(R"([{"op":"add","path":"/b","value":"a string of the patch that is not kept inline"}])");
    result = *patch.apply(document);
  }
  CHECK(has(result.text(), "of the document"));
  CHECK(has(result.text(), "of the patch"));
}

TEST_CASE("a patch tells its size and its text") {
  CHECK(Patch().empty());
  CHECK(Patch().text() == "[]");
  CHECK(Patch().apply(json("[1]"))->text() == "[1]");
  const Patch patch = *Patch::parse(R"([ {"op":"remove", "path":"/a"} ])");
  CHECK(patch.size() == 1);
  CHECK(patch.text() == R"([{"op":"remove","path":"/a"}])");
}

TEST_CASE("copies that double the document are stopped by its size") {
  const std::string patch = list(40, R"({"op":"copy","from":"/a","path":"/a/-"})");
  CHECK(has(message(R"({"a":[0,0,0,0,0,0,0,0,0,0]})", patch,
                    {.max_result_depth = 400, .max_result_values = 10'000'000, .min_work = std::size_t{64} << 20}),
            "the document grows beyond 4194304 bytes"));
  std::string bomb = "[";
  for (int i = 0; i < 30; ++i) {
    bomb += R"({"op":"copy","from":"","path":"/x)" + std::to_string(i) + "\"},";
  }
  bomb.back() = ']';
  CHECK(has(message(R"({"a":"0123456789"})", bomb), "operation "));
}

TEST_CASE("moves that deepen the document are stopped by its depth") {
  const std::string patch = list(70, R"({"op":"add","path":"/b","value":[]},{"op":"move","from":"/a","path":"/b/-"},)"
                                     R"({"op":"move","from":"/b","path":"/a"})");
  CHECK(has(message(R"({"a":[]})", patch), "deeper than 64 levels"));
  CHECK(has(message(R"({"a":[],"b":[]})", R"([{"op":"move","from":"/a","path":"/b/-"}])", {.max_result_depth = 2}),
            "operation 0 (move /b/-): the document becomes deeper than 2 levels"));
}

TEST_CASE("replacing a large value again and again is stopped by the work it takes") {
  const std::string document = R"({"a":")" + times(100'000, "x") + R"(","b":1})";
  const std::string patch = list(5'000, R"({"op":"copy","from":"/a","path":"/b"})");
  CHECK(metadata::test::cpu_s_of([&] { CHECK(has(message(document, patch), "needs more work")); }) < 20);
}

TEST_CASE("replaced values are given back before the patch ends") {
  // 600 copies of 100 kB fit the work; were all kept, they would take 60 MB. The result is small all the same.
  const std::string document = R"({"a":")" + times(100'000, "x") + R"(","b":1})";
  const Result<Json> result =
      patched(document, list(600, R"({"op":"copy","from":"/a","path":"/b"})"), {.min_work = std::size_t{64} << 20});
  REQUIRE(result.ok());
  const auto& tree = static_cast<const metadata::json::Document&>(*result->impl()->value);
  CHECK(const_cast<metadata::json::Document&>(tree).GetAllocator().Size() < 12'000'000);
}

TEST_CASE("comparing a large value again and again is stopped by the work it takes") {
  const std::string value = ones(10'000);
  std::string patch = R"([{"op":"test","path":"/a","value":)" + value + "}";
  for (int i = 0; i < 500; ++i) patch += R"(,{"op":"copy","from":"/a","path":"/b"})";
  CHECK(has(message(R"({"a":)" + value + "}", patch + "]"), "needs more work"));
}

TEST_CASE("the limits of a patch are kept and named") {
  CHECK(has(message("{}", list(11, R"({"op":"test","path":"","value":{}})"), {.max_operations = 10}),
            "the patch has 11 operations, more than 10"));
  CHECK(has(message("{}", R"([{"op":"remove","path":")" + times(257, "/a") + R"("}])"), "more than 256 segments"));
  CHECK(message("{}", R"([{"op":"remove","path":")" + times(10'000, "/a") + R"("}])").size() < 400);
  CHECK(
      has(message("{}", R"([{"op":"add","path":"/a","value":")" + times(100, "x") + R"("}])", {.max_result_bytes = 50}),
          "the document grows beyond 50 bytes"));
}

TEST_CASE("ten thousand operations on a large array end soon") {
  const std::string document = ones(10'000);
  const double took = metadata::test::cpu_s_of([&] {
    CHECK(text_of(patched(document, list(9'999, R"({"op":"remove","path":"/0"})"))) == "[1]");
    CHECK(patched("[]", list(10'000, R"({"op":"add","path":"/0","value":1})")).ok());
    CHECK(patched("[]", list(10'000, R"({"op":"add","path":"/-","value":1})")).ok());
  });
  CHECK(took < 40);
}
