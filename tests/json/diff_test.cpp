#include "json/diff.h"

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "json/patch.h"
#include "json/write.h"
#include "metadata/patch.h"
#include "texts.h"

using namespace metadata::json;
using metadata::Json;
using metadata::Patch;

namespace {

std::string patch_between(std::string_view from, std::string_view to) { return write(diff(doc(from), doc(to))); }

// Applies the diff; the message tells what was wrong.
std::string broken(const Value& from, const Value& to) {
  const Document patch = diff(from, to);
  const auto parsed = read_patch(copy(patch));
  if (!parsed.ok()) return std::string(parsed.error().message());
  const auto result = patched(from, *parsed);
  if (!result.ok()) return std::string(result.error().message()) + " in " + write(patch);
  return equal(*result, to) ? "" : "wrong result by " + write(patch);
}

// Random trees, small enough to share many parts, of all kinds of arrays.
class Trees {
 public:
  explicit Trees(unsigned seed) : random_(seed) {}

  Value any(int depth, Allocator& allocator) {
    switch (below(depth > 0 ? 9 : 5)) {
      case 0:
        return Value();
      case 1:
        return Value(below(2) == 0);
      case 2:
        return Value(below(4));
      case 3:
        return Value(below(3) + 0.5);
      case 4:
        return make_string(word(), allocator);
      case 5:
        return object(depth, allocator);
      case 6:
        return named_array(depth, allocator);
      default:
        return array(depth, allocator);
    }
  }

  // A tree like the other: parts of it are changed, removed, added or moved.
  Value changed(const Value& value, int depth, Allocator& allocator) {
    if (below(6) == 0) return any(depth, allocator);
    if (value.IsObject()) return changed_object(value, depth, allocator);
    if (value.IsArray()) return changed_array(value, depth, allocator);
    return copy(value, allocator);
  }

 private:
  int below(int end) { return std::uniform_int_distribution<int>(0, end - 1)(random_); }
  std::string word() {
    static const std::vector<std::string> words = {"a", "b", "c", "d/e", "f~g", "", "name", "0", "-", "\xC3\xA4"};
    return words[static_cast<std::size_t>(below(static_cast<int>(words.size())))];
  }

  Value object(int depth, Allocator& allocator) {
    Value out(rapid::kObjectType);
    for (int i = below(5); i > 0; --i) set(out, word(), any(depth - 1, allocator), allocator);
    return out;
  }
  Value array(int depth, Allocator& allocator) {
    Value out(rapid::kArrayType);
    for (int i = below(7); i > 0; --i) out.PushBack(any(depth - 1, allocator), allocator);
    return out;
  }
  Value named_array(int depth, Allocator& allocator) {
    Value out(rapid::kArrayType);
    for (int i = 0; i < 8; ++i) {
      if (below(2) == 0) continue;
      Value element = object(depth, allocator);
      set_string(element, "name", std::string("n") + std::to_string(i), allocator);
      out.PushBack(std::move(element), allocator);
    }
    return out;
  }
  Value changed_object(const Value& value, int depth, Allocator& allocator) {
    Value out(rapid::kObjectType);
    for (const auto& member : value.GetObject()) {
      if (below(6) == 0) continue;
      const bool keep = view(member.name) == "name";
      set(out, view(member.name), keep ? copy(member.value, allocator) : changed(member.value, depth - 1, allocator),
          allocator);
    }
    if (below(4) == 0) set(out, word(), any(depth - 1, allocator), allocator);
    return out;
  }
  Value changed_array(const Value& value, int depth, Allocator& allocator) {
    std::vector<const Value*> order;
    for (const Value& element : value.GetArray()) order.push_back(&element);
    if (below(3) == 0) std::shuffle(order.begin(), order.end(), random_);
    Value out(rapid::kArrayType);
    for (const Value* element : order) {
      if (below(7) == 0) continue;
      if (below(9) == 0) out.PushBack(any(depth - 1, allocator), allocator);
      out.PushBack(below(3) == 0 ? changed(*element, depth - 1, allocator) : copy(*element, allocator), allocator);
    }
    return out;
  }

