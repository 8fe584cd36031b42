#include "json/value.h"

#include <type_traits>

#include "json/write.h"
#include "texts.h"

using namespace metadata::json;

namespace {

template <class T>
concept ComparableWithValue = requires(const Value& value, T other) {
  value == other;
};

}  // namespace

TEST_CASE("a value cannot be compared with a number, which would recurse for ever") {
  static_assert(!ComparableWithValue<int>);
  static_assert(!ComparableWithValue<unsigned>);
  static_assert(!ComparableWithValue<std::int64_t>);
  static_assert(!ComparableWithValue<std::uint64_t>);
  static_assert(!ComparableWithValue<double>);
  static_assert(!ComparableWithValue<bool>);
  static_assert(ComparableWithValue<const Value&>);
}

TEST_CASE("numbers are equal by their exact value") {
  const auto same = [](const char* a, const char* b) { return equal(doc(a), doc(b)) && equal(doc(b), doc(a)); };
  CHECK(same("1", "1.0"));
  CHECK(same("100", "1e2"));
  CHECK(same("0", "-0.0"));
  CHECK(same("9007199254740992", "9007199254740992.0"));
  CHECK_FALSE(same("9007199254740993", "9007199254740992.0"));
  CHECK_FALSE(same("9223372036854775807", "9223372036854775808.0"));
  CHECK(same("9223372036854775808", "9223372036854775808.0"));
  CHECK_FALSE(same("18446744073709551615", "18446744073709551616.0"));
  CHECK_FALSE(same("18446744073709551615", "-1"));
  CHECK_FALSE(same("1", "1.5"));
  CHECK_FALSE(same("1", "\"1\""));
  CHECK_FALSE(same("0", "false"));
  CHECK_FALSE(same("1", "1e300"));
}

TEST_CASE("objects are equal without order, arrays only in order") {
  CHECK(equal(doc(R"({"a":1,"b":[1,{"c":2,"d":3}]})"), doc(R"({"b":[1,{"d":3,"c":2}],"a":1})")));
  CHECK_FALSE(equal(doc("[1,2]"), doc("[2,1]")));
  CHECK_FALSE(equal(doc(R"({"a":1})"), doc(R"({"b":1})")));
  CHECK_FALSE(equal(doc(R"({"a":1})"), doc(R"({"a":1,"b":1})")));
}

TEST_CASE("large objects in opposite order are compared quickly") {
  std::string forward = "{";
  std::string backward = "{";
  for (int i = 0; i < 9'999; ++i) {
    forward += "\"k" + std::to_string(i) + "\":1,";
    backward += "\"k" + std::to_string(9'998 - i) + "\":1,";
  }
  forward.back() = '}';
  backward.back() = '}';
  CHECK(equal(doc(forward), doc(backward)));
}

TEST_CASE("set replaces a member where it stands and adds a new one at the end") {
  Document object = doc(R"({"a":1,"b":2})");
  set_string(object, "a", "x", object.GetAllocator());
  set(object, "c", Value(true), object.GetAllocator());
  CHECK(write(object) == R"({"a":"x","b":2,"c":true})");
}

TEST_CASE("erase keeps the order of the other members") {
  Document object = doc(R"({"a":1,"b":2,"c":3,"d":4})");
  CHECK(erase(object, "b"));
  CHECK_FALSE(erase(object, "b"));
  CHECK(write(object) == R"({"a":1,"c":3,"d":4})");
  Document array = doc("[1]");
  CHECK_FALSE(erase(array, "b"));
}

TEST_CASE("a member is found by its whole name, with a NUL inside and empty too") {
  const Document object = doc(R"({"a\u0000b":1,"":2,"a":3})");
  using namespace std::string_view_literals;
  CHECK(find(object, "a\0b"sv)->GetInt() == 1);
  CHECK(find(object, std::string_view())->GetInt() == 2);
  CHECK(find(object, "a")->GetInt() == 3);
  CHECK(find(object, "b") == nullptr);
  CHECK(find(doc("[1]"), "a") == nullptr);
  CHECK(find(doc("null"), "a") == nullptr);
}

TEST_CASE("typed look-ups fall back when a member is absent or of another type") {
  const Document object = doc(R"({"s":"x","n":5,"b":true,"big":18446744073709551615,"d":1.0})");
  CHECK(string_or(object, "s", "-") == "x");
  CHECK(string_or(object, "n", "-") == "-");
  CHECK(bool_or(object, "b", false));
  CHECK(bool_or(object, "s", true));
  CHECK(int_member(object, "n") == 5);
  CHECK_FALSE(int_member(object, "big"));
  CHECK_FALSE(int_member(object, "d"));
  CHECK_FALSE(int_member(object, "absent"));
}

TEST_CASE("a copy outlives the document it was made of") {
  Document copied;
  {
    const Document original =
        doc(R"({"a long member name that is not kept inline":["a long string that is not kept inline"]})");
    copied = copy(original);
  }
  CHECK(write(copied) == R"({"a long member name that is not kept inline":["a long string that is not kept inline"]})");
}

TEST_CASE("an assertion of RapidJSON is an exception in every build") {
  const Document number = doc("1");
  CHECK_THROWS_AS(static_cast<void>(number.GetString()), Misuse);
}

TEST_CASE("measure tells text length, depth and count") {
  const Measure of = measure(doc(R"({"a":[1,[true]],"b":"text"})"));
  CHECK(of.depth == 3);
  CHECK(of.values == 6);
  CHECK(of.text_bytes >= 20);
  CHECK(of.text_bytes <= 60);
  CHECK(measure(doc("1")).depth == 0);
}
