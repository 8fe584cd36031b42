#include "metadata/ids.h"

#include <doctest/doctest.h>

#include <random>

using namespace metadata;

namespace {

using Parts = std::vector<std::string>;

// A name of letters that matter to the grammar, none of them a quote.
std::string any_name(std::mt19937& random) {
  static const std::string kLetters = "ab.. /:\xC3\xA4'\\%[";
  std::string name;
  const auto length = 1 + random() % 6;
  while (name.size() < length) name.push_back(kLetters[random() % kLetters.size()]);
  return name;
}

}  // namespace

TEST_CASE("an identity is read in either case and written in lower case") {
  const std::string text = "0f8fad5b-d9cb-469f-a165-70867728950e";
  const auto id = EntityId::parse(text);
  REQUIRE(id);
  CHECK(id->text() == text);
  CHECK(id->bytes[0] == 0x0f);
  CHECK(id->bytes[15] == 0x0e);
  CHECK(EntityId::parse("0F8FAD5B-D9CB-469F-A165-70867728950E") == id);
}

TEST_CASE("other forms of an identity are nothing") {
  for (const std::string_view text : {"", "0f8fad5bd9cb469fa16570867728950e", "{0f8fad5b-d9cb-469f-a165-70867728950e}",
                                      "0f8fad5b-d9cb-469f-a165-70867728950", "0f8fad5b-d9cb-469f-a165-70867728950g",
                                      "0f8fad5b0d9cb-469f-a165-70867728950e", "0f8fad5b-d9cb-469f-a165-7086772895-e"}) {
    CAPTURE(text);
    CHECK_FALSE(EntityId::parse(text));
  }
}

TEST_CASE("the empty identity is all zero") {
  CHECK(EntityId{}.empty());
  CHECK(EntityId{}.text() == "00000000-0000-0000-0000-000000000000");
  CHECK_FALSE(EntityId{{0, 1}}.empty());
}

TEST_CASE("versions are read and written in tenths") {
  const std::pair<std::string_view, int> cases[] = {
      {"0.1", 1}, {"1.0", 10}, {"2", 20}, {"12.3", 123}, {"99999999.9", 999999999}};
  for (const auto& row : cases) {
    const auto& text = row.first;
    const auto& tenths = row.second;
    CAPTURE(text);
    REQUIRE(Version::parse(text));
    CHECK(Version::parse(text)->tenths == tenths);
  }
  CHECK(Version{20}.text() == "2.0");
  CHECK(Version{9}.next_minor().text() == "1.0");
  CHECK(Version{12}.next_major().text() == "2.2");
  CHECK(Version{9} < Version{10});
}

TEST_CASE("other texts are no versions") {
  for (const std::string_view text : {"", ".", "0", "0.0", "0.", ".1", "1.", "1.23", "01.2", "-1.0", "+1", " 1", "1e1",
                                      "1,0", "100000000", "1.x", "1.0.0"}) {
    CAPTURE(text);
    CHECK_FALSE(Version::parse(text));
  }
}

TEST_CASE("a name is quoted when it holds a dot, and loses quotes that it does not need") {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"a", "a"},       {"a.b", "\"a.b\""},   {"\"a.b\"", "\"a.b\""},
      {"\"ab\"", "ab"}, {".", "\".\""},       {"a b", "a b"},
      {"a/b", "a/b"},   {"a'b", "a'b"},       {"\"\xC3\xA4.b\"", "\"\xC3\xA4.b\""},
      {"::", "::"},     {"a..b", "\"a..b\""}, {"\".\"", "\".\""}};
  for (const auto& row : cases) {
    const auto& name = row.first;
    const auto& quoted = row.second;
    CAPTURE(name);
    const auto result = fqn::quote(name);
    REQUIRE(result.ok());
    CHECK(*result == quoted);
  }
}

