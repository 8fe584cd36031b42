#include "metadata/search.h"

#include "search/parts.h"

namespace metadata {

Result<SearchHits> Search::query(const SearchQuery&) const { return unimplemented("search: query"); }
Result<SearchHits> Search::field_query(const SearchQuery&, std::string_view, std::string_view) const {
  return unimplemented("search: field_query");
}
Result<std::string> Search::document(const SearchQuery&, EntityId) const { return unimplemented("search: document"); }
Result<Facet> Search::aggregate(const SearchQuery&, std::string_view, std::string_view) const {
  return unimplemented("search: aggregate");
}
Result<SearchHits> Search::suggest(const SearchQuery&) const { return unimplemented("search: suggest"); }

}  // namespace metadata
