#ifndef METADATA_LIB_SEARCH_ORDER_H
#define METADATA_LIB_SEARCH_ORDER_H

#include <string>
#include <vector>

#include <xapian.h>

#include "metadata/error.h"
#include "metadata/search.h"
#include "search/plan.h"

namespace metadata::search {

/// In which order a search answers, and from where on.
struct Order {
  enum class By { Score, Name, DisplayName, UpdatedAt, Fqn } by = By::Score;
  bool descending = true;
  bool after = false;  ///< go on behind `value` and `id` (or `value` and `type`: by FQN)
  std::string value;   ///< of the last hit, as its sort values say it
  EntityId id;         ///< of the last hit
};

/// Reads sort_field, sort_order and search_after. InvalidArgument for what is none.
Result<Order> read_order(const SearchQuery& query, const Planning& planning);

/// One match on its way to be a hit.
struct Row {
  EntityId id;
  double score = 0;
  std::vector<std::string> sort;
};

/// The matches from `from` on, at most `size`, in their order.
Result<std::vector<Row>> ordered(Planning& planning, const Xapian::Query& query, const Order& order, std::size_t from,
                                 std::size_t size);

/// In the order of FQNs, part by part, as lists have it; which the index does not know.
Result<std::vector<Row>> ordered_by_fqn(Planning& planning, const Xapian::Query& query, const Order& order,
                                        std::size_t from, std::size_t size);

/// Ends a match that takes too long: throws TookTooLong through Xapian.
class TookTooLong {};
class Deadline : public Xapian::MatchDecider {
 public:
  /// Not owned; must outlive it.
  explicit Deadline(const Interrupt& interrupt) : interrupt_(interrupt) {}
  bool operator()(const Xapian::Document& document) const override;

 private:
  const Interrupt& interrupt_;
  mutable unsigned seen_ = 0;
};

}  // namespace metadata::search

#endif  // METADATA_LIB_SEARCH_ORDER_H
