#ifndef METADATA_SERVER_ROUTES_SEARCH_INPUT_H
#define METADATA_SERVER_ROUTES_SEARCH_INPUT_H

#include <string>
#include <string_view>
#include <vector>

#include "call.h"
#include "metadata/json.h"
#include "metadata/search.h"

namespace metadata::server {

// What the search routes read from a request.

/// The search of a query string: q, index, from, size, deleted, filters, query_filter, sort_field, facets and so on
/// (docs/search.md). A parameter without a meaning of its own that names a field of some entity type is a filter by it.
Result<SearchQuery> search_query(const Call& call);

/// The search of a body in the language of Elasticsearch: query, from, size, sort, _source, post_filter, search_after,
/// aggs (terms only).
Result<SearchQuery> search_body(const Call& call, const Json& body);

/// The guide's `filters`: `database:snowflake.sales_db`, several apart by commas, or {"field": value or [values]}.
Result<std::vector<Filter>> parse_filters(std::string_view text);

/// Index names out of a list apart by commas; without one, that of tables, as the API has it.
std::vector<std::string> index_names(std::string_view list);

/// What `value` of an aggregation asks for: `.*text.*`, and everything when it is empty.
Result<std::string> contained_text(std::string_view pattern);

}  // namespace metadata::server

#endif  // METADATA_SERVER_ROUTES_SEARCH_INPUT_H
