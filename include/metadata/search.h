#ifndef METADATA_SEARCH_H
#define METADATA_SEARCH_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "metadata/error.h"
#include "metadata/export.h"
#include "metadata/ids.h"
#include "metadata/options.h"

namespace metadata {

/// What to search for, and what of it to answer.
struct SearchQuery {
  Principal as = {};
  std::string text = {};  ///< words, "phrases", AND OR NOT, ( ), cust*, field:value (docs/search.md); empty or * is all
  std::vector<std::string> indexes = {};           ///< "table", "table_search_index", "dataAsset", "all"; empty: all
  std::vector<Filter> filters = {};                ///< "database" = "snowflake.sales_db"; all must hold
  std::string query_filter = {};                   ///< a query body (docs/search.md) that must hold, as JSON text
  std::string post_filter = {};                    ///< the same, but facets are counted without it
  std::optional<Include> include = Include::Live;  ///< of live and soft-deleted ones; nothing is All
  bool fuzzy = false;                              ///< words that nobody uses also match the nearest one that is used

  std::size_t from = 0, size = 10;
  std::string sort_field = {};  ///< empty or "_score": by score, then id
  bool descending = true;
  std::string search_after = {};  ///< the last hit's sort values, joined by commas

  bool source = true;
  std::vector<std::string> include_fields = {};  ///< of the source; empty: all
  std::vector<std::string> exclude_fields = {};
  bool highlight = false;
  std::vector<std::string> facets =
      {};  ///< "entityType", "service.name", "owners.name", "tags.tagFQN", "domains.name", "tier.tagFQN" …
  std::size_t facet_size = 10;  ///< values of a facet, the most frequent ones

  Seq at_least = 0;  ///< wait for this position; 0: the log's end when the search began
  Interrupt interrupt = {};
};

/// One value of a facet.
struct FacetCount {
  std::string value;
  std::int64_t count = 0;
};

struct Facet {
  std::string field;
  std::vector<FacetCount> counts;  ///< most frequent first, then by value
  bool exact = true;               ///< false: estimated from the first SearchLimits::exact_matches matches
};

struct SearchHit {
  std::string index;  ///< "table_search_index"
  std::string type;   ///< "table"
  EntityId id;
  double score = 0;    ///< 0 when the order is by a field
  std::string source;  ///< the search document as JSON text, references without href; empty when not asked for
  std::vector<std::string> sort;
  std::vector<std::pair<std::string, std::vector<std::string>>>
      highlights;  ///< field → fragments with <em> around words
};

struct SearchHits {
  std::vector<SearchHit> hits;
  std::int64_t total = 0;
  bool total_exact = true;  ///< false: at least so many
  double max_score = 0;
  std::vector<Facet> facets;
  std::string suggestion;  ///< the text with its unknown words corrected, or empty
  Seq seq = 0;             ///< the index held every change up to here
  bool complete = true;    ///< false: some change acknowledged before the search began may be missing
};

/// Which of some entities a query matches.
struct SearchMatches {
  std::vector<bool> matched;  ///< in the order of the entities
  Seq seq = 0;                ///< as SearchHits
  bool complete = true;       ///< as SearchHits
};

/// Where the index stands.
struct SearchStatus {
  Seq position = 0;  ///< it holds every change up to here
  Seq log_end = 0;   ///< the last change there is
  bool rebuilding = false;
  std::int64_t documents = 0;                ///< in the index that serves
  std::int64_t rebuilt = 0, to_rebuild = 0;  ///< documents, while rebuilding
  bool built = true;                         ///< false: this library has no search
  bool serving = false;                      ///< there is an index that searches are answered from
  std::string trouble = {};                  ///< why the last attempt to go on failed; empty: it did not
};

/// Where the index does not say what the store says.
struct SearchFinding {
  std::string rule;  ///< "index-missing", "index-outdated", "index-surplus", "index-double", "index-unavailable"
  std::string text;  ///< which entity
};

/// Full-text search over the entities of a catalog. Reached by Catalog::search(), owned by it. Safe for use from many
/// threads.
///
/// The index is derived from the store: it follows the change log, and is built anew when it is missing or damaged. A
/// search waits, within SearchLimits::wait, until it holds whatever was acknowledged before the search began.
///
/// Errors all calls share: InvalidArgument (a query that cannot be understood, or beyond a limit; the message says
/// where), Interrupted (the deadline passed), Unavailable (no index serves yet), Unimplemented (built without search).
class METADATA_API Search {
 public:
  Result<SearchHits> query(const SearchQuery& query) const;
  /// Entities whose field, as a whole and without case, matches the pattern (`*` any run, `?` one character):
  /// `fullyQualifiedName` = `*.public.orders`. Exact values are answered from the store, which is never behind.
  Result<SearchHits> field_query(const SearchQuery& query, std::string_view field, std::string_view pattern) const;
  /// The search document of one entity as JSON text. NotFound when the index's types do not have it.
  Result<std::string> document(const SearchQuery& query, EntityId id) const;
  /// Values of a field among what the query matches, those that contain `containing` (without case), most frequent
  /// first.
  Result<Facet> aggregate(const SearchQuery& query, std::string_view field, std::string_view containing) const;
  /// Which of these entities the query matches, whatever its order and page: one answer an entity, in their order. At
  /// most SearchLimits::exact_matches ids.
  Result<SearchMatches> matching(const SearchQuery& query, std::span<const EntityId> ids) const;
  /// Names that begin as the text does, best first.
  Result<SearchHits> suggest(const SearchQuery& query) const;

  SearchStatus status() const;
  /// Returns when the index holds the log's end, or Interrupted.
  Error catch_up(const Interrupt& interrupt = {});
  /// Builds the index anew beside the present one, and swaps; the old one serves meanwhile. Returns when that is done
  /// (wait) or has begun.
  Error rebuild(bool wait = true);
  /// Compares the index with the store, entity by entity: each has one document, made of its present revision. Reads
  /// everything. Changes that are made meanwhile are no findings. rebuild() mends whatever is found.
  Result<std::vector<SearchFinding>> check(const Interrupt& interrupt = {}) const;

  struct Parts;
  explicit Search(std::unique_ptr<Parts> parts);
  ~Search();
  Search(const Search&) = delete;
  Search& operator=(const Search&) = delete;

 private:
  std::unique_ptr<Parts> parts_;
};

}  // namespace metadata

#endif  // METADATA_SEARCH_H
