#include "http/url.h"

#include <doctest/doctest.h>

namespace metadata::server {
namespace {

TEST_CASE("a query is split before it is decoded; plus is a blank but in fieldValue") {
  const auto query = Query::parse("/q?a=1%262&b=x+y&fieldValue=d+e%22&c&=z&&a=3#frag");
  REQUIRE(query.ok());
  CHECK(query->text("a") == "1&2");
  CHECK(query->text("b") == "x y");
  CHECK(query->text("fieldValue") == "d+e\"");
  CHECK(query->get("c") == std::string_view(""));
  CHECK_FALSE(query->get("missing").has_value());
  CHECK(query->pairs().size() == 6);
}

TEST_CASE("a value that is not percent-encoded UTF-8 is refused by name") {
  const auto query = Query::parse("/q?limit=%F0%28");
  REQUIRE_FALSE(query.ok());
  CHECK(query.error().message() == "query parameter 'limit' is not percent-encoded UTF-8");
  CHECK_FALSE(Query::parse("/q?a=%").ok());
  CHECK_FALSE(Query::parse("/q?a=%4").ok());
}

TEST_CASE("flags and numbers of a query") {
  const auto query = Query::parse("/q?yes=TRUE&no=false&odd=1&n=12&bad=12x&neg=-3&empty=");
  REQUIRE(query.ok());
  CHECK(*query->flag("yes", false));
  CHECK_FALSE(*query->flag("no", true));
  CHECK(*query->flag("missing", true));
  CHECK_FALSE(query->flag("odd", true).ok());
  CHECK(*query->number("n", 0) == 12);
  CHECK(*query->number("neg", 0) == -3);
  CHECK(*query->number("empty", 7) == 7);
  CHECK_FALSE(query->number("bad", 0).ok());
}

TEST_CASE("UTF-8 as RFC 3629 has it") {
  CHECK(is_utf8("a\u00e9\u20ac\U0001F600"));
  for (const char* bad :
       {"\x80", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xC3", "\xF8\x88\x80\x80\x80"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_utf8(bad));
  }
}

TEST_CASE("encoding and decoding a segment are inverse") {
  const std::string name = "a b/\"c\"+%é";
  CHECK(percent_decode(percent_encode(name)) == name);
}

}  // namespace
}  // namespace metadata::server
