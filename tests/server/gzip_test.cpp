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

}  // namespace metadata::server
