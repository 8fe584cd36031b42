#include "change/items.h"

#include "types.h"

using namespace metadata;
using change::ItemKind;
using change::NameCase;
using change_test::parsed;

namespace {

const std::vector<std::string> kNothing;
const std::vector<std::string> kName = {"name"};

change::Pairing pair(const std::vector<std::string>& match, std::string_view before, std::string_view after) {
  const auto type = change_test::of(model::Shape::Any);
  const auto old_list = parsed(before);
  const auto new_list = parsed(after);
  return change::pair_up(ItemKind(type, match), &old_list, &new_list);
}

std::string key(const std::vector<std::string>& match, std::string_view item) {
  const auto type = change_test::of(model::Shape::Any);
  return ItemKind(type, match).key(parsed(item), NameCase::Exact);
}

}  // namespace

TEST_CASE("a key is equal for equal values and for no others") {
  CHECK(key(kNothing, R"({"a":1,"b":[2]})") == key(kNothing, R"({"b":[2.0],"a":1})"));
  CHECK(key(kNothing, R"([1,2])") != key(kNothing, R"([2,1])"));
  CHECK(key(kNothing, R"("1")") != key(kNothing, R"(1)"));
  CHECK(key(kNothing, R"({"a":{"b":1}})") != key(kNothing, R"({"a":{},"b":1})"));
  CHECK(key(kNothing, R"(18446744073709551615)") != key(kNothing, R"(18446744073709551614)"));
  const std::vector<std::string> two = {"a", "b"};
  CHECK(key(two, R"({"a":"x"})") != key(two, R"({"b":"x"})"));
  CHECK(key(two, R"({"a":"x\n-"})") != key(two, R"({"a":"x"})"));
  CHECK(key(two, R"({"a":"x","b":null})") == key(two, R"({"a":"x","c":1})"));
}

TEST_CASE("items that stand twice pair one by one") {
  const auto pairing = pair(kNothing, R"(["a","a","b"])", R"(["a","b","b"])");
  CHECK(pairing.pairs.size() == 2);
  CHECK(pairing.removed == std::vector<json::SizeType>{1});
  CHECK(pairing.added == std::vector<json::SizeType>{2});
  CHECK_FALSE(pairing.reordered());
}

TEST_CASE("two items are the same exactly when their keys are equal") {
  const std::vector<std::string> kItems = {R"({"name":"a","n":1})",
                                           R"({"name":"a","n":1.0,"more":[]})",
                                           R"({"name":"A","n":1})",
                                           R"({"name":"a"})",
                                           R"({"n":1})",
                                           R"({"name":null,"n":null})",
                                           R"({})",
                                           R"("a")",
                                           R"(1)",
                                           R"(1.0)",
                                           R"(null)",
                                           R"(["a"])"};
  const std::vector<std::string> kBoth = {"name", "n"};
  const auto type = change_test::of(model::Shape::Any);
  for (const auto& match : {kNothing, kName, kBoth}) {
    const ItemKind kind(type, match);
    for (const auto& a : kItems) {
      for (const auto& b : kItems) {
        CAPTURE(a);
        CAPTURE(b);
        const auto left = parsed(a);
        const auto right = parsed(b);
        CHECK(kind.same(left, right) == (kind.key(left, NameCase::Exact) == kind.key(right, NameCase::Exact)));
      }
    }
  }
}

TEST_CASE("a common beginning pairs as it would without looking at it first") {
  const auto pairing = pair(kNothing, R"(["a","a","b","c"])", R"(["a","b","a","a"])");
  REQUIRE(pairing.pairs.size() == 3);
  const std::vector<json::SizeType> kBefore = {0, 2, 1};
  for (json::SizeType i = 0; i < 3; ++i) {
    CHECK(pairing.pairs[i].before == kBefore[i]);
    CHECK(pairing.pairs[i].after == i);
  }
  CHECK(pairing.removed == std::vector<json::SizeType>{3});
  CHECK(pairing.added == std::vector<json::SizeType>{3});
}

TEST_CASE("exact names pair before names in another case") {
  const auto pairing = pair(kName, R"([{"name":"ID"},{"name":"id"}])", R"([{"name":"id"},{"name":"Id"}])");
  REQUIRE(pairing.pairs.size() == 2);
  CHECK(pairing.pairs[0].before == 1);
  CHECK(pairing.pairs[1].before == 0);
  CHECK(pairing.reordered());
}

TEST_CASE("items that are no objects pair by their value") {
  const auto pairing = pair(kName, R"([1,{"name":"a"},null])", R"([{"name":"A"},1.0,null])");
  CHECK(pairing.pairs.size() == 3);
  CHECK(pairing.removed.empty());
}

TEST_CASE("no list is an empty list") {
  const auto type = change_test::of(model::Shape::Any);
  const auto list = parsed("[1]");
  CHECK(change::pair_up(ItemKind(type, kNothing), nullptr, &list).added.size() == 1);
  CHECK(change::pair_up(ItemKind(type, kNothing), &list, nullptr).removed.size() == 1);
  CHECK(change::pair_up(ItemKind(type, kNothing), nullptr, nullptr).pairs.empty());
}
