#include "search/counting.h"

#include <algorithm>

#include "search/order.h"

namespace metadata::search {
namespace {

/// Thrown out of Xapian's loop when enough is counted.
struct Enough {};

class Counter : public Xapian::MatchDecider {
 public:
  Counter(const Interrupt& interrupt, std::size_t most, Xapian::MatchSpy* spy)
      : deadline_(interrupt), most_(most), spy_(spy) {}

  bool operator()(const Xapian::Document& document) const override {
    if (found_ == most_ + 1) throw Enough();
    deadline_(document);
    ++found_;
    if (spy_ != nullptr) (*spy_)(document, 0);
    return true;
  }
  std::size_t found() const { return found_; }

 private:
  const Deadline deadline_;
  const std::size_t most_;
  Xapian::MatchSpy* const spy_;
  mutable std::size_t found_ = 0;
};

}  // namespace

Matches count_matches(const Xapian::Database& database, const Xapian::Query& query, std::size_t most,
                      const Interrupt& interrupt, Xapian::MatchSpy* spy) {
  Xapian::Enquire enquire(database);
  // Without weights no words are looked at that only raise.
  enquire.set_query(Xapian::Query(Xapian::Query::OP_SCALE_WEIGHT, query, 0));
  enquire.set_weighting_scheme(Xapian::BoolWeight());
  enquire.set_docid_order(Xapian::Enquire::DONT_CARE);
  Counter counter(interrupt, most, spy);
  try {
    enquire.get_mset(0, 0, database.get_doccount(), nullptr, &counter);
  } catch (const Enough&) {
  }
  Matches matches;
  matches.found = static_cast<std::int64_t>(counter.found());
  matches.estimated = matches.found;
  matches.exact = counter.found() <= most;
  if (matches.exact) return matches;
  // How many have a term is known without counting.
  const Xapian::MSet bounds = enquire.get_mset(0, 0);
  matches.exact = bounds.get_matches_lower_bound() == bounds.get_matches_upper_bound();
  if (matches.exact) matches.found = bounds.get_matches_lower_bound();
  matches.estimated = std::max<std::int64_t>(matches.found, bounds.get_matches_estimated());
  return matches;
}

}  // namespace metadata::search
