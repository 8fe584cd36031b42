#ifndef METADATA_LIB_SEARCH_BEST_OF_H
#define METADATA_LIB_SEARCH_BEST_OF_H

#include <cstddef>
#include <string>
#include <vector>

#include <xapian.h>

namespace metadata::search {

/// The documents that have at least one of some terms, each with the greatest of the weights that its terms give.
///
/// A word stands in several places of a document and counts once, for the best place. (Xapian's own OP_MAX means the
/// same, but version 1.4.22 reads freed memory in it.) What cannot reach the page any more is not looked at: since the
/// greatest counts, a term whose weight is too small can simply be left out. Never below an OP_SCALE_WEIGHT above 1:
/// Xapian does not tell a source that what is needed was scaled, so a boost belongs into the factors. Not thread-safe;
/// Xapian copies it for each part of a database.
class BestOf final : public Xapian::PostingSource {
 public:
  struct Part {
    std::string term;
    double factor = 1;  ///< of the weight
    double rare = 0;    ///< 0 common … 1 rare, in the whole database
    double share = 0;   ///< of the documents that have it
  };

  explicit BestOf(std::vector<Part> parts) : parts_(std::move(parts)) {}

  BestOf* clone() const override { return new BestOf(parts_); }
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
    double factor = 1, rare = 0, most = 0;
    Xapian::docid document = 0;
  };

  void push(std::size_t list);
  void leave_out(double min_weight);
  void step(double min_weight);
  void gather();

  std::vector<Part> parts_;
  std::vector<List> lists_;
  std::vector<std::size_t> heap_;  // of lists by their documents, the first one on top
  std::vector<std::size_t> here_;  // lists that stand at the document
  Xapian::docid document_ = 0;
  double needed_ = 0;
  bool begun_ = false;
  Xapian::doccount likely_ = 0, most_ = 0;
};

/// Terms, any of which a document may have, and what each is worth.
class Places {
 public:
  explicit Places(const Xapian::Database& database) : database_(database) {}

  /// False, and nothing is added, when no document has the term.
  bool add(const std::string& term, double factor);
  /// The same for a term that so many documents are known to have.
  void add_known(const std::string& term, double factor, Xapian::doccount documents);
  bool empty() const { return parts_.empty(); }
  /// Documents with one of the terms; their weight is that of the best one times `share`.
  Xapian::Query query(double share = 1) const;

 private:
  const Xapian::Database& database_;
  std::vector<BestOf::Part> parts_;
};

}  // namespace metadata::search

#endif  // METADATA_LIB_SEARCH_BEST_OF_H
