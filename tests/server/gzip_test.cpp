#include "http/gzip.h"

#include <doctest/doctest.h>

#include <string>

namespace metadata::server {

TEST_CASE("W16: gzip is used for those who take it") {
  for (const char* yes :
       {"gzip", "GZIP", "deflate, gzip", "br,gzip;q=0.1", "*", "gzip;q=1", "gzip ; q=1.0", "x-gzip", "*;q=0, gzip"}) {
    CHECK_MESSAGE(accepts_gzip(yes), yes);
  }
  for (const char* no : {"", "br", "identity", "gzip;q=0", "gzip; q=0.000", "*;q=0", "gzip;q=0, *",
                         "gzip;q=", "gzip;q=-1", "gzippy", ",,,"}) {
    CHECK_MESSAGE(!accepts_gzip(no), no);
  }
}

TEST_CASE("gzip makes long texts short") {
  const auto packed = gzip(std::string(100'000, 'a'));
  REQUIRE(packed);
  CHECK(packed->size() < 1000);
  CHECK(packed->substr(0, 2) == "\x1f\x8b");
}

TEST_CASE("what was packed comes out again, within a bound") {
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += std::to_string(i);
  const auto packed = gzip(text);
  REQUIRE(packed);
  CHECK(gunzip(*packed, text.size()) == text);
  CHECK_FALSE(gunzip(*packed, text.size() - 1));
  CHECK_FALSE(gunzip(packed->substr(0, packed->size() / 2), text.size()));
  CHECK_FALSE(gunzip("no gzip", 100));
}

}  // namespace metadata::server
