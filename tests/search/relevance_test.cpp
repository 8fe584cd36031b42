#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "small_catalog.h"

using namespace metadata;
using namespace metadata::test;

namespace {

// The place of the hit that should be first, from 1; 0 when it is not among the first ten.
std::size_t rank_of(const SearchHits& hits, const std::string& wanted) {
  const std::vector<std::string> names = hit_names(hits);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == wanted) return i + 1;
  }
  return 0;
}

}  // namespace

TEST_CASE("the hit that people look for comes first: mean reciprocal rank of the relevance set") {
  const auto catalog = small_catalog();
  const Json queries = relevance_file("queries.json")["queries"];
  REQUIRE(queries.size() >= 50);
  double sum = 0;
  for (std::size_t i = 0; i < queries.size(); ++i) {
    SearchQuery query;
    query.text = text_of(queries.at(i), "q");
    const auto hits = catalog->search().query(query);
    INFO(query.text, hits.ok() ? std::string() : hits.error().text());
    REQUIRE(hits.ok());
    const std::string wanted = text_of(queries.at(i), "first");
    const std::size_t rank = rank_of(*hits, wanted);
    if (rank > 0) sum += 1.0 / static_cast<double>(rank);
    if (rank != 1) {
      std::string first;
      const std::vector<std::string> names = hit_names(*hits);
      for (std::size_t j = 0; j < std::min<std::size_t>(3, names.size()); ++j) {
        first += "\n    " + std::to_string(hits->hits[j].score) + " " + names[j];
      }
      MESSAGE(query.text << ": " << wanted << " is number " << rank << first);
    }
  }
  const double mean = sum / static_cast<double>(queries.size());
  MESSAGE("mean reciprocal rank of " << queries.size() << " queries: " << mean);
  CHECK(mean >= 0.9);
}
