#include "access/rules.h"

#include <algorithm>
#include <array>

#include "access/accounts.h"

namespace metadata::access {
namespace {

constexpr std::string_view kAdminsOnly = "EditAdmins";
// What these hold is what everybody may do: of them, changes as such hand out power, or take away what holds it back.
constexpr std::array<std::string_view, 2> kPowerTypes = {"policy", "role"};
// And without its team nobody is held back by the team's policies.
constexpr std::string_view kTeamType = "team";
constexpr std::array<std::string_view, 4> kPower = {"EditRole", "EditPolicy", "EditTeams", "EditUsers"};

bool has(const std::vector<std::string>& list, std::string_view word) {
  return std::ranges::find(list, word) != list.end();
}

bool may_all(const Principal& principal) {
  return principal.kind == Principal::Kind::Embedded || principal.kind == Principal::Kind::Admin;
}

std::string who(const Principal& principal) { return "Principal: CatalogPrincipal{name='" + principal.name + "'} "; }

Error denied_by(const Principal& principal, std::string_view operation, const Rule& rule) {
  return permission_denied(who(principal) + "operation " + std::string(operation) +
                           (rule.role.empty() ? " denied policy " : " denied by role " + rule.role + ", policy ") +
                           rule.policy + ", rule " + rule.name);
}

Error not_allowed(const Principal& principal, const std::vector<std::string>& operations) {
  std::string list;
  for (const std::string& operation : operations) list.append(list.empty() ? "" : ", ").append(operation);
  return permission_denied(who(principal) + "operations [" + list + "] not allowed");
}

}  // namespace

bool Rule::covers(std::string_view entity_type, std::string_view operation) const {
  if (!every_resource && !has(resources, entity_type)) return false;
  return has(operations, operation) || has(operations, "All") ||
         (operation.starts_with("Edit") && has(operations, "EditAll")) ||
         (operation.starts_with("View") && has(operations, "ViewAll"));
}

const Formula& Rule::condition(std::string_view operation, std::string_view entity_type) const {
  return !deny && gives_power(operation, entity_type) ? when_power : when;
}

bool gives_power(std::string_view operation) {
  return operation == kAdminsOnly || std::ranges::find(kPower, operation) != kPower.end();
}

bool gives_power(std::string_view operation, std::string_view entity_type) {
  if (gives_power(operation)) return true;
  if (entity_type == kTeamType) return operation == "Delete";
  return std::ranges::find(kPowerTypes, entity_type) != kPowerTypes.end() && !operation.starts_with("View");
}

Rules::Rules(std::vector<Rule> rules) : rules_(std::move(rules)) {
  for (Rule& rule : rules_) rule.every_resource = !rule.resources.empty() && folded(rule.resources.front()) == "all";
  const auto allowed = [&](std::string_view operation) {
    return std::ranges::any_of(rules_, [&](const Rule& rule) {
      const bool always = rule.when.is_constant() && rule.when.constant();
      return !rule.deny && always && rule.every_resource && rule.covers({}, operation);
    });
  };
  const auto denies_any = [&](std::string_view begin) {
    return std::ranges::any_of(rules_, [&](const Rule& rule) {
      const bool never = rule.when.is_constant() && !rule.when.constant();
      return rule.deny && !never && std::ranges::any_of(rule.operations, [&](const std::string& operation) {
               return operation == "All" || operation == "ViewAll" || operation.starts_with(begin);
             });
    });
  };
  sees_everything_ = allowed(kSee) && !denies_any(kSee);
  views_everything_ = allowed("ViewAll") && !denies_any("View");
}

Result<Truth> Rules::may(std::string_view operation, std::string_view entity_type, const Resource* resource) const {
  if (operation == kAdminsOnly) return Truth::No;
  Truth denied = Truth::No, allowed = Truth::No;
  for (const Rule& rule : rules_) {
    Truth& said = rule.deny ? denied : allowed;
    if (said == Truth::Yes || !rule.covers(entity_type, operation)) continue;
    MD_LET(holds, rule.condition(operation, entity_type).evaluate(resource));
    said = either(said, holds);
    if (denied == Truth::Yes) return Truth::No;
  }
  return both(allowed, !denied);
}

Formula Rules::where(std::string_view operation, std::string_view entity_type) const {
  if (operation == kAdminsOnly) return false;
  Formula denied = false, allowed = false;
  for (const Rule& rule : rules_) {
    if (!rule.covers(entity_type, operation)) continue;
    Formula& said = rule.deny ? denied : allowed;
    said = std::move(said) || rule.condition(operation, entity_type);
  }
  return std::move(allowed) && !std::move(denied);
}

Result<const Rule*> Rules::denying(std::string_view operation, std::string_view entity_type,
                                   const Resource* resource) const {
  for (const Rule& rule : rules_) {
    if (!rule.deny || !rule.covers(entity_type, operation)) continue;
    MD_LET(holds, rule.when.evaluate(resource));
    if (holds == Truth::Yes) return &rule;
  }
  return nullptr;
}

Error check(const Principal& principal, const std::vector<std::string>& operations, std::string_view entity_type,
            const Resource* resource) {
  if (may_all(principal)) return {};
  if (!principal.rules) return operations.empty() ? Error() : not_allowed(principal, operations);
  std::vector<std::string> left;
  for (const std::string& operation : operations) {
    MD_LET(may, principal.rules->may(operation, entity_type, resource));
    if (may != Truth::Yes) left.push_back(operation);
  }
  if (left.empty()) return {};
  for (const std::string& operation : left) {
    MD_LET(rule, principal.rules->denying(operation, entity_type, resource));
    if (rule != nullptr) return denied_by(principal, operation, *rule);
  }
  return not_allowed(principal, left);
}

Truth verdict(const Principal& principal, std::string_view operation, std::string_view entity_type) {
  if (may_all(principal)) return Truth::Yes;
  if (!principal.rules) return Truth::No;
  // Without a resource nothing can fail.
  const Result<Truth> may = principal.rules->may(operation, entity_type, nullptr);
  return may.ok() ? *may : Truth::No;
}

Formula where(const Principal& principal, std::string_view operation, std::string_view entity_type) {
  const Truth known = verdict(principal, operation, entity_type);
  return known == Truth::Unknown ? principal.rules->where(operation, entity_type) : Formula(known == Truth::Yes);
}

Result<std::vector<Permission>> permissions(const Principal& principal, std::string_view entity_type,
                                            const std::vector<std::string>& operations, const Resource* resource) {
  std::vector<Permission> list;
  static const std::vector<Rule> kNone;
  for (const std::string& operation : operations) {
    Permission said{
        operation, may_all(principal) ? Permission::Access::Allow : Permission::Access::NotAllow, {}, {}, {}};
    const bool asks = !may_all(principal) && principal.rules != nullptr && operation != kAdminsOnly;
    for (const Rule& rule : asks ? principal.rules->all() : kNone) {
      if (!rule.covers(entity_type, operation)) continue;
      MD_LET(holds, rule.condition(operation, entity_type).evaluate(resource));
      if (holds == Truth::No) continue;
      using Access = Permission::Access;
      const bool sure = holds == Truth::Yes;
      const Access access = rule.deny ? (sure ? Access::Deny : Access::ConditionalDeny)
                                      : (sure ? Access::Allow : Access::ConditionalAllow);
      if (access < said.access) said = {operation, access, rule.name, rule.policy, rule.role};
    }
    list.push_back(std::move(said));
  }
  return list;
}

}  // namespace metadata::access
