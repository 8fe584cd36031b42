#include "search/best_of.h"

#include <algorithm>

#include "search/ranking.h"

namespace metadata::search {

void BestOf::init(const Xapian::Database& database) {
  lists_.clear();
  heap_.clear();
  here_.clear();
  document_ = 0;
  needed_ = 0;
  begun_ = false;
  double sum = 0, most_weight = 0;
  for (const Part& part : parts_) {
    List list;
    list.at = database.postlist_begin(part.term);
    list.end = database.postlist_end(part.term);
    if (list.at == list.end) continue;
    list.factor = part.factor;
    list.rare = part.rare;
    list.most = part.factor * most_weight_of_term(part.rare);
    most_weight = std::max(most_weight, list.most);
    sum += part.share;
    lists_.push_back(std::move(list));
  }
  const Xapian::doccount all = database.get_doccount();
  most_ = all;
  likely_ = static_cast<Xapian::doccount>(std::min(1.0, sum) * all);
  set_maxweight(most_weight);
}

void BestOf::push(std::size_t list) {
  List& one = lists_[list];
  if (one.at == one.end) return;
  one.document = *one.at;
  heap_.push_back(list);
  std::push_heap(heap_.begin(), heap_.end(),
                 [this](std::size_t a, std::size_t b) { return lists_[a].document > lists_[b].document; });
}

// Lists that cannot give what is needed any more.
void BestOf::leave_out(double min_weight) {
  if (min_weight <= needed_) return;
  needed_ = min_weight;
  const auto useless = [this](std::size_t list) { return lists_[list].most < needed_; };
  std::erase_if(here_, useless);
  if (std::erase_if(heap_, useless) == 0) return;
  std::make_heap(heap_.begin(), heap_.end(),
                 [this](std::size_t a, std::size_t b) { return lists_[a].document > lists_[b].document; });
}

// All lists that stood at the document go on.
void BestOf::step(double min_weight) {
  leave_out(min_weight);
  if (!begun_) {
    begun_ = true;
    for (std::size_t i = 0; i < lists_.size(); ++i) {
      if (lists_[i].most >= needed_) push(i);
    }
    return;
  }
  for (const std::size_t list : here_) {
    ++lists_[list].at;
    push(list);
  }
}

void BestOf::gather() {
  here_.clear();
  if (heap_.empty()) return;
  document_ = lists_[heap_.front()].document;
  const auto later = [this](std::size_t a, std::size_t b) { return lists_[a].document > lists_[b].document; };
  while (!heap_.empty() && lists_[heap_.front()].document == document_) {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    here_.push_back(heap_.back());
    heap_.pop_back();
  }
}

void BestOf::next(double min_weight) {
  step(min_weight);
  gather();
}

void BestOf::skip_to(Xapian::docid document, double min_weight) {
  if (begun_ && !here_.empty() && document_ >= document) return;
  if (!begun_) {
    step(min_weight);
  } else {
    leave_out(min_weight);
    for (const std::size_t list : here_) {
      lists_[list].at.skip_to(document);
      push(list);
    }
  }
  const auto later = [this](std::size_t a, std::size_t b) { return lists_[a].document > lists_[b].document; };
  while (!heap_.empty() && lists_[heap_.front()].document < document) {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    const std::size_t list = heap_.back();
    heap_.pop_back();
    lists_[list].at.skip_to(document);
    push(list);
  }
  gather();
}

double BestOf::get_weight() const {
  double best = 0;
  for (const std::size_t list : here_) {
    const List& one = lists_[list];
    if (one.most > best) best = std::max(best, one.factor * weight_of_term(one.at.get_wdf(), one.rare));
  }
  return best;
}

std::string BestOf::get_description() const {
  std::string text = "BestOf(";
  for (const Part& part : parts_) text.append(text.back() == '(' ? "" : ", ").append(part.term);
  return text + ")";
}

bool Places::add(const std::string& term, double factor) {
  const Xapian::doccount documents = database_.get_termfreq(term);
  if (documents == 0) return false;
  add_known(term, factor, documents);
  return true;
}

void Places::add_known(const std::string& term, double factor, Xapian::doccount documents) {
  const Xapian::doccount all = database_.get_doccount();
  parts_.push_back({term, factor, rareness(documents, all), static_cast<double>(documents) / std::max(all, 1U)});
}

Xapian::Query Places::query(double share) const {
  if (parts_.empty()) return Xapian::Query::MatchNothing;
  std::vector<BestOf::Part> parts = parts_;
  for (BestOf::Part& part : parts) part.factor *= share;
  return Xapian::Query((new BestOf(std::move(parts)))->release());
}

}  // namespace metadata::search
