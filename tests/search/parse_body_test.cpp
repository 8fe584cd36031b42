#include <doctest/doctest.h>

#include <string>

#include "search/fields.h"
#include "search/plan.h"

using namespace metadata;
using namespace metadata::search;

namespace {

using Kind = Clause::Kind;

Clause must(const std::string& body) {
  auto clause = parse_body(body, SearchLimits{});
  REQUIRE_MESSAGE(clause.ok(), clause.error().text());
  return *std::move(clause);
}

std::string refusal(const std::string& body) {
  const auto clause = parse_body(body, SearchLimits{});
  REQUIRE_FALSE(clause.ok());
  CHECK(clause.error().code() == Code::InvalidArgument);
  return std::string(clause.error().message());
}

std::string nested(std::size_t depth) {
  std::string body = R"({"match_all":{}})";
  for (std::size_t i = 1; i < depth; ++i) body = R"({"bool":{"must":[)" + body + "]}}";
  return R"({"query":)" + body + "}";
}

}  // namespace

TEST_CASE("a body is its query, with or without the word") {
  CHECK(must("{}").kind == Kind::All);
  CHECK(must(R"({"query":{}})").kind == Kind::All);
  CHECK(must(R"({"term":{"name":"x"}})").kind == Kind::Value);
  CHECK(must(R"({"query":{"term":{"name":"x"}}})").kind == Kind::Value);
}

TEST_CASE("values of every kind become the text that fields are compared with") {
  const Clause clause = must(R"({"terms":{"a.keyword":["x",true,12,1.5,-3]}})");
  CHECK(clause.fields == std::vector<std::string>{"a"});
  CHECK(clause.values == std::vector<std::string>{"x", "true", "12", "1.5", "-3"});
  CHECK(must(R"({"terms":{"a":[]}})").kind == Kind::None);
  CHECK(must(R"({"term":{"owner.name":{"value":"x"}}})").fields.front() == "owners.name");
}

TEST_CASE("a bool keeps its four lists, given singly or as lists") {
  const Clause clause = must(R"({"bool":{"must":{"match_all":{}},"should":[{"term":{"a":"1"}},{"term":{"b":"2"}}],
                                 "must_not":[{"exists":{"field":"c"}}],"filter":[],"minimum_should_match":"1"}})");
  CHECK(clause.must.size() == 1);
  CHECK(clause.should.size() == 2);
  CHECK(clause.must_not.front().kind == Kind::Exists);
  CHECK(clause.filter.empty());
  CHECK(clause.minimum_should_match == 1);
  CHECK(must(R"({"bool":{"minimum_should_match":1}})").kind == Kind::None);
}

TEST_CASE("times are whole and both ends belong to the range") {
  const Clause clause = must(R"({"range":{"updatedAt":{"gt":10,"lte":20}}})");
  CHECK(clause.kind == Kind::Range);
  CHECK(clause.low == 11);
  CHECK(clause.high == 20);
  CHECK(must(R"({"range":{"updatedAt":{"gt":9223372036854775807}}})").kind == Kind::None);
}

TEST_CASE("L9: bodies are bounded in depth and in clauses") {
  CHECK(must(nested(16)).kind == Kind::Bool);
  CHECK(refusal(nested(17)).find("16") != std::string::npos);
  std::string many = R"({"bool":{"should":[)";
  for (int i = 0; i < 255; ++i) many += std::string(i == 0 ? "" : ",") + R"({"match_all":{}})";
  CHECK(must(many + "]}}").should.size() == 255);
  CHECK(refusal(many + R"(,{"match_all":{}}]}})").find("256") != std::string::npos);
  CHECK_FALSE(parse_body(std::string(100'000, ' '), SearchLimits{}).ok());
}

TEST_CASE("L9: what is not on the list is refused with its place") {
  CHECK(refusal(R"({"query":{"bool":{"must":[{"match_all":{}},{"regexp":{"a":".*"}}]}}})") ==
        "query.bool.must[1]: unknown clause \"regexp\"");
  CHECK(refusal(R"({"query":{"term":{"a":{"value":"x","fuzz":1}}}})") == "query.term.a: unknown member \"fuzz\"");
  CHECK(refusal(R"({"query":{"script":{}}})").find("script") != std::string::npos);
  for (const char* body :
       {"", "[]", "1", "null", R"({"query":1})", R"({"query":[]})", R"({"query":{"term":1}})",
        R"({"query":{"term":{}}})", R"({"query":{"bool":[]}})", R"({"query":{"exists":{"field":[]}}})",
        R"({"query":{"ids":{}}})", R"({"query":{"range":{"name":{}}}})", R"({"query":{"":{}}})"}) {
    CAPTURE(body);
    CHECK_FALSE(parse_body(body, SearchLimits{}).ok());
  }
}

TEST_CASE("a prefix is a pattern in which nothing of it is a wildcard") {
  const Clause clause = must(R"({"prefix":{"name":"a*b?"}})");
  CHECK(clause.kind == Kind::Wildcard);
  CHECK(matches_pattern("a*b?c", clause.text));
  CHECK_FALSE(matches_pattern("axbyc", clause.text));
}

TEST_CASE("patterns match whole texts") {
  struct Row {
    const char* pattern;
    const char* text;
    bool matches;
  };
  const Row rows[] = {{"", "", true},       {"*", "", true},          {"a", "a", true},        {"a", "ab", false},
                      {"a*", "abc", true},  {"*c", "abc", true},      {"a?c", "abc", true},    {"a?c", "ac", false},
                      {"*b*", "abc", true}, {"*.b.*", "a.b.c", true}, {"a**c", "abc", true},   {"?", "é", true},
                      {"??", "é", false},   {"\\*", "*", true},       {"\\*", "x", false},     {"*\\?", "a?", true},
                      {"a\\", "a\\", true}, {"*a*b", "xaxb", true},   {"*a*b", "xaxbx", false}};
  for (const Row& row : rows) {
    CAPTURE(row.pattern);
    CAPTURE(row.text);
    CHECK(matches_pattern(row.text, row.pattern) == row.matches);
  }
  CHECK(has_wildcard("a*"));
  CHECK_FALSE(has_wildcard("a\\*"));
  CHECK(literal_prefix("a\\*b*c") == "a*b");
}

TEST_CASE("a pattern of many wildcards takes no longer than its length says") {
  std::string pattern, text(1000, 'a');
  for (int i = 0; i < 300; ++i) pattern += "*a";
  CHECK_FALSE(matches_pattern(text, pattern + "b"));
}
