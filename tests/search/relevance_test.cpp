#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "metadata/metadata.h"

using namespace metadata;

namespace {

Json file(const std::string& name) {
  std::ifstream in(std::string(METADATA_RELEVANCE) + "/" + name, std::ios::binary);
  REQUIRE(in.good());
  auto json = Json::parse(std::string(std::istreambuf_iterator<char>(in), {}));
  REQUIRE(json.ok());
  return *json;
}

std::string text(const Json& json, const std::string& member) {
  return std::string(json[member].as_string().value_or(std::string_view()));
}

std::unique_ptr<Catalog> small_catalog() {
  Options options;
  options.path = ":memory:";
  auto catalog = Catalog::open(options);
  REQUIRE(catalog.ok());
  const Json entities = file("catalog.json")["entities"];
  for (std::size_t i = 0; i < entities.size(); ++i) {
    const Json entity = entities.at(i);
    const auto put = (*catalog)->put(text(entity, "type"), entity["body"].text());
    INFO(entity.text(), put.ok() ? std::string() : put.error().text());
    REQUIRE(put.ok());
  }
  return *std::move(catalog);
}

// The place of the hit that should be first, from 1; 0 when it is not among the first ten.
std::size_t rank_of(const SearchHits& hits, const std::string& wanted) {
  for (std::size_t i = 0; i < hits.hits.size(); ++i) {
    const auto source = Json::parse(hits.hits[i].source);
    REQUIRE(source.ok());
    if (hits.hits[i].type + ":" + text(*source, "fullyQualifiedName") == wanted) return i + 1;
  }
  return 0;
}

}  // namespace

TEST_CASE("the hit that people look for comes first: mean reciprocal rank of the relevance set") {
  const auto catalog = small_catalog();
  const Json queries = file("queries.json")["queries"];
  REQUIRE(queries.size() >= 50);
  double sum = 0;
  for (std::size_t i = 0; i < queries.size(); ++i) {
    SearchQuery query;
    query.text = text(queries.at(i), "q");
    const auto hits = catalog->search().query(query);
    INFO(query.text, hits.ok() ? std::string() : hits.error().text());
    REQUIRE(hits.ok());
    const std::string wanted = text(queries.at(i), "first");
    const std::size_t rank = rank_of(*hits, wanted);
    if (rank > 0) sum += 1.0 / static_cast<double>(rank);
    if (rank != 1) {
      std::string first;
      for (std::size_t j = 0; j < std::min<std::size_t>(3, hits->hits.size()); ++j) {
        const Json source = *Json::parse(hits->hits[j].source);
        first += "\n    " + std::to_string(hits->hits[j].score) + " " + text(source, "fullyQualifiedName");
      }
      MESSAGE(query.text << ": " << wanted << " is number " << rank << first);
    }
  }
  const double mean = sum / static_cast<double>(queries.size());
  MESSAGE("mean reciprocal rank of " << queries.size() << " queries: " << mean);
  CHECK(mean >= 0.9);
}
