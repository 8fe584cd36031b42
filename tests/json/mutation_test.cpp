// Mutated texts, pointers and patches: nothing crashes (this runs under the address sanitizer too), and what is
// accepted keeps its promises. MUTATION_SEED and MUTATION_ROUNDS make a run longer or the same again.

#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "json/pointer.h"
#include "metadata/json.h"
#include "metadata/patch.h"
#include "texts.h"

using metadata::Code;
using metadata::Json;
using metadata::Patch;
using metadata::Result;

namespace {

unsigned long from_environment(const char* name, unsigned long otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoul(text, nullptr, 10);
}

const std::vector<std::string> kDocuments = {
    R"({"name":"orders","version":0.3,"columns":[{"name":"id","dataType":"BIGINT"},{"name":"n","tags":[{"tagFQN":"a.b"}]}]})",
    R"({"a":[1.5,-2e3,"x\u00e4\ud83d\ude00\\"],"b":{"c":null,"d":true},"e":18446744073709551615,"f":-9223372036854775808})",
    R"([[[[{"deep":[{"er":"\u0000\u001f\"\\\b\f\n\r\t/"}]}]]],0.1,1e-7,123456789.12345679,"ä€😀"])",
    R"({"a/b":1,"m~n":2,"":3,"0":[4],"-":5})"};
const std::vector<std::string> kPatches = {
    R"([{"op":"test","path":"/version","value":0.3},{"op":"replace","path":"/name","value":"x"}])",
    R"([{"op":"add","path":"/columns/-","value":{"name":"y"}},{"op":"move","from":"/columns/0","path":"/columns/1"}])",
    R"([{"op":"copy","from":"/a","path":"/b/c"},{"op":"remove","path":"/a/0"},{"op":"add","path":"/a/1","value":[]}])",
    R"([{"op":"copy","from":"","path":"/0/0"},{"op":"replace","path":"","value":{"a~1b":[]}}])",
    R"([{"op":"remove","path":"/a~1b"},{"op":"add","path":"/m~0n","value":null},{"op":"move","from":"/0","path":"/-"}])"};

class Mutations {
 public:
  explicit Mutations(unsigned long seed) : random_(seed) {}

  std::size_t pick(std::size_t below) { return static_cast<std::size_t>(random_() % below); }

  std::string mutated(const std::vector<std::string>& of) {
    std::string text = of[pick(of.size())];
    for (std::size_t i = 1 + pick(3); i > 0; --i) mutate(text, of);
    return text;
  }

 private:
  void mutate(std::string& text, const std::vector<std::string>& others) {
    static const std::vector<std::string> kWords = {"{",
                                                    "}",
                                                    "[",
                                                    "]",
                                                    ",",
                                                    ":",
                                                    "\"",
                                                    "\\",
                                                    "\\u",
                                                    "\\ud800",
                                                    "\\udc00",
                                                    "null",
                                                    "-",
                                                    "0",
                                                    "1e",
                                                    "1e9999",
                                                    ".5",
                                                    "~",
                                                    "~0",
                                                    "~1",
                                                    "/",
                                                    "/-",
                                                    "/0",
                                                    "\xFF",
                                                    "\xC3",
                                                    "\xED\xA0\x80",
                                                    "99999999999999999999",
                                                    "1e-2147483638",
                                                    R"("path":"")",
                                                    R"("op":"copy")",
                                                    R"({"a":1,"a":2})",
                                                    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["};
    const std::size_t at = pick(text.size() + 1);
    const std::size_t length = std::min(pick(12), text.size() - at);
    switch (pick(6)) {
      case 0:
        if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << pick(8)));
        break;
      case 1:
        text.insert(at, 1, static_cast<char>(random_()));
        break;
      case 2:
        text.erase(at, length);
        break;
      case 3:
        text.insert(at, kWords[pick(kWords.size())]);
        break;
      case 4:
        text.insert(pick(text.size() + 1), text.substr(at, 2 * length));
        break;
      default: {
        const std::string& other = others[pick(others.size())];
        const std::size_t from = pick(other.size() + 1);
        text.replace(at, length, other, from, pick(40));
      }
    }
  }

  std::mt19937_64 random_;
};

}  // namespace

TEST_CASE("L4, L11: mutated texts and patches are refused properly or keep their promises") {
  const unsigned long seed = from_environment("MUTATION_SEED", std::random_device()());
  const unsigned long rounds = from_environment("MUTATION_ROUNDS", 20'000);
  MESSAGE("seed " << seed << ", rounds " << rounds);
  Mutations mutations(seed);
  unsigned long read = 0;
  unsigned long applied = 0;
  for (unsigned long i = 0; i < rounds; ++i) {
    const std::string text = i % 3 == 0 ? kDocuments[mutations.pick(kDocuments.size())] : mutations.mutated(kDocuments);
    const Result<Json> document = Json::parse(text);
    if (!document.ok()) {
      REQUIRE(document.error().code() == Code::InvalidArgument);
      continue;
    }
    ++read;
    const std::string written = document->text();
    REQUIRE(Json::parse(written)->text() == written);
    const Result<Patch> patch =
        Patch::parse(i % 2 == 0 ? kPatches[mutations.pick(kPatches.size())] : mutations.mutated(kPatches));
    if (!patch.ok()) {
      REQUIRE(patch.error().code() == Code::InvalidArgument);
      continue;
    }
    const Result<Json> after = patch->apply(*document);
    REQUIRE(document->text() == written);
    if (!after.ok()) {
      REQUIRE(after.error().code() == Code::InvalidArgument);
      continue;
    }
    ++applied;
    REQUIRE(*Json::parse(after->text()) == *after);
    REQUIRE(*Patch::diff(*document, *after).apply(*document) == *after);
    REQUIRE(*Patch::diff(*after, *document).apply(*after) == *document);
  }
  MESSAGE(read << " texts read, " << applied << " patches applied");
  CHECK(read > rounds / 4);
  CHECK(applied > rounds / 200);
}

TEST_CASE("L11: a mutated pointer is refused or spelled as it was read") {
  const unsigned long seed = from_environment("MUTATION_SEED", std::random_device()());
  MESSAGE("seed " << seed);
  Mutations mutations(seed);
  const std::vector<std::string> pointers = {"", "/", "/columns/3/name", "/a~1b/m~0n/-", "/0/00/~0~1", "//x//"};
  for (unsigned long i = 0; i < from_environment("MUTATION_ROUNDS", 20'000); ++i) {
    const std::string text = mutations.mutated(pointers);
    const auto pointer = metadata::json::Pointer::parse(text);
    if (pointer.ok()) {
      REQUIRE(pointer->text() == text);
    } else {
      REQUIRE(pointer.error().code() == Code::InvalidArgument);
    }
  }
}
