// What is asked of whole values: from the name of a field, by way of the descriptions of the searched types, to terms.
#include <algorithm>
#include <map>
#include <memory>

#include "model/fqn.h"
#include "search/analyzer.h"
#include "search/fields.h"
#include "search/inherit.h"
#include "search/named.h"
#include "search/plan.h"
#include "search/slots.h"
#include "search/source.h"
#include "search/term_set.h"
#include "search/terms.h"

namespace metadata::search {
namespace {

using model::EntityType;
using model::Place;
using Xapian::Query;
using Types = std::vector<const EntityType*>;

// What labels may name.
constexpr std::string_view kTagType = "tag";
constexpr std::string_view kTermType = "glossaryTerm";

const Query kNothing;

bool is_name_member(std::string_view member) {
  return member.empty() || member == "id" || member == "name" || member == "displayName" ||
         member == "fullyQualifiedName";
}

Types named_types(const Planning& planning, const std::vector<std::string>& names) {
  Types types;
  for (const std::string& name : names) {
    if (const EntityType* type = planning.layouts.registry().type(name)) types.push_back(type);
  }
  return types;
}

Types all_types(const Planning& planning) {
  Types types;
  for (const auto& type : planning.layouts.registry().types()) types.push_back(type.get());
  return types;
}

Error not_indexed(std::string_view field) {
  return invalid_argument("the field \"" + std::string(field.substr(0, 100)) + "\" cannot be searched by its value",
                          std::string(field.substr(0, 100)));
}

std::vector<std::string> id_terms(char kind, const std::vector<store::RefRow>& refs) {
  std::vector<std::string> terms;
  for (const auto& ref : refs) terms.push_back(terms::of_id(kind, ref.id));
  return terms;
}

/// The labels that are meant: by FQN, or when the field says so by name.
Result<std::vector<store::RefRow>> find_labels(Planning& planning, std::string_view member, const Wanted& wanted,
                                               const std::vector<std::string>& types) {
  const std::string_view by = member.empty() || member == "tagFQN" ? std::string_view("fullyQualifiedName") : member;
  return find_named(planning, named_types(planning, types), by, wanted);
}

/// Documents with one of the labels, or with a glossary term that brings one along.
Result<Query> plan_labels(Planning& planning, char kind, std::vector<store::RefRow> labels) {
  MD_OK(add_bringing_terms(planning, labels));
  return any_of(id_terms(kind, labels));
}

/// name and displayName share their terms; their slots, which cut what is longer, tell which of them it is.
Result<Query> plan_name(Planning& planning, unsigned slot, const Wanted& wanted) {
  MD_LET(terms, wanted_terms(planning, std::string(1, terms::kExactName), wanted));
  if (terms.empty()) return kNothing;
  NameSetSource::Names names;
  for (const std::string& term : terms) names.insert(slot_of_text(std::string_view(term).substr(1)));
  auto shared = std::make_shared<const NameSetSource::Names>(std::move(names));
  return Query(Query::OP_FILTER, any_of(terms), Query((new NameSetSource(std::move(shared), slot))->release()));
}

Result<Query> plan_keyword(Planning& planning, std::string_view field, const Wanted& wanted) {
  MD_LET(terms, wanted_terms(planning, std::string(1, terms::kKeyword).append(field).append("\x1f"), wanted));
  return any_of(terms);
}

bool is_boolean(const Planning& planning, std::string_view field) {
  const auto& types = planning.layouts.registry().types();
  return std::any_of(types.begin(), types.end(), [&](const auto& type) {
    const model::Field* found = type->find(field);
    return found != nullptr && found->type.shape == model::Shape::Boolean;
  });
}

/// A truth value that is absent counts as false, also where a type does not have it: so clients ask for people.
Query plan_boolean(std::string_view field, const Wanted& wanted) {
  const Query yes(terms::of_field(terms::kKeyword, field, "true"));
  const auto wants = [&](std::string_view word) {
    if (wanted.is_pattern()) return matches_pattern(word, fold(wanted.pattern));
    return std::any_of(wanted.values.begin(), wanted.values.end(), [&](const auto& v) { return fold(v) == word; });
  };
  if (wants("true") && wants("false")) return match_all();
  if (wants("true")) return yes;
  return wants("false") ? Query(Query::OP_AND_NOT, match_all(), yes) : kNothing;
}

Query plan_type(const Planning& planning, const Wanted& wanted) {
  std::vector<std::string> terms;
  for (const EntityType* type : planning.types) {
    const std::string name = fold(type->name);
    const bool found = wanted.is_pattern() ? matches_pattern(name, fold(wanted.pattern))
                                           : std::any_of(wanted.values.begin(), wanted.values.end(),
                                                         [&](const std::string& value) { return fold(value) == name; });
    if (found) terms.push_back(terms::of_text(terms::kType, type->name));
  }
  return any_of(terms);
}

Query plan_deleted(const Wanted& wanted) {
  Query any;
  for (const std::string& value : wanted.values) {
    if (fold(value) == "true") any |= Query(terms::of_text(terms::kState, "1"));
    if (fold(value) == "false") any |= Query(terms::of_text(terms::kState, "0"));
  }
  return any;
}

Query plan_ids(const Wanted& wanted) {
  std::vector<std::string> terms;
  for (const std::string& value : wanted.values) {
    if (const auto id = EntityId::parse(value)) terms.push_back(terms::of_id(terms::kId, *id));
  }
  return any_of(terms);
}

/// COMPLETE or INCOMPLETE: whether there is a description.
Query plan_description_status(const Wanted& wanted) {
  const Query described(terms::of_text(terms::kExists, "description"));
  Query any;
  for (const std::string& value : wanted.values) {
    if (fold(value) == "complete") any |= described;
    if (fold(value) == "incomplete") any |= Query(Query::OP_AND_NOT, match_all(), described);
  }
  return any;
}

/// Entities that the edges behind a field join with others, when the index does not hold these edges.
Result<Query> plan_edges(Planning& planning, const model::Field& field, const std::vector<store::RefRow>& others) {
  std::vector<store::Rid> rids;
  for (const auto& other : others) rids.push_back(other.rid);
  const auto direction = field.relation.outgoing ? store::Direction::To : store::Direction::From;
  const std::vector<std::string> kinds = {field.relation.kind};
  MD_LET(rows, planning.reader.relations(rids, direction, kinds));
  if (rows.size() > kMostNamed) return not_indexed(field.name);
  std::vector<std::string> terms;
  for (const auto& row : rows) terms.push_back(terms::of_id(terms::kId, row.other.id));
  return any_of(terms);
}

/// One field of one type; types that mean the same by it share the answer.
class FieldPlan {
 public:
  FieldPlan(Planning& planning, std::string_view field, const Wanted& wanted)
      : planning_(planning), field_(field), wanted_(wanted) {}

