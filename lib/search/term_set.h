#ifndef METADATA_LIB_SEARCH_TERM_SET_H
#define METADATA_LIB_SEARCH_TERM_SET_H

#include <cstddef>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include <xapian.h>

namespace metadata::search {

/// The documents that have at least one of many terms, unscored.
///
/// Xapian joins an OP_OR to a tree of pairs, the rarest first. Of terms that a part of the database does not have all
/// are equally rare, and the tree becomes a chain: each step through 2,000 of them goes 1,000 levels deep. Not
/// thread-safe; Xapian copies it for each part of a database.
class TermSetSource final : public Xapian::PostingSource {
 public:
  explicit TermSetSource(std::shared_ptr<const std::vector<std::string>> terms) : terms_(std::move(terms)) {}

  TermSetSource* clone() const override { return new TermSetSource(terms_); }
  void init(const Xapian::Database& database) override;
  Xapian::doccount get_termfreq_min() const override { return least_; }
  Xapian::doccount get_termfreq_est() const override { return most_; }
  Xapian::doccount get_termfreq_max() const override { return most_; }
  void next(double min_weight) override;
  void skip_to(Xapian::docid document, double min_weight) override;
  bool at_end() const override { return begun_ && lists_.empty(); }
  Xapian::docid get_docid() const override { return lists_.front().document; }
  std::string get_description() const override;

 private:
  struct List {
    Xapian::PostingIterator at;
    Xapian::docid document = 0;  // of `at`
  };
  void settle_front();

  std::shared_ptr<const std::vector<std::string>> terms_;
  std::vector<List> lists_;  // a heap, the least document in front
  Xapian::doccount least_ = 0;
  Xapian::doccount most_ = 0;
  bool begun_ = false;
};

/// The documents whose name is one of these, as slot_of_text has it, unscored; or whose display name is, which is the
/// name where there is none. To be joined with few documents: by itself it goes through all. Not thread-safe.
class NameSetSource final : public Xapian::ValuePostingSource {
 public:
  using Names = std::unordered_set<std::string>;
  NameSetSource(std::shared_ptr<const Names> names, unsigned shown_slot);

  NameSetSource* clone() const override { return new NameSetSource(names_, slot_); }
  void init(const Xapian::Database& database) override;
  Xapian::doccount get_termfreq_min() const override { return 0; }
  void next(double min_weight) override;
  void skip_to(Xapian::docid document, double min_weight) override;
  bool check(Xapian::docid document, double min_weight) override;
  std::string get_description() const override { return "NameSet"; }

 private:
  bool is_wanted();

  std::shared_ptr<const Names> names_;
  unsigned slot_;
  Xapian::ValueIterator shown_;  // of the display names, not behind the document
};

}  // namespace metadata::search

#endif  // METADATA_LIB_SEARCH_TERM_SET_H
