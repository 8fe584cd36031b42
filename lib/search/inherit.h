#ifndef METADATA_LIB_SEARCH_INHERIT_H
#define METADATA_LIB_SEARCH_INHERIT_H

#include <string>
#include <string_view>
#include <vector>

#include <xapian.h>

#include "metadata/error.h"
#include "search/plan.h"
#include "store/rows.h"

namespace metadata::search {

// Relation fields whose edges the index holds. An entity without own ones shows those of the nearest container that has
// some (owners, domains); the index knows own ones only.

/// The term of one edge.
std::string related_term(const model::Field& field, const EntityId& other);

/// Documents that show one of the others in the field.
Result<Xapian::Query> plan_related(Planning& planning, const model::Field& field,
                                   const std::vector<store::RefRow>& others);
/// Documents that show anything in the field.
Result<Xapian::Query> plan_any_related(Planning& planning, const model::Field& field);

}  // namespace metadata::search

#endif  // METADATA_LIB_SEARCH_INHERIT_H