  std::mt19937 random_;
};

std::string columns(std::size_t count, std::size_t first = 0) {
  std::string out = "[";
  for (std::size_t i = first; i < first + count; ++i) {
    out += std::string(i == first ? "" : ",") + R"({"name":"c)" + std::to_string(i) + R"(","dataType":"BIGINT"})";
  }
  return out + "]";
}

}  // namespace

TEST_CASE("equal documents have an empty diff") {
  CHECK(patch_between(R"({"a":[1,{"b":2}],"c":3})", R"({"c":3.0,"a":[1,{"b":2}]})") == "[]");
}

TEST_CASE("members are added, removed and replaced one by one") {
  CHECK(patch_between(R"({"a":1,"b":2})", R"({"a":3,"c":4})") ==
        R"([{"op":"replace","path":"/a","value":3},{"op":"remove","path":"/b"},{"op":"add","path":"/c","value":4}])");
  CHECK(patch_between(R"({"a/b":{"m~n":1}})", R"({"a/b":{"m~n":2}})") ==
        R"([{"op":"replace","path":"/a~1b/m~0n","value":2}])");
  CHECK(patch_between("1", "[1]") == R"([{"op":"replace","path":"","value":[1]}])");
}

TEST_CASE("the diff of some members says nothing of the others") {
  const auto from = doc(R"({"a":1,"b":2,"x":1,"gone":1,"y":1})");
  const auto to = doc(R"({"a":3,"b":2,"x":2,"c":[4],"z":1})");
  const auto of = [](std::string_view name) { return name < "x"; };
  CHECK(write(diff(from, to, of)) == R"([{"op":"replace","path":"/a","value":3},{"op":"remove","path":"/gone"},)"
                                     R"({"op":"add","path":"/c","value":[4]}])");
  CHECK(write(diff(from, to, [](std::string_view) { return false; })) == "[]");
}

TEST_CASE("a column put between others is one operation, and so is one taken out") {
  const std::string two = R"({"columns":[{"name":"a","type":"INT"},{"name":"b","type":"INT"}]})";
  const std::string three =
      R"({"columns":[{"name":"a","type":"INT"},{"name":"x","type":"INT"},{"name":"b","type":"INT"}]})";
  CHECK(patch_between(two, three) == R"([{"op":"add","path":"/columns/1","value":{"name":"x","type":"INT"}}])");
  CHECK(patch_between(three, two) == R"([{"op":"remove","path":"/columns/1"}])");
}

TEST_CASE("a column that changed and moved is moved and changed, not replaced") {
  const std::string from = R"({"columns":[{"name":"a","description":"one of the first columns"},)"
                           R"({"name":"b","description":"another"},{"name":"c"}]})";
  const std::string to = R"({"columns":[{"name":"b","description":"another"},{"name":"c"},)"
                         R"({"name":"a","description":"one of the last columns"}]})";
  CHECK(patch_between(from, to) ==
        R"([{"op":"move","from":"/columns/0","path":"/columns/2"},)"
        R"({"op":"replace","path":"/columns/2/description","value":"one of the last columns"}])");
}

TEST_CASE("tags are matched by tagFQN and references by id") {
  CHECK(patch_between(
            R"({"tags":[{"tagFQN":"PII.Email","labelType":"Manual"},{"tagFQN":"Tier.Gold","labelType":"Manual"}]})",
            R"({"tags":[{"tagFQN":"Tier.Gold","labelType":"Manual"}]})") == R"([{"op":"remove","path":"/tags/0"}])");
  CHECK(patch_between(R"({"owners":[{"id":"1","type":"user"},{"id":"2","type":"user"}]})",
                      R"({"owners":[{"id":"0","type":"team"},{"id":"1","type":"user"},{"id":"2","type":"user"}]})") ==
        R"([{"op":"add","path":"/owners/0","value":{"id":"0","type":"team"}}])");
}

TEST_CASE("elements without an identity are matched by the longest common run") {
  CHECK(patch_between(R"({"list":["one","two","three","four"]})", R"({"list":["one","three","four"]})") ==
        R"([{"op":"remove","path":"/list/1"}])");
  CHECK(patch_between(R"(["one","two","three"])", R"(["zero","one","two","three"])") ==
        R"([{"op":"add","path":"/0","value":"zero"}])");
  CHECK(patch_between(R"({"m":[["a",1],["b",2],["c",3]]})", R"({"m":[["a",1],["b",5],["c",3]]})") ==
        R"([{"op":"replace","path":"/m/1/1","value":5}])");
}

