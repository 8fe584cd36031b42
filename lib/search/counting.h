#ifndef METADATA_LIB_SEARCH_COUNTING_H
#define METADATA_LIB_SEARCH_COUNTING_H

#include <cstddef>
#include <cstdint>

#include <xapian.h>

#include "metadata/options.h"

namespace metadata::search {

/// How many documents a query matches.
struct Matches {
  std::int64_t found = 0;      ///< all of them, or `most` + 1 when that is not exact
  bool exact = true;           ///< false: there are more than `most`, and the index does not know how many
  std::int64_t estimated = 0;  ///< all of them, about; equal to `found` when that is exact
};

/// Counts at most `most` + 1 matches, and shows each to the spy, which may be null. Throws TookTooLong (order.h).
///
/// Xapian itself goes on to the end of all lists when a database has several parts, so the count ends it.
Matches count_matches(const Xapian::Database& database, const Xapian::Query& query, std::size_t most,
                      const Interrupt& interrupt, Xapian::MatchSpy* spy);

}  // namespace metadata::search

#endif  // METADATA_LIB_SEARCH_COUNTING_H