  Result<Query> run() {
    std::map<std::string, std::pair<const EntityType*, Types>> meanings;
    for (const EntityType* type : planning_.types) {
      const model::Field* field = type->find(head_of(field_));
      if (field == nullptr) continue;
      auto& meaning = meanings[meaning_of(*type, *field)];
      if (meaning.first == nullptr) meaning.first = type;
      meaning.second.push_back(type);
    }
    Query any;
    bool answered = meanings.empty();
    for (const auto& [name, meaning] : meanings) {
      if (name.empty()) continue;
      answered = true;
      MD_LET(query, of_type(*meaning.first, *meaning.first->find(head_of(field_))));
      any |= Query(Query::OP_FILTER, query, of_types(meaning.second));
    }
    if (!answered) return not_indexed(field_);
    return any;
  }

 private:
  std::string meaning_of(const EntityType& type, const model::Field& field) const {
    const std::string_view rest = rest_of(field_);
    std::string types;
    switch (field.place) {
      case Place::Container:
      case Place::Ancestor:
        if (!is_name_member(rest)) return {};
        for (const auto& name : field.types) types += "," + name;
        return "container" + types;
      case Place::Relation:
        if (!is_name_member(rest)) return {};
        return (type.search.is_related(field.name) ? "relation," : "edges,") + field.relation.kind +
               (field.relation.outgoing ? ">" : "<");
      case Place::Document:
        if (is_item_name(type)) return "item";
        if (type.search.keyword(field_) != nullptr || is_custom_property(type)) return "keyword";
        return type.search.text(field_) != nullptr ? "text" : "";
      case Place::Computed:
        return computed_container(type, field) != nullptr ? "computed," + field.from : "";
      case Place::Row:
      case Place::Tags:
      case Place::Children:
      case Place::Write:
        return {};
    }
    return {};
  }

