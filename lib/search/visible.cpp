#include <map>
#include <utility>

#include "access/sight.h"
#include "search/inherit.h"
#include "search/named.h"
#include "search/plan.h"
#include "search/terms.h"

namespace metadata::search {
namespace {

using access::Atom;
using access::Formula;
using model::AccessShape;
using Xapian::Query;

const Query kNothing;

/// Documents of which something is surely so, and those of which it may be.
struct Bounds {
  Query surely;
  Query maybe;
};

Bounds exactly(const Query& query) { return {query, query}; }

Query joined(Query::op how, const Query& a, const Query& b) {
  const bool nothing = how == Query::OP_AND ? a.empty() || b.empty() : a.empty() && b.empty();
  if (nothing) return kNothing;
  if (a.empty()) return b;
  if (b.empty()) return a;
  return Query(how, a, b);
}

Query all_but(const Query& query) { return query.empty() ? match_all() : Query(Query::OP_AND_NOT, match_all(), query); }

/// The formula of some types that are alike, as a query.
class Visible {
 public:
  Visible(Planning& planning, const AccessShape& shape) : planning_(planning), shape_(shape) {}

  Result<Query> plan(const Formula& formula) {
    std::vector<Bounds> stack;
    for (const auto& step : formula.steps()) {
      using Kind = Formula::Step::Kind;
      if (step.kind == Kind::Atom) {
        MD_LET(bounds, of(formula.atoms()[step.atom]));
        stack.push_back(std::move(bounds));
      } else if (step.kind == Kind::Not) {
        stack.back() = {all_but(stack.back().maybe), all_but(stack.back().surely)};
      } else {
        const Bounds last = std::move(stack.back());
        stack.pop_back();
        const auto how = step.kind == Kind::And ? Query::OP_AND : Query::OP_OR;
        stack.back() = {joined(how, stack.back().surely, last.surely), joined(how, stack.back().maybe, last.maybe)};
      }
    }
    return stack.back().surely;
  }

 private:
  Result<Bounds> of(const Atom& atom) {
    switch (atom.kind) {
      case Atom::Kind::Owned:
        if (shape_.type->owns_itself) return exactly(match_all());
        return any_of_field(shape_.owners);
      case Atom::Kind::OwnedBy:
        if (shape_.type->owns_itself) return exactly(with_ids(terms::kId, atom.others));
        return one_of_field(shape_.owners, atom);
      case Atom::Kind::Tagged:
        return tagged(atom);
      case Atom::Kind::Certified:
        // The index does not have it; whoever may see only what is certified must read it by name.
        return Bounds{kNothing, shape_.certification == nullptr ? kNothing : match_all()};
      case Atom::Kind::InDomain:
        return any_of_field(shape_.domains);
      case Atom::Kind::InDomainOf:
        return one_of_field(shape_.domains, atom);
      case Atom::Kind::ReviewedBy:
        return one_of_field(shape_.reviewers, atom);
    }
    return Bounds{kNothing, match_all()};
  }

  Result<Bounds> tagged(const Atom& atom) {
    if (shape_.tags == nullptr) return exactly(kNothing);
    std::vector<store::RefRow> labels = atom.others;
    MD_OK(add_bringing_terms(planning_, labels));
    return exactly(with_ids(terms::kOwnTag, labels));
  }

  static Query with_ids(char kind, const std::vector<store::RefRow>& others) {
    std::vector<std::string> terms;
    for (const auto& other : others) terms.push_back(terms::of_id(kind, other.id));
    return any_of(terms);
  }

  Result<Bounds> any_of_field(const model::Field* field) {
    if (field == nullptr) return exactly(kNothing);
    MD_LET(query, plan_any_related(planning_, *field));
    return exactly(query);
  }

  Result<Bounds> one_of_field(const model::Field* field, const Atom& atom) {
    if (field == nullptr || atom.others.empty()) return exactly(kNothing);
    MD_LET(query, plan_related(planning_, *field, atom.others));
    return exactly(query);
  }

  Planning& planning_;
  const AccessShape& shape_;
};

/// What formulas of two types have in common when one query does for both: the same steps over the same atoms, and
/// entities that can have the same things.
std::string likeness(const Formula& formula, const AccessShape& shape) {
  std::string text;
  for (const auto* field : {shape.owners, shape.domains, shape.reviewers, shape.tags, shape.certification}) {
    text += field == nullptr ? "-" : field->name + (field->relation.inherited ? "+" : ".");
  }
  text += shape.type->owns_itself ? '1' : '0';
  for (const auto& step : formula.steps()) {
    text += static_cast<char>('a' + static_cast<int>(step.kind));
    if (step.kind != Formula::Step::Kind::Atom) continue;
    const Atom& atom = formula.atoms()[step.atom];
    text += static_cast<char>('A' + static_cast<int>(atom.kind));
    for (const auto& other : atom.others) text += std::to_string(other.rid) + ",";
    for (const auto& said : atom.texts) text += std::to_string(said.size()) + ":" + said;
  }
  return text;
}

}  // namespace

bool sees_all(const Planning& planning) { return planning.visible.get_type() == Query::LEAF_MATCH_ALL; }

Result<Query> visible_to(Planning& planning) {
  if (access::sees_everything(planning.as)) return match_all();
  struct Group {
    const model::EntityType* first = nullptr;
    Formula formula;
    std::vector<const model::EntityType*> types;
  };
  std::vector<const model::EntityType*> whole;
  std::map<std::string, Group> groups;
  for (const auto* type : planning.types) {
    access::Sight sight = access::sight_of(planning.as, type->name);
    if (sight.all == access::Truth::Yes) whole.push_back(type);
    if (sight.all != access::Truth::Unknown) continue;
    Group& group = groups[likeness(sight.formula, planning.layouts.of(*type).shape)];
    if (group.first == nullptr) group = {type, std::move(sight.formula), {}};
    group.types.push_back(type);
  }
  Query visible = whole.empty() ? kNothing : of_types(whole);
  for (const auto& [likeness, group] : groups) {
    MD_LET(part, Visible(planning, planning.layouts.of(*group.first).shape).plan(group.formula));
    visible =
        joined(Query::OP_OR, visible, part.empty() ? kNothing : Query(Query::OP_FILTER, part, of_types(group.types)));
  }
  return visible;
}

}  // namespace metadata::search
