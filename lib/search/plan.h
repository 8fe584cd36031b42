#ifndef METADATA_LIB_SEARCH_PLAN_H
#define METADATA_LIB_SEARCH_PLAN_H

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <xapian.h>

#include "metadata/error.h"
#include "metadata/search.h"
#include "search/clause.h"
#include "search/word_source.h"
#include "store/reader.h"
#include "view/layout.h"

namespace metadata::search {

/// What planning a query may look at: the store for names, the index for containers that a word names and for spelling.
struct Planning {
  store::Reader& reader;
  const view::Layouts& layouts;
  const Xapian::Database& database;
  const SearchLimits& limits;
  std::vector<const model::EntityType*> types;  ///< the types that are searched
  const Principal& as;
  Xapian::Query visible = {};  ///< visible_to(), once it is known
  Interrupt interrupt = {};    ///< for walks over the index's terms; the reader has its own
  std::size_t words = 0;       ///< of the whole clause, for the ranking; plan() counts them
  double boost = 1;            ///< of the clauses that the one being planned lies in
};

/// The Xapian query of a clause. The clause is within the limits of depth and number already; whatever it expands to
/// is bounded here.
Result<Xapian::Query> plan(Planning& planning, const Clause& clause);

/// Documents with a whole value in a field (Clause::Value, Exists, Wildcard): names of owners, labels, containers are
/// looked up to ids in the store. A field that no searched type has matches nothing.
Result<Xapian::Query> plan_value(Planning& planning, std::string_view field, const std::vector<std::string>& values);
Result<Xapian::Query> plan_exists(Planning& planning, std::string_view field);
Result<Xapian::Query> plan_range(Planning& planning, std::string_view field, std::int64_t low, std::int64_t high);
Result<Xapian::Query> plan_wildcard(Planning& planning, std::string_view field, std::string_view pattern);

/// Words, phrases and prefixes (Clause::Words, Phrase, Prefix) in fields that words are looked for in, and a Wildcard
/// without a field; with the weights of the fields.
Result<Planned> plan_text(Planning& planning, const Clause& clause);
/// Whether words are looked for in the field, in any of the types that are searched.
bool is_text_field(const Planning& planning, std::string_view field);
/// Names that begin with the words of the text, the last one of which may be half written.
Result<Xapian::Query> plan_suggest(Planning& planning, std::string_view text);

/// A query text with its unknown words corrected, or empty when there is nothing to correct. Costs a walk over some
/// words of the index for each unknown word, and nothing else.
std::string suggestion(Planning& planning, std::string_view text);

/// Every document. Not Query::MatchAll: that is one object of the whole process, and how many use it is counted without
/// a thought of threads, so that two searches at once could free it.
Xapian::Query match_all();

/// What the principal may see at all; part of every query, so that totals and facets cannot tell of anything else.
Result<Xapian::Query> visible_to(Planning& planning);
/// Is that everything?
bool sees_all(const Planning& planning);

/// The types that index names cover. InvalidArgument names an unknown one.
Result<std::vector<const model::EntityType*>> types_of_indexes(const model::Registry& registry,
                                                               const std::vector<std::string>& names);

/// Query text → clause: words, "phrases", AND OR NOT + -, ( ), cust*, field:value. `default_fields` empty: the usual
/// ones.
Result<Clause> parse_text(std::string_view text, const SearchLimits& limits,
                          const std::vector<std::string>& default_fields = {}, bool all_words = false);
/// The guide's filters → clause.
Result<Clause> parse_filters(const std::vector<Filter>& filters, const SearchLimits& limits);
/// A query body {"query": {"bool": …}} → clause. InvalidArgument names the clause that is not known.
Result<Clause> parse_body(std::string_view json, const SearchLimits& limits);

}  // namespace metadata::search

#endif  // METADATA_LIB_SEARCH_PLAN_H
