#ifndef METADATA_TESTS_SEARCH_SMALL_CATALOG_H
#define METADATA_TESTS_SEARCH_SMALL_CATALOG_H

#include <doctest/doctest.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "metadata/metadata.h"

namespace metadata::test {

inline Json relevance_file(const std::string& name) {
  std::ifstream in(std::string(METADATA_RELEVANCE) + "/" + name, std::ios::binary);
  REQUIRE(in.good());
  auto json = Json::parse(std::string(std::istreambuf_iterator<char>(in), {}));
  REQUIRE(json.ok());
  return *json;
}

inline std::string text_of(const Json& json, const std::string& member) {
  return std::string(json[member].as_string().value_or(std::string_view()));
}

/// The catalog of tests/search/relevance, in RAM.
inline std::unique_ptr<Catalog> small_catalog(SearchLimits limits = {}) {
  Options options;
  options.path = ":memory:";
  options.search = std::move(limits);
  options.search.wait = options.search.deadline = std::chrono::minutes(10);  // a machine may stand still for seconds
  auto catalog = Catalog::open(options);
  REQUIRE(catalog.ok());
  const Json entities = relevance_file("catalog.json")["entities"];
  for (std::size_t i = 0; i < entities.size(); ++i) {
    const Json entity = entities.at(i);
    const auto put = (*catalog)->put(text_of(entity, "type"), entity["body"].text());
    INFO(entity.text(), put.ok() ? std::string() : put.error().text());
    REQUIRE(put.ok());
  }
  return *std::move(catalog);
}

/// "table:svc.db.s.t" of each hit.
inline std::vector<std::string> hit_names(const SearchHits& hits) {
  std::vector<std::string> names;
  for (const SearchHit& hit : hits.hits) {
    const auto source = Json::parse(hit.source);
    REQUIRE(source.ok());
    names.push_back(hit.type + ":" + text_of(*source, "fullyQualifiedName"));
  }
  return names;
}

}  // namespace metadata::test

#endif  // METADATA_TESTS_SEARCH_SMALL_CATALOG_H
