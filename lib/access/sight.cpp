#include "access/sight.h"

#include <algorithm>
#include <utility>

namespace metadata::access {
namespace {

using store::RowFact;
using Step = store::RowCondition::Step;

std::vector<store::Rid> rids_of(const Atom& atom) {
  std::vector<store::Rid> rids;
  for (const auto& row : atom.others) rids.push_back(row.rid);
  return rids;
}

RowFact edge(const model::Field& field, const model::AccessShape& shape, std::vector<store::Rid> others) {
  RowFact fact{RowFact::Kind::Edge, field.relation.kind, field.relation.outgoing, {}, std::move(others), {}};
  if (!field.relation.inherited) return fact;
  for (const auto& holder : shape.holders) fact.holders.push_back({holder.type, holder.depth});
  return fact;
}

std::string certification_path(const model::AccessShape& shape) {
  return "$." + shape.certification->name + ".tagLabel.tagFQN";
}

/// Writes atoms as facts of a row, or as constants where entities of the type cannot have such a thing.
class Maker {
 public:
  explicit Maker(const model::AccessShape& shape) : shape_(shape) {}

  void add(const Atom& atom) {
    switch (atom.kind) {
      case Atom::Kind::Owned:
        if (shape_.type->owns_itself) return constant(true);
        return edge_or_nothing(shape_.owners, {});
      case Atom::Kind::OwnedBy:
        if (shape_.type->owns_itself) return fact({RowFact::Kind::Self, {}, false, {}, rids_of(atom), {}});
        return edge_or_nothing(shape_.owners, rids_of(atom));
      case Atom::Kind::Tagged:
        if (shape_.tags == nullptr) return constant(false);
        return fact({RowFact::Kind::Label, {}, false, {}, rids_of(atom), {}});
      case Atom::Kind::Certified:
        if (shape_.certification == nullptr) return constant(false);
        return fact({RowFact::Kind::Member, certification_path(shape_), false, {}, {}, atom.texts});
      case Atom::Kind::InDomain:
        return edge_or_nothing(shape_.domains, {});
      case Atom::Kind::InDomainOf:
        return edge_or_nothing(shape_.domains, rids_of(atom));
      case Atom::Kind::ReviewedBy:
        return edge_or_nothing(shape_.reviewers, rids_of(atom));
    }
  }

  void add(Formula::Step::Kind kind) {
    made_.steps.push_back({kind == Formula::Step::Kind::Not   ? Step::Kind::Not
                           : kind == Formula::Step::Kind::And ? Step::Kind::And
                                                              : Step::Kind::Or});
  }

  void constant(bool value) { made_.steps.push_back({Step::Kind::Constant, 0, value}); }

  store::RowCondition made() { return std::move(made_); }

 private:
  void fact(RowFact fact) {
    made_.steps.push_back({Step::Kind::Fact, made_.facts.size(), false});
    made_.facts.push_back(std::move(fact));
  }

  void edge_or_nothing(const model::Field* field, std::vector<store::Rid> others) {
    if (field == nullptr) return constant(false);
    fact(edge(*field, shape_, std::move(others)));
  }

  const model::AccessShape& shape_;
  store::RowCondition made_;
};

}  // namespace

std::shared_ptr<const store::RowCondition> row_condition(const Formula& formula, const model::AccessShape& shape) {
  Maker maker(shape);
  if (formula.is_constant()) maker.constant(formula.constant());
  for (const auto& step : formula.steps()) {
    if (step.kind == Formula::Step::Kind::Atom) {
      maker.add(formula.atoms()[step.atom]);
    } else {
      maker.add(step.kind);
    }
  }
  return std::make_shared<const store::RowCondition>(maker.made());
}

Sight sight_of(const Principal& principal, std::string_view entity_type, std::string_view operation) {
  Sight sight;
  sight.all = verdict(principal, operation, entity_type);
  if (sight.all == Truth::Unknown) sight.formula = where(principal, operation, entity_type);
  return sight;
}

Result<std::vector<store::Rid>> seen(store::Reader& reader, const Principal& principal, const model::AccessShape& shape,
                                     std::span<const store::Rid> rows) {
  const Sight sight = sight_of(principal, shape.type->name);
  if (sight.all == Truth::Yes) return std::vector<store::Rid>(rows.begin(), rows.end());
  if (sight.all == Truth::No || rows.empty()) return std::vector<store::Rid>();
  return reader.among(rows, shape.type->name, *row_condition(sight.formula, shape));
}

Result<bool> StoredResource::holds(const Atom& atom) const {
  if (atom.kind == Atom::Kind::Tagged) return has_label(atom);
  if (atom.kind == Atom::Kind::Certified) return has_certification(atom);
  const auto known = std::ranges::find_if(answers_, [&](const auto& one) { return one.first == atom; });
  if (known != answers_.end()) return known->second;
  const std::span<const store::Rid> self(&rid_, 1);
  MD_LET(found, reader_.among(self, shape_.type->name, *row_condition(Formula::of(atom), shape_)));
  answers_.emplace_back(atom, !found.empty());
  return !found.empty();
}

Result<bool> StoredResource::has_label(const Atom& atom) const {
  if (shape_.tags == nullptr) return false;
  if (!labels_) {
    MD_LET(labels, reader_.labels_on(rid_));
    labels_ = std::move(labels);
  }
  return std::ranges::any_of(atom.others,
                             [&](const store::RefRow& tag) { return std::ranges::binary_search(*labels_, tag.rid); });
}

Result<bool> StoredResource::has_certification(const Atom& atom) const {
  if (shape_.certification == nullptr) return false;
  if (!certification_) {
    MD_LET(text, reader_.text_at(rid_, certification_path(shape_)));
    certification_ = text.value_or(std::string());
  }
  return std::ranges::binary_search(atom.texts, *certification_);
}

bool sees_everything(const Principal& principal) {
  if (principal.kind == Principal::Kind::Embedded || principal.kind == Principal::Kind::Admin) return true;
  return principal.rules != nullptr && principal.rules->sees_everything();
}

Error check_outright(const Principal& principal, const std::vector<std::string>& operations,
                     std::string_view entity_type) {
  if (verdict(principal, kSee, entity_type) == Truth::No) return check(principal, {std::string(kSee)}, entity_type);
  for (const std::string& operation : operations) {
    if (verdict(principal, operation, entity_type) == Truth::No) return check(principal, {operation}, entity_type);
  }
  return {};
}

Error check_entity(store::Reader& reader, const Principal& principal, const std::vector<std::string>& operations,
                   const model::AccessShape& shape, store::Rid rid, const Error& absent) {
  const StoredResource resource(reader, shape, rid);
  const std::string& type = shape.type->name;
  if (const Error hidden = check(principal, {std::string(kSee)}, type, &resource); !hidden.ok())
    return hidden.code() == Code::PermissionDenied ? absent : hidden;
  return check(principal, operations, type, &resource);
}

}  // namespace metadata::access
