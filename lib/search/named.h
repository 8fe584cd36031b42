#ifndef METADATA_LIB_SEARCH_NAMED_H
#define METADATA_LIB_SEARCH_NAMED_H

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <xapian.h>

#include "metadata/error.h"
#include "search/plan.h"
#include "store/rows.h"

namespace metadata::search {

/// Whole values that a field is compared with, without case: one of a list, or a pattern with * and ?.
struct Wanted {
  std::vector<std::string> values;  ///< folded by those who compare
  std::string pattern;              ///< when there are no values
  bool is_pattern() const { return values.empty(); }
};

/// How many entities a name or pattern may stand for; more is InvalidArgument.
inline constexpr std::size_t kMostNamed = 10'000;

/// Documents that hold one of the terms.
Xapian::Query any_of(const std::vector<std::string>& terms);
/// Documents of one of the types.
Xapian::Query of_types(const std::vector<const model::EntityType*>& types);

/// The ids of what the query matches, in the order of the index; InvalidArgument when there are more than kMostNamed.
Result<std::vector<EntityId>> ids_of(Planning& planning, const Xapian::Query& query, std::string_view what);

/// The terms of the index that begin with `prefix` and whose rest is wanted.
Result<std::vector<std::string>> wanted_terms(Planning& planning, const std::string& prefix, const Wanted& wanted);

/// Entities of the types whose `member` ("id", "name", "displayName", "fullyQualifiedName"; empty: any of these but the
/// display name) is wanted. Looked up in the index by name, then compared with what the store says now.
Result<std::vector<store::RefRow>> find_named(Planning& planning, const std::vector<const model::EntityType*>& types,
                                              std::string_view member, const Wanted& wanted);

/// Adds the glossary terms that bring one of the labels along: documents know the terms on them, not what those bring.
/// InvalidArgument: they are too many.
Error add_bringing_terms(Planning& planning, std::vector<store::RefRow>& labels);

/// Documents whose own fullyQualifiedName is wanted.
Result<Xapian::Query> plan_fqn(Planning& planning, const Wanted& wanted);

}  // namespace metadata::search

#endif  // METADATA_LIB_SEARCH_NAMED_H
