#ifndef METADATA_LIB_SEARCH_CLAUSE_H
#define METADATA_LIB_SEARCH_CLAUSE_H

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace metadata::search {

/// A query before it is planned: what every way of asking (query text, filters, query bodies) is read into.
/// Field names are as documents show them, without ".keyword": "name", "columns.name", "owners.name", "service.name",
/// "tags.tagFQN", "fullyQualifiedName", "entityType", "deleted", "tableType", "extension.costCenter".
struct Clause {
  enum class Kind {
    All,       ///< every document
    None,      ///< no document
    Words,     ///< text: words, any of which may match (all, when all_words); fields empty: the usual ones
    Phrase,    ///< text: words one after the other
    Prefix,    ///< text: words that begin so, "cust*"
    Wildcard,  ///< text: the whole value matches the pattern with * and ?
    Value,     ///< values: the whole value, without case, is one of them
    Exists,    ///< the field has a value
    Range,     ///< the field's value lies within `low` and `high`, both included
    Bool,      ///< must, should, must_not, filter with minimum_should_match
    Scored,    ///< its one child in `must`, with its weight multiplied by boost
  };
  Kind kind = Kind::All;
  std::vector<std::string> fields;
  std::string text;
  std::vector<std::string> values;
  std::int64_t low = std::numeric_limits<std::int64_t>::min();  ///< Range: of updatedAt, ms since 1970
  std::int64_t high = std::numeric_limits<std::int64_t>::max();
  bool all_words = false;
  bool fuzzy = false;
  double boost = 1.0;
  /// Bool: any of them may be empty. Without must and filter one of should must hold, else only raises the score.
  std::vector<Clause> must, should, must_not, filter;
  std::size_t minimum_should_match = 0;  ///< 0: as above
};

}  // namespace metadata::search

#endif  // METADATA_LIB_SEARCH_CLAUSE_H
