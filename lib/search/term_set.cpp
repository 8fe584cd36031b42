#include "search/term_set.h"

#include <algorithm>
#include <utility>

#include "search/terms.h"

namespace metadata::search {
namespace {

const auto is_later = [](const auto& a, const auto& b) { return a.document > b.document; };

}  // namespace

void TermSetSource::init(const Xapian::Database& database) {
  lists_.clear();
  begun_ = false;
  least_ = most_ = 0;
  const Xapian::doccount all = database.get_doccount();
  for (const std::string& term : *terms_) {
    const Xapian::doccount documents = database.get_termfreq(term);
    if (documents == 0) continue;
    least_ = std::max(least_, documents);
    most_ = documents > all - most_ ? all : most_ + documents;
    List list;
    list.at = database.postlist_begin(term);
    list.document = *list.at;
    lists_.push_back(std::move(list));
  }
  std::make_heap(lists_.begin(), lists_.end(), is_later);
  set_maxweight(0);
}

/// The front list has gone on: it gets its place, or goes at its end.
void TermSetSource::settle_front() {
  std::pop_heap(lists_.begin(), lists_.end(), is_later);
  List& moved = lists_.back();
  if (moved.at == Xapian::PostingIterator()) {
    lists_.pop_back();
    return;
  }
  moved.document = *moved.at;
  std::push_heap(lists_.begin(), lists_.end(), is_later);
}

void TermSetSource::next(double) {
  if (!std::exchange(begun_, true)) return;
  const Xapian::docid passed = get_docid();
  while (!lists_.empty() && get_docid() == passed) {
    ++lists_.front().at;
    settle_front();
  }
}

void TermSetSource::skip_to(Xapian::docid document, double) {
  begun_ = true;
  while (!lists_.empty() && get_docid() < document) {
    lists_.front().at.skip_to(document);
    settle_front();
  }
}

std::string TermSetSource::get_description() const { return "TermSet(" + std::to_string(terms_->size()) + ")"; }

NameSetSource::NameSetSource(std::shared_ptr<const Names> names, unsigned shown_slot)
    : ValuePostingSource(terms::kSlotName), names_(std::move(names)), slot_(shown_slot) {}

void NameSetSource::init(const Xapian::Database& database) {
  ValuePostingSource::init(database);
  set_maxweight(0);
  if (slot_ != terms::kSlotName) shown_ = database.valuestream_begin(slot_);
}

bool NameSetSource::is_wanted() {
  if (slot_ == terms::kSlotName) return names_->contains(get_value());
  const Xapian::ValueIterator end;
  if (shown_ != end) shown_.skip_to(get_docid());
  const bool has_own = shown_ != end && shown_.get_docid() == get_docid();
  return names_->contains(has_own ? *shown_ : get_value());
}

void NameSetSource::next(double min_weight) {
  do {
    ValuePostingSource::next(min_weight);
  } while (!at_end() && !is_wanted());
}

void NameSetSource::skip_to(Xapian::docid document, double min_weight) {
  ValuePostingSource::skip_to(document, min_weight);
  if (!at_end() && !is_wanted()) next(min_weight);
}

bool NameSetSource::check(Xapian::docid document, double min_weight) {
  if (!ValuePostingSource::check(document, min_weight)) return false;
  return at_end() || is_wanted();
}

}  // namespace metadata::search
