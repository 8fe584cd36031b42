#ifndef METADATA_LIB_SEARCH_RUN_H
#define METADATA_LIB_SEARCH_RUN_H

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include <xapian.h>

#include "metadata/error.h"
#include "metadata/search.h"
#include "search/clause.h"
#include "search/facets.h"
#include "search/order.h"
#include "search/parts.h"
#include "search/plan.h"

namespace metadata::search {

/// One search, from the caller's query to hits. Used once. Not thread-safe.
class Run {
 public:
  Run(const Search::Parts& parts, const SearchQuery& query) : parts_(parts), query_(query) {}

  /// Reads the query. `more` must hold as well.
  Error read(std::vector<Clause> more = {});
  /// Looks for names that begin with this text instead of for words.
  Error begin_with(std::string_view text);

  /// Waits for the index, and calls `body` with one state of it and of the store. The body may be called again.
  using Body = std::function<Error(Planning& planning, const Xapian::Query& query)>;
  Error with_index(const Body& body);

  Result<SearchHits> hits();
  Result<SearchMatches> matching(std::span<const EntityId> ids);
  Result<Facet> aggregate(std::string_view field, std::string_view containing);

  const std::vector<const model::EntityType*>& types() const { return types_; }

 private:
  Result<Xapian::Query> whole_query(Planning& planning) const;
  Result<Xapian::Query> asked(Planning& planning) const;
  Xapian::Query filtered(Planning& planning, const Xapian::Query& query) const;
  Error answer(Planning& planning, const Xapian::Query& query, SearchHits& hits) const;
  Error compose(Planning& planning, std::vector<Row> rows, SearchHits& hits) const;
  void count_types(Planning& planning, const std::vector<FacetField>& fields, std::vector<Facet>& facets) const;
  Error count(Planning& planning, const Xapian::Query& query, SearchHits& hits) const;

  const Search::Parts& parts_;
  const SearchQuery& query_;
  std::vector<const model::EntityType*> types_;
  Clause clause_;
  Clause post_;
  std::string beginning_;  ///< of names; empty: words are looked for
  Interrupt interrupt_;
  Seq seq_ = 0;
  bool complete_ = false;
};

}  // namespace metadata::search

#endif  // METADATA_LIB_SEARCH_RUN_H
