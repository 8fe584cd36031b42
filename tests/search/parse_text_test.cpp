#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <vector>

#include "search/clause.h"
#include "search/plan.h"

using namespace metadata;
using namespace metadata::search;

namespace {

// A clause as text, so that tests can say what they expect. The trees of tests are shallow.
std::string shown(const Clause& clause);

std::string shown(const char* name, const std::vector<Clause>& list) {
  if (list.empty()) return {};
  std::string text = std::string(" ") + name + "[";
  for (const Clause& clause : list) text += (text.back() == '[' ? "" : ", ") + shown(clause);
  return text + "]";
}

std::string fields_of(const Clause& clause) {
  std::string text;
  for (const std::string& field : clause.fields) text += (text.empty() ? "" : ",") + field;
  return text.empty() ? text : text + ":";
}

std::string shown(const Clause& clause) {
  using Kind = Clause::Kind;
  switch (clause.kind) {
    case Kind::All:
      return "all";
    case Kind::None:
      return "none";
    case Kind::Words:
      return fields_of(clause) + "<" + clause.text + ">" + (clause.fuzzy ? "~" : "") + (clause.all_words ? "&" : "");
    case Kind::Phrase:
      return fields_of(clause) + "\"" + clause.text + "\"";
    case Kind::Prefix:
      return fields_of(clause) + "prefix " + clause.text;
    case Kind::Wildcard:
      return fields_of(clause) + "like " + clause.text;
    case Kind::Value:
      return fields_of(clause) + "=" + clause.values.front();
    case Kind::Exists:
      return fields_of(clause) + "exists";
    case Kind::Range:
      return fields_of(clause) + std::to_string(clause.low) + ".." + std::to_string(clause.high);
    case Kind::Bool:
      return "{" +
             (shown("must", clause.must) + shown("should", clause.should) + shown("not", clause.must_not)).substr(1) +
             "}";
    case Kind::Scored:
      return shown(clause.must.front()) + "^" + std::to_string(static_cast<int>(clause.boost));
  }
  return "?";
}

std::string read(std::string_view text, bool all_words = false) {
  const auto clause = parse_text(text, SearchLimits{}, {}, all_words);
  return clause.ok() ? shown(*clause) : "refused: " + std::string(clause.error().message());
}

bool is_refused(std::string_view text, std::string_view because) {
  const auto clause = parse_text(text, SearchLimits{});
  return !clause.ok() && clause.error().code() == Code::InvalidArgument &&
         clause.error().message().find(because) != std::string_view::npos;
}

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

}  // namespace

TEST_CASE("words apart by blanks are alternatives, ranked together") {
  CHECK(read("customer") == "<customer>");
  CHECK(read("customer orders") == "<customer orders>");
  CHECK(read("customer OR orders") == "<customer orders>");
  CHECK(read("sales_db.public.orders x") == "<sales_db.public.orders x>");
  CHECK(read("") == "all");
  CHECK(read("*") == "all");
  CHECK(read("*:*") == "all");
  CHECK(read("customer orders", true) == "<customer orders>&");
}

TEST_CASE("AND binds more than OR; NOT, + and - mark what must and must not match") {
  CHECK(read("a AND b") == "{must[<a>, <b>]}");
  CHECK(read("a AND b OR c AND d") == "{should[{must[<a>, <b>]}, {must[<c>, <d>]}]}");
  CHECK(read("a b AND c") == "{should[<a>, {must[<b>, <c>]}]}");
  CHECK(read("a AND NOT b") == "{must[<a>] not[<b>]}");
  CHECK(read("a -b") == "{should[<a>] not[<b>]}");
  CHECK(read("a NOT b") == "{should[<a>] not[<b>]}");
  CHECK(read("+a b") == "{must[<a>] should[<b>]}");
  CHECK(read("-a") == "{must[all] not[<a>]}");
  CHECK(read("a && b || c") == "{should[{must[<a>, <b>]}, <c>]}");
}

TEST_CASE("parentheses group") {
  CHECK(read("(a OR b) AND c") == "{must[<a b>, <c>]}");
  CHECK(read("a AND (b OR c)") == "{must[<a>, <b c>]}");
  CHECK(read("-(a b)") == "{must[all] not[<a b>]}");
  CHECK(read("a AND (b -c)") == "{must[<a>, {should[<b>] not[<c>]}]}");
  CHECK(read("()") == "all");
  CHECK(read("a ()") == "<a>");
}

TEST_CASE("phrases, prefixes and patterns") {
  CHECK(read("\"customer orders\"") == "\"customer orders\"");
  CHECK(read("cust*") == "prefix cust");
  CHECK(read("customer_ord*") == "prefix customer_ord");
  CHECK(read("cu*mer") == "like cu*mer");
  CHECK(read("cust?mer") == "like cust?mer");
  CHECK(read("cust\\*") == "<cust*>");
  CHECK(read("custmer~") == "<custmer>~");
  CHECK(read("orders^3") == "<orders>^3");
  CHECK(read("\"a b\"~5 c") == "{should[\"a b\", <c>]}");
}