TEST_CASE("a nested value of which little stays is replaced whole") {
  CHECK(patch_between(R"({"a":[1,2,3,4]})", R"({"a":[5,6,7,8]})") ==
        R"([{"op":"replace","path":"/a","value":[5,6,7,8]}])");
}

TEST_CASE("the public diff turns one document into the other") {
  const Json from = *Json::parse(R"({"a":[1,2],"b":"x"})");
  const Json to = *Json::parse(R"({"a":[1,3],"c":"x"})");
  const Patch patch = Patch::diff(from, to);
  CHECK_FALSE(patch.empty());
  CHECK(*patch.apply(from) == to);
  CHECK(*Patch::parse(patch.text())->apply(from) == to);
  CHECK(Patch::diff(from, from).empty());
}

TEST_CASE("for random trees a and b, diff(a, b) turns a into b") {
  const unsigned seed = std::random_device()();
  MESSAGE("seed " << seed);
  Trees trees(seed);
  for (int i = 0; i < 3'000; ++i) {
    Document a;
    Document b;
    static_cast<Value&>(a) = trees.any(4, a.GetAllocator());
    static_cast<Value&>(b) = i % 4 == 0 ? trees.any(4, b.GetAllocator()) : trees.changed(a, 4, b.GetAllocator());
    const std::string why = broken(a, b);
    REQUIRE_MESSAGE(why.empty(), "seed " << seed << ", from " << write(a) << " to " << write(b) << ": " << why);
  }
}

TEST_CASE("ten thousand columns in another order are compared in bounded time") {
  const Document from = doc(columns(10'000));
  Document to = copy(from);
  std::shuffle(to.Begin(), to.End(), std::mt19937(7));
  CHECK(broken(from, to) == "");
}

TEST_CASE("one column among ten thousand is one operation") {
  const Document from = doc(columns(10'000));
  const Document to = doc(columns(9'999, 1));
  CHECK(write(diff(from, to)) == R"([{"op":"remove","path":"/0"}])");
  CHECK(diff(to, from).Size() == 1);
}

TEST_CASE("large arrays without identity that differ all over are replaced whole") {
  std::string a = "[";
  std::string b = "[";
  for (int i = 0; i < 20'000; ++i) {
    a += std::to_string(i) + ",";
    b += std::to_string(i * 7 % 20'011) + ",";
  }
  a.back() = ']';
  b.back() = ']';
  const Document from = doc(a);
  const Document to = doc(b);
  CHECK(diff(from, to).Size() == 1);
  CHECK(broken(from, to) == "");
}

TEST_CASE("elements that stand where they stood are matched, also when two have the same name") {
  CHECK(patch_between(R"([{"name":"a","v":1},{"name":"b","v":1}])", R"([{"name":"a","v":1},{"name":"b","v":2}])") ==
        R"([{"op":"replace","path":"/1/v","value":2}])");
  CHECK(patch_between(R"([{"name":"a","v":1},{"name":"a","v":1}])", R"([{"name":"a","v":1},{"name":"a","v":2}])") ==
        R"([{"op":"replace","path":"/1/v","value":2}])");
  // No name is the same in both: the elements belong together by what else is theirs.
  CHECK(patch_between(R"([{"name":1,"id":"x","v":1}])", R"([{"name":1,"id":"x","v":2}])") ==
        R"([{"op":"replace","path":"/0/v","value":2}])");
}

TEST_CASE("a diff never has more operations than a patch may have") {
  std::string a = "{";
  for (int i = 0; i < 10'000; ++i) a += std::string("\"k") + std::to_string(i) + "\":1,";
  a.back() = '}';
  std::string b = a;
  for (char& c : b) c = c == 'k' ? 'x' : c;
  const Document from = doc(a);
  const Document to = doc(b);
  CHECK(diff(from, to).Size() == 1);
  CHECK(broken(from, to) == "");
}
