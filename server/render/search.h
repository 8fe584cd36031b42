#ifndef METADATA_SERVER_RENDER_SEARCH_H
#define METADATA_SERVER_RENDER_SEARCH_H

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "http/response.h"
#include "metadata/search.h"

namespace metadata::server {
struct Call;
}

namespace metadata::server::render {

// Answers in the shape of the search engine whose API this is, with every key that some client reads.

/// Hits, totals, aggregations. How far the index was stands in X-Metadata-Search-Seq and X-Search-Complete.
Response hits(const Call& call, const SearchQuery& query, const SearchHits& hits, std::chrono::milliseconds took);
/// `{"suggest":{"metadata-suggest":[…]}}`
Response suggestions(const Call& call, const SearchQuery& query, const SearchHits& hits);
/// `{"aggregations":{"sterms#field":{"buckets":[…]},"field":…}}`; names for `suggest` when there are some.
Response aggregation(const Facet& facet, const std::vector<std::string>& suggested);
/// A search document as it stands.
Response document(const Call& call, std::string_view type, std::string_view text);
/// 503 while no index serves, with how far it is.
Response no_index(const SearchStatus& status);

}  // namespace metadata::server::render

#endif  // METADATA_SERVER_RENDER_SEARCH_H
