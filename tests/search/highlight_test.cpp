#include "search/highlight.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "json/parse.h"
#include "model/registry.h"
#include "search/plan.h"

using namespace metadata;
using namespace metadata::search;

namespace {

std::vector<std::string> marked(const std::string& query, const std::string& document, const std::string& field) {
  const auto registry = model::Registry::load();
  REQUIRE(registry.ok());
  const auto clause = parse_text(query, SearchLimits{});
  REQUIRE(clause.ok());
  json::Document tree;
  REQUIRE(json::parse(document, tree).ok());
  for (auto& [name, pieces] : Highlighter(*clause).of(*(*registry)->type("table"), tree)) {
    if (name == field) return pieces;
  }
  return {};
}

using Pieces = std::vector<std::string>;

}  // namespace

TEST_CASE("the words of the query are marked, in any form of them") {
  const std::string table = R"({"name":"customer_orders","description":"What Customers ordered.",
    "columns":[{"name":"order_id"},{"name":"city"},{"name":"a","children":[{"name":"ORDER"}]}]})";
  CHECK(marked("customer order", table, "name") == Pieces{"<em>customer</em>_<em>orders</em>"});
  CHECK(marked("customer order", table, "description") == Pieces{"What <em>Customers</em> <em>ordered</em>."});
  CHECK(marked("order", table, "columns.name") == Pieces{"<em>order</em>_id", "<em>ORDER</em>"});
  CHECK(marked("cust*", table, "name") == Pieces{"<em>customer</em>_orders"});
  CHECK(marked("payments", table, "name").empty());
  CHECK(marked("a -order", table, "name").empty());
}

TEST_CASE("a highlighted text is safe to put into a page") {
  const std::string table = R"({"name":"t","description":"<script>alert('x')</script> & \"orders\""})";
  CHECK(marked("orders", table, "description") ==
        Pieces{"&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;<em>orders</em>&quot;"});
  CHECK(marked("script", table, "description") ==
        Pieces{"&lt;<em>script</em>&gt;alert(&#39;x&#39;)&lt;/<em>script</em>&gt; &amp; &quot;orders&quot;"});
}

TEST_CASE("L8: of a long text a piece around the first marked word is shown, in whole characters") {
  std::string filler;
  for (int i = 0; i < 200; ++i) filler += "щ ";
  const auto pieces = marked("orders", R"({"description":")" + filler + "orders " + filler + R"("})", "description");
  REQUIRE(pieces.size() == 1);
  CHECK(pieces[0].size() < 300);
  CHECK(pieces[0].find("<em>orders</em>") != std::string::npos);
  json::Document tree;
  CHECK(json::parse("\"" + pieces[0] + "\"", tree).ok());
}
