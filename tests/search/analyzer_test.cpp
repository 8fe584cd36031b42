#include "search/analyzer.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace metadata::search;

namespace {

std::string joined(const std::vector<Word>& words) {
  std::string text;
  for (const Word& word : words) text.append(text.empty() ? "" : " ").append(word.text);
  return text;
}

std::string words(std::string_view text) { return joined(words_of(text, 1000)); }
std::string in_documents(std::string_view text) { return joined(document_words_of(text, 1000)); }

}  // namespace

TEST_CASE("identifiers fall apart into the words they are made of, however they are written") {
  for (const char* name : {"customer_orders", "CustomerOrders", "customer-orders", "customerOrders", "CUSTOMER_ORDERS",
                           "customer.orders", " customer  orders "}) {
    CAPTURE(name);
    CHECK(words(name) == "customer orders");
  }
  CHECK(words("sales_db.public.orders") == "sales db public orders");
  CHECK(words("HTTPServer") == "http server");
  CHECK(words("parseHTTPResponse2") == "parse http response 2");
  CHECK(words("order2cash") == "order 2 cash");
  CHECK(words("customer360_v2") == "customer 360 v 2");
  CHECK(words("iPhone") == "i phone");
  CHECK(words("ABTest") == "ab test");
  CHECK(words("") == "");
  CHECK(words("--- ... !?") == "");
}

TEST_CASE("the plural of an acronym is one word") {
  CHECK(words("customer IDs and URLs.") == "customer ids and urls");
  CHECK(words("IDs_of") == "ids of");
  CHECK(words_of("IDs", 9).front().stem == "id");
}

TEST_CASE("an apostrophe within a word does not separate") {
  CHECK(words("the customer's orders, don't") == "the customers orders dont");
  CHECK(words("customer\xE2\x80\x99s") == "customers");
  CHECK(words("'quoted'") == "quoted");
}

TEST_CASE("case and accents are folded in Latin, Greek and Cyrillic") {
  CHECK(words("Käufer Übersicht STRASSE straße") == "kaufer ubersicht strasse strasse");
  CHECK(words("Ångström naïve ŁÓDŹ Šķēršļi") == "angstrom naive lodz skersli");
  CHECK(words("ΠΕΛΆΤΗΣ πελάτης") == "πελατησ πελατησ");
  CHECK(words("ЗАКАЗЫ заказы ЁЛКА") == "заказы заказы елка");
  CHECK(words("Nguyễn Đặng") == "nguyen dang");
  CHECK(words("ｆｕｌｌ１２") == "full 12");
}

TEST_CASE("accents that follow their letter are folded as well") {
  CHECK(words("Ka\xCC\x88ufer") == "kaufer");
  CHECK(fold("Cafe\xCC\x81") == "cafe");
}

TEST_CASE("Chinese, Japanese and Korean text gives words of two characters") {
  CHECK(words("顧客注文") == "顧客 客注 注文");
  CHECK(words("客") == "客");
  CHECK(words("東京orders") == "東京 orders");
  CHECK(words("주문표") == "주문 문표");
  CHECK(words("ordersテーブル") == "orders テー ーブ ブル");
}

TEST_CASE("documents have what stands without a separator as a whole too, and each character of a run begins a word") {
  CHECK(in_documents("CustomerOrders") == "customer orders customerorders");
  CHECK(in_documents("customer_orders") == "customer orders");
  CHECK(in_documents("order2cash_status") == "order 2 cash order2cash status");
  CHECK(in_documents("注文表") == "注文 文表 表");
  const auto found = document_words_of("OrderLines sold", 10);
  REQUIRE(found.size() == 4);
  CHECK(found[0].position == 0);
  CHECK(found[1].position == 1);
  CHECK(found[2].position == 0);
  CHECK(found[3].position == 2);
}

TEST_CASE("a word knows where it stands") {
  const std::string text = "The Käufer_Orders";
  const auto found = words_of(text, 10);
  REQUIRE(found.size() == 3);
  CHECK(text.substr(found[1].begin, found[1].end - found[1].begin) == "Käufer");
  CHECK(text.substr(found[2].begin, found[2].end - found[2].begin) == "Orders");
  const auto acronym = words_of("HTTPServer", 10);
  CHECK(acronym[0].end == 4);
  CHECK(acronym[1].begin == 4);
}

TEST_CASE("words are stemmed in English, names with digits and other scripts are not") {
  CHECK(words_of("customers", 9).front().stem == words_of("Customer", 9).front().stem);
  CHECK(words_of("reporting", 9).front().stem == words_of("reports", 9).front().stem);
  CHECK(stem_of("ids") == "id");
  CHECK(stem_of("заказы") == "заказы");
}

TEST_CASE("L8: words are bounded in number and length") {
  CHECK(words_of(std::string(100'000, 'a'), 10).front().text.size() == kMaxWordBytes);
  std::string many;
  for (int i = 0; i < 10'000; ++i) many += "word_";
  CHECK(words_of(many, 50).size() == 50);
  CHECK(document_words_of("aB cD eF gH", 5).size() == 5);
  std::string umlauts;
  for (int i = 0; i < 1000; ++i) umlauts += "щ";
  const auto cut = words_of(umlauts, 10);
  REQUIRE(cut.size() == 1);
  CHECK(cut.front().text.size() == kMaxWordBytes);  // a whole number of characters
}

TEST_CASE("what is not UTF-8 separates words and is not passed on") {
  CHECK(words("cust\xFFomer") == "cust omer");
  CHECK(words("\xC0\xAF\xED\xA0\x80") == "");
  CHECK(words("end\xE2\x82") == "end");
}

TEST_CASE("whole values are compared without case, accents and the blanks around them") {
  CHECK(fold("  Käufer_Orders ") == "kaufer_orders");
  CHECK(fold("Alice@Example.com") == "alice@example.com");
  CHECK(fold(" \t ") == "");
}
