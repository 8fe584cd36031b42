#include "search/ranking.h"

#include <algorithm>
#include <cmath>

#include "search/terms.h"

namespace metadata::search {
namespace {

constexpr double kNameWeight = 10;
constexpr double kNameQuality = 0.6;
constexpr double kDepth = 0.001;  ///< the most that a term's weight stays below 1; times 32 words still below a raise

}  // namespace

double exact(double weight) { return std::ldexp(std::round(std::ldexp(weight, 40)), -40); }

double quality_of_weight(double weight) {
  return kNameQuality * std::min(1.2, std::log1p(std::max(0.0, weight)) / std::log1p(kNameWeight));
}

double factor(double quality, std::size_t words) {
  return 1 + quality / static_cast<double>(std::max<std::size_t>(1, words));
}

double rareness(Xapian::doccount documents, Xapian::doccount all) {
  const double everything = std::log1p(static_cast<double>(all));
  return everything > 0 ? 1 - std::log1p(static_cast<double>(documents)) / everything : 0;
}

double weight_of_term(Xapian::termcount times, double rare) {
  const double often = static_cast<double>(times);
  return 1 - kDepth * (1 - 0.5 * (often / (often + 4)) - 0.5 * rare);
}

double most_weight_of_term(double rare) { return 1 - kDepth * (0.5 - 0.5 * rare); }

TermWeight::TermWeight() {
  need_stat(WDF);
  need_stat(TERMFREQ);
  need_stat(COLLECTION_SIZE);
}

TermWeight* TermWeight::clone() const { return new TermWeight; }

std::string TermWeight::name() const { return "metadata::TermWeight"; }

void TermWeight::init(double factor) {
  factor_ = factor;
  rare_ = rareness(get_termfreq(), get_collection_size());
}

double TermWeight::get_sumpart(Xapian::termcount wdf, Xapian::termcount, Xapian::termcount) const {
  return exact(factor_ * weight_of_term(wdf, rare_));
}

double TermWeight::get_maxpart() const { return exact(factor_ * most_weight_of_term(rare_)); }

double TermWeight::get_sumextra(Xapian::termcount, Xapian::termcount) const { return 0; }

double TermWeight::get_maxextra() const { return 0; }

void rank(Xapian::Enquire& enquire) {
  enquire.set_weighting_scheme(TermWeight());
  // Ids are values of the document, so that an index built anew has the same order.
  enquire.set_sort_by_relevance_then_value(terms::kSlotId, false);
}

}  // namespace metadata::search
