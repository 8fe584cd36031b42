#include "search/word_source.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <numeric>
#include <utility>

#include "search/ranking.h"

namespace metadata::search {
namespace {

Xapian::doccount likely(double share, Xapian::doccount all) {
  return static_cast<Xapian::doccount>(std::min(1.0, share) * all);
}

std::string description(std::string text, const std::vector<WordPlace>& places) {
  for (const WordPlace& place : places) text.append(text.back() == '(' ? "" : ", ").append(place.term);
  return text + ")";
}

}  // namespace

void WordSource::init(const Xapian::Database& database) {
  lists_.clear();
  words_.clear();
  heap_.clear();
  here_.clear();
  document_ = 0;
  needed_ = sum_ = looked_up_ = 0;
  begun_ = false;
  most_ = database.get_doccount();
  double share_of_all = 0;
  for (const std::vector<WordPlace>& places : places_) {
    Word word;
    double share = 0;
    for (const WordPlace& place : places) {
      List list;
      list.at = database.postlist_begin(place.term);
      list.end = database.postlist_end(place.term);
      if (list.at == list.end) continue;
      list.word = words_.size();
      list.factor = place.factor;
      list.rare = place.rare;
      list.most = exact(place.factor * most_weight_of_term(place.rare));
      list.document = *list.at;
      word.most = std::max(word.most, list.most);
      word.lists.push_back(lists_.size());
      share += place.share;
      lists_.push_back(std::move(list));
    }
    word.likely = likely(share, most_);
    share_of_all += share;
    sum_ += word.most;
    words_.push_back(std::move(word));
  }
  best_.resize(words_.size());
  likely_ = likely(share_of_all, most_);
  by_likely_.resize(words_.size());
  std::iota(by_likely_.begin(), by_likely_.end(), 0);
  std::ranges::stable_sort(by_likely_, std::greater(), [this](std::size_t word) { return words_[word].likely; });
  set_maxweight(sum_);
}

void WordSource::push(std::size_t list) {
  List& one = lists_[list];
  if (one.at == one.end) return;
  one.document = *one.at;
  heap_.push_back(list);
  std::push_heap(heap_.begin(), heap_.end(), [this](std::size_t a, std::size_t b) { return later(a, b); });
}

// Since the greatest weight of a word counts, a place that is too little beside all that the other words can be worth
// can simply be left out: whoever has something better for the word does not miss it.
void WordSource::leave_out_places() {
  for (bool again = true; again;) {
    again = false;
    for (Word& word : words_) {
      const double others = sum_ - word.most;
      double most = 0;
      for (const std::size_t at : word.lists) {
        if (lists_[at].most + others < needed_) {
          lists_[at].useless = true;
        } else {
          most = std::max(most, lists_[at].most);
        }
      }
      again = again || most < word.most;
      sum_ = others + most;
      word.most = most;
      std::erase_if(word.lists, [this](std::size_t at) { return lists_[at].useless; });
    }
  }
}

// Documents that have only words of this kind are worth too little: they need not be found, but a document that is
// found by another word may have them too. The most frequent ones first, for then the least is left to be looked at.
// None that is behind leads again.
void WordSource::choose_leaders() {
  looked_up_ = 0;
  for (const Word& word : words_) {
    if (!word.leads) looked_up_ += word.most;
  }
  for (const std::size_t at : by_likely_) {
    Word& word = words_[at];
    if (!word.leads || looked_up_ + word.most >= needed_) continue;
    word.leads = false;
    looked_up_ += word.most;
  }
}

void WordSource::need(double min_weight) {
  if (min_weight <= needed_) return;
  needed_ = min_weight;
  leave_out_places();
  choose_leaders();
  const auto leads_no_more = [this](std::size_t list) {
    return lists_[list].useless || !words_[lists_[list].word].leads;
  };
  // The lists at the document have not gone on yet; those that lead no more are moved on by whoever looks up.
  std::erase_if(here_, leads_no_more);
  if (std::erase_if(heap_, leads_no_more) == 0) return;
  std::make_heap(heap_.begin(), heap_.end(), [this](std::size_t a, std::size_t b) { return later(a, b); });
}

/// Whether the document can be worth as much as is needed, by the lists that stand at it.
bool WordSource::may_do() const {
  if (needed_ <= 0) return true;
  double most = looked_up_;
  for (const std::size_t at : here_) most += lists_[at].most;
  return most >= needed_;
}

void WordSource::gather() {
  const auto is_later = [this](std::size_t a, std::size_t b) { return later(a, b); };
  while (true) {
    here_.clear();
    if (heap_.empty()) return;
    document_ = lists_[heap_.front()].document;
    while (!heap_.empty() && lists_[heap_.front()].document == document_) {
      std::pop_heap(heap_.begin(), heap_.end(), is_later);
      here_.push_back(heap_.back());
      heap_.pop_back();
    }
    if (may_do()) return;
    for (const std::size_t list : here_) {
      ++lists_[list].at;
      push(list);
    }
  }
}

void WordSource::next(double min_weight) {
  need(min_weight);
  if (begun_) {
    for (const std::size_t list : here_) {
      ++lists_[list].at;
      push(list);
    }
  } else {
    begun_ = true;
    for (std::size_t i = 0; i < lists_.size(); ++i) {
      if (!lists_[i].useless && words_[lists_[i].word].leads) push(i);
    }
  }
  gather();
}

void WordSource::skip_to(Xapian::docid document, double min_weight) {
  if (!begun_) next(min_weight);
  if (at_end() || document_ >= document) return;
  need(min_weight);
  for (const std::size_t list : here_) {
    lists_[list].at.skip_to(document);
    push(list);
  }
  const auto is_later = [this](std::size_t a, std::size_t b) { return later(a, b); };
  while (!heap_.empty() && lists_[heap_.front()].document < document) {
    std::pop_heap(heap_.begin(), heap_.end(), is_later);
    const std::size_t list = heap_.back();
    heap_.pop_back();
    lists_[list].at.skip_to(document);
    push(list);
  }
  gather();
}

double WordSource::weight_in(const List& list) const {
  return exact(list.factor * weight_of_term(list.at.get_wdf(), list.rare));
}

double WordSource::get_weight() const {
  std::ranges::fill(best_, 0);
  for (const std::size_t at : here_) {
    const List& list = lists_[at];
    double& best = best_[list.word];
    if (list.most > best) best = std::max(best, weight_in(list));
  }
  for (std::size_t i = 0; i < words_.size(); ++i) {
    if (!words_[i].leads) best_[i] = look_up(words_[i]);
  }
  return std::accumulate(best_.begin(), best_.end(), 0.0);
}

/// What the document is worth by a word that does not lead.
double WordSource::look_up(const Word& word) const {
  double best = 0;
  for (const std::size_t at : word.lists) {
    List& list = lists_[at];
    if (list.most <= best || list.at == list.end) continue;
    if (list.document < document_) {
      list.at.skip_to(document_);
      if (list.at == list.end) continue;
      list.document = *list.at;
    }
    if (list.document == document_) best = std::max(best, weight_in(list));
  }
  return best;
}

std::string WordSource::get_description() const {
  std::string text = "Words(";
  for (const std::vector<WordPlace>& places : places_) text += description(text.back() == '(' ? "(" : ", (", places);
  return text + ")";
}

void RaiseSource::init(const Xapian::Database& database) {
  lists_.clear();
  document_ = 0;
  last_ = database.get_lastdocid();
  all_ = database.get_doccount();
  double most = 0;
  for (const WordPlace& place : places_) {
    List list{database.postlist_begin(place.term), database.postlist_end(place.term), place.factor, place.rare};
    if (list.at == list.end) continue;
    most = std::max(most, exact(place.factor * most_weight_of_term(place.rare)));
    lists_.push_back(std::move(list));
  }
  set_maxweight(most);
}

double RaiseSource::get_weight() const {
  double best = 0;
  for (List& list : lists_) {
    if (list.at == list.end) continue;
    if (*list.at < document_) list.at.skip_to(document_);
    if (list.at == list.end || *list.at != document_) continue;
    best = std::max(best, exact(list.factor * weight_of_term(list.at.get_wdf(), list.rare)));
  }
  return best;
}

std::string RaiseSource::get_description() const { return description("Raise(", places_); }

bool Places::add(const std::string& term, double factor) {
  const Xapian::doccount documents = database_.get_termfreq(term);
  if (documents == 0) return false;
  add_known(term, factor, documents);
  return true;
}

void Places::add_known(const std::string& term, double factor, Xapian::doccount documents) {
  const Xapian::doccount all = database_.get_doccount();
  places_.push_back({term, factor, rareness(documents, all), static_cast<double>(documents) / std::max(all, 1U)});
}

std::vector<WordPlace> Places::list(double share) const {
  std::vector<WordPlace> places = places_;
  for (WordPlace& place : places) place.factor *= share;
  return places;
}

Xapian::Query Places::query(double share) const { return any_word({list(share)}).query; }

Xapian::Query Places::raise(const Xapian::Query& raised) const {
  if (places_.empty() || raised.empty()) return raised;
  return Xapian::Query(Xapian::Query::OP_AND, raised, Xapian::Query((new RaiseSource(places_))->release()));
}

Planned any_word(std::vector<std::vector<WordPlace>> words) {
  std::erase_if(words, [](const std::vector<WordPlace>& places) { return places.empty(); });
  if (words.empty()) return {};
  return {Xapian::Query((new WordSource(words))->release()), words};
}

Planned any_of(std::vector<Planned> queries) {
  std::erase_if(queries, [](const Planned& one) { return one.query.empty(); });
  if (queries.size() == 1) return std::move(queries.front());
  std::vector<std::vector<WordPlace>> words;
  std::vector<Xapian::Query> others;
  for (Planned& one : queries) {
    if (one.words.empty()) others.push_back(one.query);
    words.insert(words.end(), std::make_move_iterator(one.words.begin()), std::make_move_iterator(one.words.end()));
  }
  Planned together = any_word(std::move(words));
  if (others.empty()) return together;
  if (!together.query.empty()) others.insert(others.begin(), together.query);
  return {Xapian::Query(Xapian::Query::OP_OR, others.begin(), others.end()), {}};
}

}  // namespace metadata::search