  bool is_item_name(const EntityType& type) const {
    const model::SearchText* text = type.search.text(field_);
    return text != nullptr && text->kind == model::SearchClass::Item && text->path.members.back() == "name";
  }

  bool is_custom_property(const EntityType& type) const {
    return type.search.custom_properties && head_of(field_) == "extension" && !rest_of(field_).empty();
  }

  static const model::Field* computed_container(const EntityType& type, const model::Field& field) {
    const model::Field* container = type.find(head_of(field.from));
    const bool is_one = container != nullptr && !rest_of(field.from).empty() &&
                        (container->place == Place::Container || container->place == Place::Ancestor);
    return is_one ? container : nullptr;
  }

  Result<Query> of_type(const EntityType& type, const model::Field& field) {
    switch (field.place) {
      case Place::Container:
      case Place::Ancestor: {
        MD_LET(refs, find_containers(field));
        return any_of(id_terms(terms::kUnder, refs));
      }
      case Place::Relation: {
        const Types others =
            field.relation.types.empty() ? all_types(planning_) : named_types(planning_, field.relation.types);
        MD_LET(refs, find_named(planning_, others, rest_of(field_), wanted_));
        if (!type.search.is_related(field.name)) return plan_edges(planning_, field, refs);
        return plan_related(planning_, field, refs);
      }
      case Place::Computed: {
        const model::Field& container = *computed_container(type, field);
        MD_LET(own, plan_keyword(planning_, rest_of(field.from), wanted_));
        const Query holders(Query::OP_FILTER, own, of_types(named_types(planning_, container.types)));
        MD_LET(ids, ids_of(planning_, holders, field_));
        std::vector<std::string> under;
        for (const EntityId& id : ids) under.push_back(terms::of_id(terms::kUnder, id));
        return any_of(under);
      }
      case Place::Document:
        return of_document(type);
      case Place::Row:
      case Place::Tags:
      case Place::Children:
      case Place::Write:
        break;
    }
    return not_indexed(field_);
  }

  Result<Query> of_document(const EntityType& type) {
    if (is_item_name(type)) {
      MD_LET(terms, wanted_terms(planning_, std::string(1, terms::kExactItem), wanted_));
      return any_of(terms);
    }
    if (type.search.keyword(field_) != nullptr || is_custom_property(type))
      return plan_keyword(planning_, field_, wanted_);
    // A text has no whole value in the index: its words, then.
    if (wanted_.is_pattern()) return not_indexed(field_);
    Query any;
    for (const std::string& value : wanted_.values) {
      Clause clause;
      clause.kind = Clause::Kind::Words;
      clause.fields.emplace_back(field_);
      clause.text = value;
      clause.all_words = true;
      MD_LET(planned, plan_text(planning_, clause));
      any |= planned.query;
    }
    return any;
  }

  Result<std::vector<store::RefRow>> find_containers(const model::Field& field) {
    const Types types = named_types(planning_, field.types);
    if (!rest_of(field_).empty()) return find_named(planning_, types, rest_of(field_), wanted_);
    // Without a member: the whole FQN, as the guide has it, or else a name.
    MD_LET(refs, find_named(planning_, types, "fullyQualifiedName", wanted_));
    if (!refs.empty()) return refs;
    return find_named(planning_, types, "", wanted_);
  }

