#ifndef METADATA_LIB_SEARCH_WORD_SOURCE_H
#define METADATA_LIB_SEARCH_WORD_SOURCE_H

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <xapian.h>

namespace metadata::search {

/// A place where a word may stand: a term, and what it is worth there.
struct WordPlace {
  std::string term;
  double factor = 1;  ///< of the weight
  double rare = 0;    ///< 0 common … 1 rare, in the whole database
  double share = 0;   ///< of the documents that have it
};

/// The documents that have at least one of some words. A word stands in several places of a document and counts once,
/// for the best place; the words of a document count together.
///
/// What cannot reach the page any more is not looked at: a place that is worth too little, documents that have nothing
/// but words that are together worth too little. Xapian's own OP_OR and OP_AND_MAYBE lose documents while they leave
/// out others (1.4: an OR that has become an AND_MAYBE and then an AND goes on behind the further of its two sides),
/// and its OP_MAX reads freed memory; so neither is used where hits are ranked. Never below an OP_SCALE_WEIGHT above 1:
/// Xapian does not tell a source that what is needed was scaled, so a boost belongs into the factors. Not thread-safe;
/// Xapian copies it for each part of a database.
class WordSource final : public Xapian::PostingSource {
 public:
  explicit WordSource(std::vector<std::vector<WordPlace>> words) : places_(std::move(words)) {}

  WordSource* clone() const override { return new WordSource(places_); }
  void init(const Xapian::Database& database) override;
  Xapian::doccount get_termfreq_min() const override { return 0; }
  Xapian::doccount get_termfreq_est() const override { return likely_; }
  Xapian::doccount get_termfreq_max() const override { return most_; }
  double get_weight() const override;
  void next(double min_weight) override;
  void skip_to(Xapian::docid document, double min_weight) override;
  bool at_end() const override { return here_.empty(); }
  Xapian::docid get_docid() const override { return document_; }
  std::string get_description() const override;

 private:
  struct List {
    Xapian::PostingIterator at, end;
    std::size_t word = 0;
    double factor = 1, rare = 0, most = 0;
    Xapian::docid document = 0;  // of `at`
    bool useless = false;
  };
  struct Word {
    double most = 0;              // of its lists that are left
    Xapian::doccount likely = 0;  // documents that have it
    bool leads = true;            // documents are found by it, not only looked up in it
    std::vector<std::size_t> lists = {};
  };

  double weight_in(const List& list) const;
  double look_up(const Word& word) const;
  bool later(std::size_t a, std::size_t b) const { return lists_[a].document > lists_[b].document; }
  void push(std::size_t list);
  void need(double min_weight);
  void leave_out_places();
  void choose_leaders();
  void gather();
  bool may_do() const;

  std::vector<std::vector<WordPlace>> places_;
  mutable std::vector<List> lists_;  // those that only look up go on when a weight is asked for
  std::vector<Word> words_;
  mutable std::vector<double> best_;    // of each word, while a weight is added up
  std::vector<std::size_t> by_likely_;  // words, the most frequent first
  std::vector<std::size_t> heap_;       // leading lists by their documents, the first one on top
  std::vector<std::size_t> here_;       // leading lists that stand at the document
  Xapian::docid document_ = 0;
  double needed_ = 0;
  double sum_ = 0;        // of the most of all words
  double looked_up_ = 0;  // of those that only look up
  bool begun_ = false;
  Xapian::doccount likely_ = 0, most_ = 0;
};

/// All documents; those that have one of some terms with a weight, the best one's. To be joined by OP_AND with what is
/// raised by it, which OP_AND_MAYBE would do as well if it lost no document.
class RaiseSource final : public Xapian::PostingSource {
 public:
  explicit RaiseSource(std::vector<WordPlace> places) : places_(std::move(places)) {}

  RaiseSource* clone() const override { return new RaiseSource(places_); }
  void init(const Xapian::Database& database) override;
  Xapian::doccount get_termfreq_min() const override { return all_; }
  Xapian::doccount get_termfreq_est() const override { return all_; }
  Xapian::doccount get_termfreq_max() const override { return all_; }
  double get_weight() const override;
  void next(double) override { ++document_; }
  void skip_to(Xapian::docid document, double) override { document_ = std::max(document_, document); }
  bool at_end() const override { return document_ > last_; }
  Xapian::docid get_docid() const override { return document_; }
  std::string get_description() const override;

 private:
  struct List {
    Xapian::PostingIterator at, end;
    double factor = 1, rare = 0;
  };

  std::vector<WordPlace> places_;
  mutable std::vector<List> lists_;  // they go on when a weight is asked for
  Xapian::docid document_ = 0, last_ = 0;
  Xapian::doccount all_ = 0;
};

/// Places of one word, any of which a document may have.
class Places {
 public:
  explicit Places(const Xapian::Database& database) : database_(database) {}

  /// False, and nothing is added, when no document has the term.
  bool add(const std::string& term, double factor);
  /// The same for a term that so many documents are known to have.
  void add_known(const std::string& term, double factor, Xapian::doccount documents);
  bool empty() const { return places_.empty(); }
  /// The places, with their weight times `share`.
  std::vector<WordPlace> list(double share = 1) const;
  /// Documents with one of the terms; their weight is that of the best one times `share`.
  Xapian::Query query(double share = 1) const;
  /// What `raised` matches; those with one of the terms weigh more by the best one.
  Xapian::Query raise(const Xapian::Query& raised) const;

 private:
  const Xapian::Database& database_;
  std::vector<WordPlace> places_;
};

/// A query, and the words whose documents it is when it is nothing else: several such can be looked for together.
struct Planned {
  Xapian::Query query = {};
  std::vector<std::vector<WordPlace>> words = {};
};

/// Documents that have at least one of the words.
Planned any_word(std::vector<std::vector<WordPlace>> words);
/// Documents that match at least one of the queries.
Planned any_of(std::vector<Planned> queries);

}  // namespace metadata::search

#endif  // METADATA_LIB_SEARCH_WORD_SOURCE_H
