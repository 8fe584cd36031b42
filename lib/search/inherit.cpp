#include "search/inherit.h"

#include <set>

#include "search/named.h"
#include "search/terms.h"

namespace metadata::search {
namespace {

using Xapian::Query;

Query has_own(const model::Field& field) { return Query(terms::of_text(terms::kExists, field.name)); }

/// The types that contain others, whichever are searched.
std::vector<const model::EntityType*> containers(const Planning& planning) {
  std::vector<const model::EntityType*> types;
  for (const auto& type : planning.layouts.registry().types()) {
    if (!type->below.empty()) types.push_back(type.get());
  }
  return types;
}

std::vector<std::string> under(const std::vector<EntityId>& ids) {
  std::vector<std::string> terms;
  for (const EntityId& id : ids) terms.push_back(terms::of_id(terms::kUnder, id));
  return terms;
}

/// What lies under these containers and inherits from them: nothing of its own, and no nearer container with some.
Result<Query> lent_by(Planning& planning, const model::Field& field, const std::vector<EntityId>& lenders) {
  const Query with_own(Query::OP_FILTER, has_own(field), of_types(containers(planning)));
  const Query below(Query::OP_FILTER, with_own, any_of(under(lenders)));
  MD_LET(nearer, ids_of(planning, below, field.name));
  Query any;
  if (nearer.empty()) {
    any = any_of(under(lenders));
  } else {
    std::vector<Query> each;
    for (const EntityId& lender : lenders) {
      const Query here(terms::of_id(terms::kUnder, lender));
      MD_LET(between, ids_of(planning, Query(Query::OP_FILTER, with_own, here), field.name));
      each.push_back(between.empty() ? here : Query(Query::OP_AND_NOT, here, any_of(under(between))));
    }
    any = Query(Query::OP_OR, each.begin(), each.end());
  }
  return Query(Query::OP_AND_NOT, any, has_own(field));
}

}  // namespace

std::string related_term(const model::Field& field, const EntityId& other) {
  if (field.name == "owners") return terms::of_id(terms::kOwner, other);
  if (field.name == "domains") return terms::of_id(terms::kDomain, other);
  const std::string_view id(reinterpret_cast<const char*>(other.bytes.data()), other.bytes.size());
  return terms::of_field(terms::kRelated, field.name, id);
}

Result<Query> plan_related(Planning& planning, const model::Field& field, const std::vector<store::RefRow>& others) {
  std::vector<std::string> terms;
  for (const auto& other : others) terms.push_back(related_term(field, other.id));
  const Query own = any_of(terms);
  if (!field.relation.inherited || terms.empty()) return own;
  MD_LET(lenders, ids_of(planning, Query(Query::OP_FILTER, own, of_types(containers(planning))), field.name));
  if (lenders.empty()) return own;
  MD_LET(lent, lent_by(planning, field, lenders));
  return Query(Query::OP_OR, own, lent);
}

Result<Query> plan_any_related(Planning& planning, const model::Field& field) {
  if (!field.relation.inherited) return has_own(field);
  const Query lending(Query::OP_FILTER, has_own(field), of_types(containers(planning)));
  MD_LET(lenders, ids_of(planning, lending, field.name));
  return Query(Query::OP_OR, has_own(field), any_of(under(lenders)));
}

}  // namespace metadata::search
