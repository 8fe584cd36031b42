// Operations that rules about entities use, as the API's own rule engine has them.

#include <array>

#include "base/utf8.h"
#include "logic/operations.h"

namespace metadata::logic {
namespace {

/// A member of a reference or label; empty when there is none.
std::string_view text_member(const Value& object, std::string_view name) {
  const auto member = object.member(name);
  return member && member->is_text() ? member->text() : std::string_view();
}

/// Calls `visit` with each element of what was given: a list, or several values.
template <class Visit>
void for_each_given(const Values& values, const Visit& visit) {
  const bool listed = values.size() == 1 && values.front().is_list();
  const std::size_t count = listed ? values.front().size() : values.size();
  for (std::size_t i = 0; i < count; ++i) visit(listed ? values.front().at(i) : values[i]);
}

/// How many elements a list has, and characters a text.
Result<Value> length(Evaluator& evaluator, const Values& values, const Value&) {
  const Value value = value_at(values, 0);
  if (values.size() > 1) return Value(static_cast<double>(values.size()));
  if (!value.is_text()) return Value(static_cast<double>(value.size()));
  evaluator.steps().spend_on(value.text());
  return Value(static_cast<double>(base::utf8_characters(value.text())));
}

/// Is the user of this name among the entity's owners or reviewers, or in one of their teams?
Result<Value> is_among(Evaluator& evaluator, const Values& values, std::string_view field) {
  const Value name = value_at(values, 0);
  const auto people = evaluator.root().member(field);
  if (!name.is_text() || !people) return Value(false);
  std::vector<std::string_view> teams;
  for (std::size_t i = 0; i < people->size() && evaluator.steps().spend(); ++i) {
    const Value one = people->at(i);
    const std::string_view type = text_member(one, "type");
    if (type == "user" && text_member(one, "name") == name.text()) return Value(true);
    if (type == "team") teams.push_back(text_member(one, "id"));
  }
  if (teams.empty()) return Value(false);
  MD_LET(within, evaluator.in_team(name.text(), teams));
  return Value(within);
}

Result<Value> is_owner(Evaluator& evaluator, const Values& values, const Value&) {
  return is_among(evaluator, values, "owners");
}

Result<Value> is_reviewer(Evaluator& evaluator, const Values& values, const Value&) {
  return is_among(evaluator, values, "reviewers");
}

/// Compares when the entity was updated with a moment in milliseconds.
template <bool Before>
Result<Value> is_updated(Evaluator& evaluator, const Values& values, const Value&) {
  const auto updated = evaluator.root().member("updatedAt");
  const Value moment = value_at(values, 0);
  if (!updated || !updated->is_number() || !moment.is_number()) return Value(false);
  return Value(Before ? updated->number() < moment.number() : updated->number() > moment.number());
}

/// Owners are users, any number, or one team.
Result<Value> users_or_one_team(Evaluator&, const Values& values, const Value&) {
  std::size_t teams = 0, others = 0;
  for_each_given(values, [&](const Value& owner) {
    if (owner.is_object()) ++(text_member(owner, "type") == "team" ? teams : others);
  });
  return Value(teams == 0 || (teams == 1 && others == 0));
}

/// Those elements of the list of which a member is the second argument.
Result<Value> those_of(Evaluator& evaluator, const Values& values, std::string_view member) {
  const Value list = value_at(values, 0), wanted = value_at(values, 1);
  Value::Elements found;
  if (wanted.is_text() && evaluator.steps().spend(list.size())) {
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (text_member(list.at(i), member) == wanted.text()) found.push_back(list.at(i));
    }
  }
  return evaluator.arena().keep(std::move(found));
}

Result<Value> references_of_type(Evaluator& evaluator, const Values& values, const Value&) {
  return those_of(evaluator, values, "type");
}

Result<Value> labels_of_source(Evaluator& evaluator, const Values& values, const Value&) {
  return those_of(evaluator, values, "source");
}

/// What says something of a change only: there is none when an entity is looked at.
Result<Value> of_a_change(Evaluator&, const Values&, const Value&) {
  return invalid_argument("isChanged says something of a change; an entity as it is has none");
}

using Named = std::pair<std::string_view, Operation>;
constexpr std::array<Named, 9> kOperations{{
    {"length", length},
    {"isOwner", is_owner},
    {"isReviewer", is_reviewer},
    {"isUpdatedBefore", is_updated<true>},
    {"isUpdatedAfter", is_updated<false>},
    {"multipleUsersOrSingleTeamOwnership", users_or_one_team},
    {"filterReferenceByType", references_of_type},
    {"filterTagsBySource", labels_of_source},
    {"isChanged", of_a_change},
}};

}  // namespace

Operation find_entity_operation(std::string_view name) { return find_in(kOperations, name); }

}  // namespace metadata::logic