TEST_CASE("a field before a colon says where to look") {
  CHECK(read("name:orders") == "name:<orders>");
  CHECK(read("tags.tagFQN:PII.Sensitive") == "tags.tagFQN:<PII.Sensitive>");
  CHECK(read("description:\"star schema\"") == "description:\"star schema\"");
  CHECK(read("name:(a OR b)") == "name:<a b>");
  CHECK(read("name:(a b) c") == "{should[name:<a b>, <c>]}");
  CHECK(read("columns.name:cust*") == "columns.name:prefix cust");
  CHECK(read("email.keyword:alice@example.com") == "email:=alice@example.com");
  CHECK(read("name.keyword:\"a b\"") == "name:=a b");
  CHECK(read("owner.name:alice") == "owners.name:<alice>");
  CHECK(read("_exists_:description") == "description:exists");
  CHECK(read("owners:*") == "owners:exists");
  CHECK(read("updatedAt:[5 TO 9]") == "updatedAt:5..9");
  CHECK(read("updatedAt:{5 TO 9}") == "updatedAt:6..8");
  CHECK(read("updatedAt:>=5") == "updatedAt:5..9223372036854775807");
  CHECK(read("fullyQualifiedName:svc.\"my.db\".t") == "fullyQualifiedName:<svc.\"my.db\".t>");
}

TEST_CASE("what people type and is no operation is a word") {
  CHECK(read("\"customer orders") == "<customer orders>");
  CHECK(read("customer\"") == "<customer>");
  CHECK(read("AND") == "<AND>");
  CHECK(read("OR customer") == "<OR customer>");
  CHECK(read("customer AND") == "<customer AND>");
  CHECK(read("a AND OR b") == "{should[{must[<a>, <OR>]}, <b>]}");
  CHECK(read("NOT") == "<NOT>");
  CHECK(read("and or not") == "<and or not>");
  CHECK(read("customer)") == "<customer>");
  CHECK(read("((customer") == "<customer>");
  CHECK(read("order: customer") == "<order: customer>");
  CHECK(read("http://example.com/x") == "<http://example.com/x>");
  CHECK(read("a:") == "<a:>");
  CHECK(read("+") == "<+>");
  CHECK(read("- a") == "<- a>");
}

TEST_CASE("L8: a query text beyond a limit is refused with the limit") {
  CHECK(is_refused(std::string(1025, 'a'), "1024 bytes"));
  CHECK_FALSE(is_refused(std::string(1024, 'a'), ""));
  CHECK(is_refused(repeated("a ", 33), "32 words"));
  CHECK_FALSE(is_refused(repeated("a ", 32), ""));
  CHECK(is_refused(repeated("abc* ", 5), "4 words with"));
  CHECK(is_refused(repeated("ab* OR ", 140), "4 words with"));
  CHECK(is_refused("*abc", "2 letters"));
  CHECK(is_refused("a*", "2 letters"));
  CHECK(is_refused("?b", "2 letters"));
  CHECK(is_refused("name:*x", "2 letters"));
  CHECK_FALSE(is_refused("ab*", ""));
  CHECK(is_refused("щ*", "2 letters"));
  CHECK_FALSE(is_refused("щф*", ""));
  CHECK(is_refused("\"" + repeated("w ", 17) + "\"", "16 words"));
  CHECK_FALSE(is_refused("\"" + repeated("w ", 16) + "\"", ""));
  CHECK(is_refused(repeated("(", 500) + "a", "parentheses"));
  CHECK(is_refused(repeated("a_", 129), "parts"));
  CHECK(is_refused("updatedAt:[yesterday TO *]", "whole numbers"));
  CHECK(is_refused("updatedAt:[1 2]", "[low TO high]"));
}

TEST_CASE("L8: any text gives a clause or a clear refusal, at once") {
  constexpr std::array<const char*, 30> kPieces = {
      "customer", "orders", " ", " ", " ",    "AND",   "OR",           "NOT",   "(",  ")", "\"",
      "+",        "-",      "*", "?", ":",    "name:", "tags.tagFQN:", "cust*", "\\", "~", "^2",
      "[1 TO 2]", "{",      "}", ">", "\xFF", "щ",     "客",           "!"};
  std::mt19937 random(6);
  std::size_t refused = 0;
  for (int i = 0; i < 10'000; ++i) {
    std::string text;
    for (auto left = random() % 60; left > 0; --left) text += kPieces[random() % kPieces.size()];
    const auto clause = parse_text(text, SearchLimits{});
    if (clause.ok()) continue;
    ++refused;
    INFO(text, clause.error().text());
    REQUIRE(clause.error().code() == Code::InvalidArgument);
    REQUIRE_FALSE(clause.error().message().empty());
  }
  MESSAGE(refused << " of 10000 refused");
  CHECK(refused > 100);
  CHECK(refused < 9000);
}
