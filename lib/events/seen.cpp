#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <utility>

#include "access/seeing.h"
#include "access/sight.h"
#include "events/filter.h"
#include "metadata/json.h"

namespace metadata::events {
namespace {

using access::Atom;
using access::Formula;
using access::Truth;

bool among(const std::vector<store::RefRow>& rows, const std::vector<EntityId>& ids) {
  return std::ranges::any_of(rows,
                             [&](const store::RefRow& row) { return std::ranges::find(ids, row.id) != ids.end(); });
}

/// Of an edge: what it says itself, unless a container may have lent it some.
Truth of_edge(const model::Field* field, const std::vector<EntityId>& own, const std::vector<store::RefRow>* others) {
  if (field == nullptr) return Truth::No;
  if (!own.empty()) return others == nullptr || among(*others, own) ? Truth::Yes : Truth::No;
  return field->relation.inherited ? Truth::Unknown : Truth::No;
}

/// What the removal of an entity tells of it.
Truth holds(const Atom& atom, const model::AccessShape& shape, const ChangeEvent& event) {
  switch (atom.kind) {
    case Atom::Kind::Owned:
      return shape.type->owns_itself ? Truth::Yes : of_edge(shape.owners, event.owners, nullptr);
    case Atom::Kind::OwnedBy:
      if (!shape.type->owns_itself) return of_edge(shape.owners, event.owners, &atom.others);
      return among(atom.others, {event.entity_id}) ? Truth::Yes : Truth::No;
    case Atom::Kind::Tagged:
      // The log does not say whether it was on the entity or on a part of it.
      return shape.tags != nullptr && among(atom.others, event.tags) ? Truth::Unknown : Truth::No;
    case Atom::Kind::InDomain:
      return of_edge(shape.domains, event.domains, nullptr);
    case Atom::Kind::InDomainOf:
      return of_edge(shape.domains, event.domains, &atom.others);
    case Atom::Kind::Certified:
    case Atom::Kind::ReviewedBy:
      return Truth::Unknown;
  }
  return Truth::Unknown;
}

bool surely(const Formula& formula, const model::AccessShape& shape, const ChangeEvent& event) {
  if (formula.is_constant()) return formula.constant();
  std::vector<Truth> stack;
  for (const auto& step : formula.steps()) {
    using Kind = Formula::Step::Kind;
    if (step.kind == Kind::Atom) {
      stack.push_back(holds(formula.atoms()[step.atom], shape, event));
    } else if (step.kind == Kind::Not) {
      stack.back() = !stack.back();
    } else {
      const Truth last = stack.back();
      stack.pop_back();
      stack.back() = step.kind == Kind::And ? both(stack.back(), last) : either(stack.back(), last);
    }
  }
  return stack.back() == Truth::Yes;
}

/// May it be told of an entity that is not there any more? One that went with what contained it left no facts.
bool tells_of_gone(const Principal& as, const model::AccessShape& shape, const ChangeEvent& event) {
  const access::Sight sight = access::sight_of(as, event.entity_type);
  if (sight.all != Truth::Unknown) return sight.all == Truth::Yes;
  return event.kind == ChangeEvent::Kind::Deleted && event.has_facts && surely(sight.formula, shape, event);
}

bool is_lineage(const ChangeEvent& event) {
  return event.kind == ChangeEvent::Kind::LineagePut || event.kind == ChangeEvent::Kind::LineageRemoved;
}

/// Does the event of an edge name both its ends still?
bool names_both_ends(const ChangeEvent& event) {
  const auto change = Json::parse(event.change);
  return change.ok() && change->contains("fromEntity") && change->contains("toEntity");
}

}  // namespace

Error Matcher::leave_seen(store::Reader& reader, const view::Layouts& layouts, std::vector<ChangeEvent>& events) const {
  const access::Seeing seeing(reader, as_, [&](std::string_view type) { return layouts.shape(type); });
  if (seeing.everything() || events.empty()) return {};
  std::set<EntityId> ids;
  for (const ChangeEvent& event : events) ids.insert(event.entity_id);
  MD_LET(rows, reader.refs_by_id(std::vector<EntityId>(ids.begin(), ids.end())));
  MD_LET(seen, seeing.of(rows));
  std::map<EntityId, bool> there;
  for (const store::RefRow& row : rows) there.emplace(row.id, seen.contains(row.rid));
  std::erase_if(events, [&](const ChangeEvent& event) {
    if (const auto known = there.find(event.entity_id); known != there.end()) return !known->second;
    const model::AccessShape* shape = layouts.shape(event.entity_type);
    return shape == nullptr || !tells_of_gone(as_, *shape, event);
  });

  std::vector<std::string> texts;
  for (ChangeEvent& event : events) texts.push_back(std::move(event.change));
  MD_OK(seeing.redact(texts));
  for (std::size_t i = 0; i < events.size(); ++i) events[i].change = std::move(texts[i]);
  std::erase_if(events, [](const ChangeEvent& event) { return is_lineage(event) && !names_both_ends(event); });
  return {};
}

}  // namespace metadata::events