TEST_CASE("a name with a quote inside, a control character or nothing at all is refused") {
  using namespace std::string_view_literals;
  for (const std::string_view name : {""sv, "\""sv, "\"\""sv, "a\"b"sv, "\"a"sv, "a\""sv, "\"a\"b\""sv, "\"a\".\"b\""sv,
                                      "\"\"\""sv, "a\nb"sv, "\"a\n.b\""sv, "a\x1f"sv, "\x7f"sv, "a\0b"sv}) {
    CAPTURE(name);
    CHECK(fqn::quote(name).error().code() == Code::InvalidArgument);
  }
  CHECK(fqn::quote("a\"b").error().message() == "Invalid name a\"b");
}

TEST_CASE("the message about a refused name is one short line of whole characters") {
  CHECK(fqn::quote("a\nb").error().message() == "Invalid name a\\x0ab: it holds a control character");
  std::string name(255, 'x');
  name += "\xC3\xA4\"";
  CHECK(fqn::quote(name).error().message() == "Invalid name " + std::string(255, 'x') + "...");
}

TEST_CASE("one pair of outer quotes is taken off") {
  CHECK(fqn::unquote("\"a.b\"") == "a.b");
  CHECK(fqn::unquote("ab") == "ab");
  CHECK(fqn::unquote("\"\"a\"\"") == "\"a\"");
  CHECK(fqn::unquote("\"") == "\"");
}

TEST_CASE("a fully qualified name is split at the dots outside of quotes") {
  const std::pair<std::string_view, Parts> cases[] = {{"a", {"a"}},
                                                      {"a.b.c", {"a", "b", "c"}},
                                                      {"\"a.b\".c", {"a.b", "c"}},
                                                      {"a.\"b.c\".d", {"a", "b.c", "d"}},
                                                      {"a.\"b\"", {"a", "b"}},
                                                      {"a.\"...\"", {"a", "..."}},
                                                      {"a b./c", {"a b", "/c"}}};
  for (const auto& row : cases) {
    const auto& text = row.first;
    const auto& parts = row.second;
    CAPTURE(text);
    const auto result = fqn::split(text);
    REQUIRE(result.ok());
    CHECK(*result == parts);
  }
}

TEST_CASE("text outside of the grammar is refused") {
  for (const std::string_view text : {"", ".", "a.", ".a", "a..b", "\"a", "a\"", "a\"b\"", "\"a\"b", "\"\"", "a.\"\"",
                                      "\"a\"\"b\"", "a.\"b", "a\tb", "\"a\x1f\""}) {
    CAPTURE(text);
    CHECK(fqn::split(text).error().code() == Code::InvalidArgument);
  }
}

TEST_CASE("a fully qualified name has at most 3072 bytes") {
  CHECK(fqn::split(std::string(3072, 'a')).ok());
  CHECK(fqn::split(std::string(3073, 'a')).error().code() == Code::InvalidArgument);
  CHECK(fqn::quote(std::string(3073, 'a')).error().code() == Code::InvalidArgument);
  CHECK(fqn::join({std::string(3000, 'a'), std::string(71, 'b')}).ok());
  CHECK(fqn::join({std::string(3000, 'a'), std::string(72, 'b')}).error().code() == Code::InvalidArgument);
}

TEST_CASE("bare names are quoted and joined") {
  CHECK(*fqn::join({"my.svc", "db", "s", "t.1"}) == "\"my.svc\".db.s.\"t.1\"");
  CHECK(*fqn::join({"a"}) == "a");
  CHECK(fqn::join({}).error().code() == Code::InvalidArgument);
  CHECK(fqn::join({"a", ""}).error().code() == Code::InvalidArgument);
}

TEST_CASE("splitting what was joined gives the names back") {
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    Parts names;
    const auto count = 1 + random() % 5;
    while (names.size() < count) names.push_back(any_name(random));
    const auto joined = fqn::join(names);
    REQUIRE(joined.ok());
    CAPTURE(*joined);
    const auto parts = fqn::split(*joined);
    REQUIRE(parts.ok());
    CHECK(*parts == names);
  }
}

TEST_CASE("a name that is quoted already is joined as it is") {
  CHECK(*fqn::join({"\"a.b\"", "c"}) == "\"a.b\".c");
  CHECK(*fqn::split("\"a.b\".c") == Parts{"a.b", "c"});
}
