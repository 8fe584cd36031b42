#ifndef METADATA_LIB_SEARCH_RANKING_H
#define METADATA_LIB_SEARCH_RANKING_H

#include <cstddef>
#include <string>

#include <xapian.h>

#include "model/search_rule.h"

namespace metadata::search {

// How hits are ordered. A score is a number of matched words, and behind the point how well they matched:
//
//   score = sum over matched words of (1 + quality / words), quality below 1, and what raises the entity itself
//
// so a hit with more matching words always comes first, then the one whose words stand in better places (exact name >
// FQN > parts of the name > containers > nested items > descriptions), then the raised one (tier, usage), then the one
// where a word makes up more of the text or is rarer. docs/search.md says it in words.

/// What being the whole name is worth, being the FQN as typed, standing in the name of a container.
inline constexpr double kExactQuality = 0.9;
inline constexpr double kFqnQuality = 0.8;
inline constexpr double kContainerQuality = 0.5;
/// The most that a tier or usage raises a hit: less than the step between two kinds of places.
inline constexpr double kMostRaised = 0.04;

/// The same weight as a multiple of 2^-40, as every weight of a term is. Sums and differences of such numbers have no
/// rounding, whatever their order: else the order in which Xapian adds, which depends on the page, would decide between
/// hits of one score, and hits just good enough for a page could be taken for too bad.
double exact(double weight);

/// What a word in a text with this weight (docs/entity-descriptions.md) is worth: 10 → 0.60, 5 → 0.45, 1 → 0.17.
double quality_of_weight(double weight);

/// The factor of a word's terms (OP_SCALE_WEIGHT), of a search with so many words.
double factor(double quality, std::size_t words);

/// 0 for a term that all documents have … 1 for one that none has.
double rareness(Xapian::doccount documents, Xapian::doccount all);
/// What a term weighs that stands so often in a text: a little less than 1. And the most that it can weigh.
double weight_of_term(Xapian::termcount times, double rare);
double most_weight_of_term(double rare);

/// The weight of every term: a little less than 1, the more so the less of its text a word is and the more common it
/// is. All else is said by factors.
class TermWeight : public Xapian::Weight {
 public:
  TermWeight();
  TermWeight* clone() const override;
  std::string name() const override;
  double get_sumpart(Xapian::termcount wdf, Xapian::termcount length, Xapian::termcount unique) const override;
  double get_maxpart() const override;
  double get_sumextra(Xapian::termcount length, Xapian::termcount unique) const override;
  double get_maxextra() const override;

 private:
  void init(double factor) override;

  double factor_ = 0;  ///< what OP_SCALE_WEIGHT says
  double rare_ = 0;    ///< 0 common … 1 rare
};

/// Every search sets its order so: by score, ties by id.
void rank(Xapian::Enquire& enquire);

}  // namespace metadata::search

#endif  // METADATA_LIB_SEARCH_RANKING_H