  Planning& planning_;
  std::string_view field_;
  const Wanted& wanted_;
};

Result<Query> plan_wanted(Planning& planning, std::string_view written, const Wanted& wanted) {
  const std::string field = canonical_field(written);
  const std::string_view head = head_of(field);
  const std::string_view rest = rest_of(field);
  if (field == "id" || field == "_id") return plan_ids(wanted);
  if (field == "entityType") return plan_type(planning, wanted);
  if (field == "deleted") return plan_deleted(wanted);
  if (field == "name") return plan_name(planning, terms::kSlotName, wanted);
  if (field == "displayName") return plan_name(planning, terms::kSlotDisplayName, wanted);
  if (field == "fullyQualifiedName") return plan_fqn(planning, wanted);
  if (field == "descriptionStatus") return plan_description_status(wanted);
  const std::vector<std::string> both = {std::string(kTagType), std::string(kTermType)};
  if (head == "tags" && (rest.empty() || rest == "tagFQN" || rest == "name" || rest == "displayName")) {
    MD_LET(labels, find_labels(planning, rest, wanted, both));
    return plan_labels(planning, terms::kTag, std::move(labels));
  }
  if (field == "classificationTags" || field == "glossaryTags") {
    MD_LET(labels, find_labels(planning, "", wanted, {both[field == "classificationTags" ? 0 : 1]}));
    return plan_labels(planning, terms::kTag, std::move(labels));
  }
  if (head == "tier" && (rest.empty() || rest == "tagFQN" || rest == "name")) {
    MD_LET(labels, find_labels(planning, rest, wanted, {both[0]}));
    std::erase_if(labels, [](const auto& label) { return model::parent_key(label.fqn_key) != kTier; });
    return plan_labels(planning, terms::kOwnTag, std::move(labels));
  }
  if (is_boolean(planning, field)) return plan_boolean(field, wanted);
  return FieldPlan(planning, field, wanted).run();
}

/// How the index tells that there is a value.
enum class Presence : std::uint8_t { Always, Term, Inherited, Untold };

Presence presence_of(const EntityType& type, const model::Field& field) {
  if (field.place == Place::Row || field.place == Place::Container || field.place == Place::Ancestor)
    return Presence::Always;
  if (!type.search.has_exists(field.name)) return Presence::Untold;
  return field.place == Place::Relation && field.relation.inherited ? Presence::Inherited : Presence::Term;
}

Result<Query> plan_presence(Planning& planning, Presence presence, const model::Field& field) {
  switch (presence) {
    case Presence::Always:
      return match_all();
    case Presence::Term:
      return Query(terms::of_text(terms::kExists, field.name));
    case Presence::Inherited:
      return plan_any_related(planning, field);
    case Presence::Untold:
      break;
  }
  return not_indexed(field.name);
}

}  // namespace

Result<Query> plan_value(Planning& planning, std::string_view field, const std::vector<std::string>& values) {
  if (values.empty()) return kNothing;
  return plan_wanted(planning, field, {values, {}});
}

Result<Query> plan_wildcard(Planning& planning, std::string_view field, std::string_view pattern) {
  if (!has_wildcard(pattern)) return plan_wanted(planning, field, {{literal_prefix(pattern)}, {}});
  // Whatever has a value at all: one term, where naming all values could take thousands.
  if (pattern.find_first_not_of('*') == std::string_view::npos) {
    auto any = plan_exists(planning, field);
    if (any.ok() || any.error().code() != Code::InvalidArgument) return any;
  }
  return plan_wanted(planning, field, {{}, std::string(pattern)});
}

Result<Query> plan_exists(Planning& planning, std::string_view written) {
  const std::string field = canonical_field(written);
  const std::string_view head = head_of(field);
  if (field == "entityType" || field == "displayName" || field == "_id" || field == "descriptionStatus")
    return match_all();
  if (head == "tier") {
    MD_LET(labels, find_labels(planning, "", {{}, std::string(kTier) + ".*"}, {std::string(kTagType)}));
    return plan_labels(planning, terms::kOwnTag, std::move(labels));
  }
  if (head == "extension" && !rest_of(field).empty()) return Query(terms::of_text(terms::kExists, field));
  // Types of which it is told alike share the answer: who lends to others what they have may be thousands.
  std::map<Presence, Types> groups;
  for (const EntityType* type : planning.types) {
    if (const model::Field* found = type->find(head)) groups[presence_of(*type, *found)].push_back(type);
  }
  if (groups.size() > 1) groups.erase(Presence::Untold);
  Query any;
  for (const auto& [presence, types] : groups) {
    MD_LET(query, plan_presence(planning, presence, *types.front()->find(head)));
    any |= Query(Query::OP_FILTER, query, of_types(types));
  }
  return any;
}

Result<Query> plan_range(Planning&, std::string_view field, std::int64_t low, std::int64_t high) {
  if (canonical_field(field) != "updatedAt") return not_indexed(field);
  low = std::max<std::int64_t>(low, 0);
  if (high < low) return kNothing;
  return Query(Query::OP_VALUE_RANGE, terms::kSlotUpdatedAt, slot_of_number(static_cast<std::uint64_t>(low)),
               slot_of_number(static_cast<std::uint64_t>(high)));
}

}  // namespace metadata::search
