#ifndef METADATA_LIB_SEARCH_FACETS_H
#define METADATA_LIB_SEARCH_FACETS_H

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include <xapian.h>

#include "metadata/error.h"
#include "metadata/search.h"
#include "search/facet_record.h"
#include "search/plan.h"

namespace metadata::search {

struct IdHash {
  std::size_t operator()(const EntityId& id) const {
    std::size_t hash = 0;
    for (std::size_t i = 0; i < sizeof hash; ++i) hash = hash << 8 | id.bytes[i];
    return hash;
  }
};

/// How often something stands in the facet records of the matches.
using IdCounts = std::unordered_map<EntityId, std::int64_t, IdHash>;

/// What of a facet record a facet counts.
struct FacetField {
  enum class Kind { Type, Related, Label, Tier, Classification, Glossary, Container, Computed, Value };
  Kind kind = Kind::Type;
  std::string asked;                    ///< as the caller wrote it
  std::string name;                     ///< the field: "owners"
  std::string member;                   ///< of the reference it shows: "name"
  const model::Field* field = nullptr;  ///< Related, Container, Computed: as some searched type has it
};

/// InvalidArgument: a field that cannot be counted.
Result<FacetField> facet_field(const Planning& planning, std::string_view asked);

/// Counts the first matches of a query, up to a limit, from their facet records.
class FacetSpy : public Xapian::MatchSpy {
 public:
  FacetSpy(const Planning& planning, const std::vector<FacetField>& fields, std::size_t most);

  void operator()(const Xapian::Document& document, double weight) override;
  std::int64_t counted() const { return counted_; }

  /// The facets, with their labels. `total` is how many the query matches; when only some of them were counted, the
  /// counts are scaled and the facets say so.
  Result<std::vector<Facet>> facets(Planning& planning, std::size_t size, std::int64_t total) const;

 private:
  struct Related {
    IdCounts own;
    IdCounts lent;  ///< by the direct container of those without own ones
  };
  Result<std::map<std::string, std::int64_t>> count(Planning& planning, const FacetField& field) const;

  const std::vector<FacetField>& fields_;
  std::size_t most_;
  std::int64_t counted_ = 0;
  FacetRecord record_;
  bool wants_tags_ = false, wants_containers_ = false;
  std::set<std::string> value_names_;
  struct OfType {
    std::int64_t count = 0;
    bool has_owners = false, has_domains = false;
  };
  std::map<std::string, OfType, std::less<>> types_;
  std::map<std::string, OfType, std::less<>>::iterator type_ =
      types_.end();  ///< of the last match; most are of its type
  Related owners_, domains_;
  IdCounts tags_, parents_;
  std::map<std::pair<std::string, std::string>, std::int64_t> values_;
};

/// Every so-manieth document, whatever it is: what a query matches among them stands for what it matches in all.
class EveryNth : public Xapian::PostingSource {
 public:
  explicit EveryNth(Xapian::docid step) : step_(step) {}

  void init(const Xapian::Database& database) override;
  Xapian::doccount get_termfreq_min() const override { return 0; }
  Xapian::doccount get_termfreq_est() const override { return last_ / step_; }
  Xapian::doccount get_termfreq_max() const override { return last_ / step_ + 1; }
  void next(double least) override;
  void skip_to(Xapian::docid id, double least) override;
  bool at_end() const override { return at_ > last_; }
  Xapian::docid get_docid() const override { return at_; }
  EveryNth* clone() const override { return new EveryNth(step_); }

 private:
  const Xapian::docid step_;
  Xapian::docid at_ = 0, last_ = 0;
};

}  // namespace metadata::search

#endif  // METADATA_LIB_SEARCH_FACETS_H
