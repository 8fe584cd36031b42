#include "access/compile.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "access/condition.h"
#include "json/parse.h"
#include "model/formats.h"
#include "model/fqn.h"

namespace metadata::access {
namespace {

using store::Direction;
using store::RefRow;
using store::RelationRow;
using store::Rid;

constexpr std::string_view kTeam = "team";
constexpr std::string_view kRootTeam = "Organization";
// What a bot may do that was given no role; as the real product gives each bot one.
constexpr std::string_view kBotRole = "IngestionBotRole";
const std::string kHasRole = "hasRole";
const std::string kMemberOf = "memberOf";
const std::string kParentOf = "parentOf";
const std::string kHasDefaultRole = "hasDefaultRole";
const std::string kHasPolicy = "hasPolicy";
const std::string kInDomain = "inDomain";
// More than anybody has; what is beyond is refused rather than left out, for it might be what denies.
constexpr std::size_t kMaxPolicies = 10'000;
constexpr std::size_t kMaxTeams = 100'000;

Error too_many(std::string_view what, std::size_t most) {
  return too_large("more than " + std::to_string(most) + " " + std::string(what) + " bear on what a user may do");
}

bool by_id(const RefRow& a, const RefRow& b) { return a.id < b.id; }

void sort(std::vector<RefRow>& rows) {
  std::ranges::sort(rows, by_id);
  rows.erase(std::unique(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.id == b.id; }),
             rows.end());
}

std::vector<std::string> texts(const json::Value& value, std::string_view member) {
  std::vector<std::string> list;
  const json::Value* found = json::find(value, member);
  if (found == nullptr || !found->IsArray()) return list;
  for (const json::Value& text : found->GetArray()) {
    if (text.IsString()) list.emplace_back(json::view(text));
  }
  return list;
}

/// Calls `visit(rule, condition)` for each rule of a policy that is enabled.
template <class Visit>
Error each_rule(const store::StoredEntity& policy, Visit visit) {
  json::Document document;
  MD_OK(json::parse_trusted(policy.body.document, document));
  const json::Value* rules = json::find(document, "rules");
  if (!json::bool_or(document, "enabled", true) || rules == nullptr || !rules->IsArray()) return {};
  for (const json::Value& value : rules->GetArray()) {
    Rule rule;
    rule.name = json::string_or(value, "name");
    rule.policy = policy.row.name;
    rule.deny = json::string_or(value, "effect") == "deny";
    rule.resources = texts(value, "resources");
    rule.operations = texts(value, "operations");
    MD_OK(visit(std::move(rule), json::string_or(value, "condition")));
  }
  return {};
}

/// A team whose policies concern the account.
struct Source {
  const RefRow* team = nullptr;  ///< null: a role's policy
  std::string role;              ///< empty: the team's own policy
  bool foreign = false;          ///< another team's, which concerns what that team owns
};

/// What conditions ask of the principal.
struct Person {
  std::vector<RefRow> selves;  ///< the user and the user's own teams: what it owns is the user's
  std::vector<RefRow> domains;
  std::set<std::string, std::less<>> teams;  ///< names of the teams that the user is in, or below
  std::set<std::string, std::less<>> roles;  ///< names, inherited ones too
};

/// Reads all that the rules of one account follow from.
class Compiler {
 public:
  Compiler(store::Reader& reader, const Account& account, store::Footprint& places)
      : reader_(reader), account_(account), places_(places) {}

  Result<std::shared_ptr<const Rules>> compile() {
    MD_OK(read_account());
    MD_OK(climb());
    MD_OK(read_policies());
    MD_OK(add_roles_and_teams());
    MD_OK(add_foreign_teams());
    return std::make_shared<const Rules>(std::move(rules_));
  }

 private:
  static std::span<const std::string> one(const std::string& kind) { return {&kind, 1}; }

  Result<std::vector<RelationRow>> edges(std::span<const Rid> rids, Direction direction, const std::string& kind) {
    if (rids.empty()) return std::vector<RelationRow>();
    MD_LET(rows, reader_.relations(rids, direction, one(kind)));
    for (const auto& row : rows) places_.reference(row.other);
    std::erase_if(rows, [](const auto& row) { return row.other.deleted; });
    return rows;
  }

  Result<std::optional<RefRow>> find(std::string_view type, std::string_view key) {
    places_.key(key);
    const std::array keys{store::TypedKey{std::string(type), std::string(key)}};
    MD_LET(found, reader_.refs_by_key(keys));
    if (found.empty()) return std::optional<RefRow>();
    places_.reference(found.front());
    return found.front().deleted ? std::nullopt : std::optional(found.front());
  }

  Error read_account() {
    places_.entity(account_.id);
    const std::array self{account_.rid};
    MD_LET(roles, edges(self, Direction::From, kHasRole));
    for (auto& row : roles) roles_.push_back(std::move(row.other));
    if (account_.is_bot && roles_.empty()) {
      MD_LET(role, find("role", kBotRole));
      if (role) roles_.push_back(*std::move(role));
    }
    MD_LET(teams, edges(self, Direction::From, kMemberOf));
    for (auto& row : teams) {
      if (row.other.type == kTeam) own_teams_.push_back(std::move(row.other));
    }
    MD_LET(domains, edges(self, Direction::From, kInDomain));
    for (auto& row : domains) person_.domains.push_back(std::move(row.other));
    person_.selves = own_teams_;
    RefRow user;
    user.rid = account_.rid;
    user.id = account_.id;
    person_.selves.push_back(std::move(user));
    sort(person_.selves);
    sort(person_.domains);
    return {};
  }

  /// From the user's teams up to the root; who is in no team is in the root, and a team without parents lies below it.
  Error climb() {
    std::vector<RefRow> level = own_teams_;
    bool at_top = level.empty();
    while (!level.empty() || at_top) {
      if (at_top) {
        MD_LET(root, find(kTeam, kRootTeam));
        if (root) level.push_back(*std::move(root));
        at_top = false;
      }
      std::vector<Rid> fresh;
      for (RefRow& team : level) {
        if (!seen_.insert(team.rid).second) continue;
        fresh.push_back(team.rid);
        chain_.push_back(std::move(team));
      }
      if (chain_.size() > kMaxTeams) return too_many("teams", kMaxTeams);
      level.clear();
      MD_LET(parents, edges(fresh, Direction::To, kParentOf));
      std::set<Rid> with_parent;
      for (auto& row : parents) {
        with_parent.insert(row.self);
        level.push_back(std::move(row.other));
      }
      at_top = with_parent.size() < fresh.size() && !has_root();
    }
    for (const RefRow& team : chain_) person_.teams.insert(team.name);
    MD_LET(grants, edges(rids_of(chain_), Direction::From, kHasDefaultRole));
    for (const RefRow& team : chain_) {
      for (const auto& row : grants) {
        if (row.self == team.rid) roles_.push_back(row.other);
      }
    }
    for (const RefRow& role : roles_) person_.roles.insert(role.name);
    return {};
  }

  bool has_root() const {
    return std::ranges::any_of(chain_, [](const RefRow& team) { return team.name == kRootTeam; });
  }

  static std::vector<Rid> rids_of(const std::vector<RefRow>& rows) {
    std::vector<Rid> rids;
    for (const RefRow& row : rows) rids.push_back(row.rid);
    return rids;
  }

  /// All policies there are, and who has them; a few, compared with what they govern.
  Error read_policies() {
    places_.edges(kHasPolicy);
    store::ListQuery query;
    query.type = "policy";
    query.rows = store::Rows::All;  // one that is restored counts again
    query.limit = kMaxPolicies + 1;
    MD_LET(policies, reader_.list(query));
    if (policies.size() > kMaxPolicies) return too_many("policies", kMaxPolicies);
    std::vector<Rid> rids;
    for (auto& policy : policies) {
      rids.push_back(policy.row.rid);
      policies_.emplace(policy.row.rid, std::move(policy));
    }
    if (rids.empty()) return {};
    MD_LET(holders, reader_.relations(rids, Direction::To, one(kHasPolicy)));
    for (auto& row : holders) held_[row.other.rid].push_back(row.self);
    for (auto& row : holders) {
      if (row.other.type == kTeam && !seen_.contains(row.other.rid)) foreign_.push_back(std::move(row.other));
    }
    sort(foreign_);
    return {};
  }

  Error add_roles_and_teams() {
    std::set<Rid> asked;
    for (const RefRow& role : roles_) {
      if (!asked.insert(role.rid).second) continue;
      MD_OK(add_policies_of(role.rid, {nullptr, role.name, false}));
    }
    for (const RefRow& team : chain_) MD_OK(add_policies_of(team.rid, {&team, {}, false}));
    return {};
  }

  Error add_foreign_teams() {
    for (const RefRow& team : foreign_) {
      places_.reference(team);
      if (!team.deleted) MD_OK(add_policies_of(team.rid, {&team, {}, true}));
    }
    return {};
  }

  Error add_policies_of(Rid holder, const Source& source) {
    const auto held = held_.find(holder);
    if (held == held_.end()) return {};
    for (const Rid rid : held->second) {
      const auto policy = policies_.find(rid);
      if (policy == policies_.end()) continue;
      places_.entity(policy->second.row.id);
      if (!policy->second.row.deleted) MD_OK(add_rules(policy->second, source));
    }
    return {};
  }

  Error add_rules(const store::StoredEntity& policy, const Source& source) {
    return each_rule(policy, [&](Rule rule, std::string_view condition) -> Error {
      rule.role = source.role;
      MD_OK(add_condition(condition, source, rule));
      rules_.push_back(std::move(rule));
      return {};
    });
  }

  Error add_condition(std::string_view text, const Source& source, Rule& rule) {
    Formula owned_here = true;
    if (source.foreign) {
      MD_LET(below, below_of(*source.team));
      owned_here = owned_by(below->teams);
    }
    if (model::is_blank(text)) {
      rule.when = rule.when_power = owned_here;
      return {};
    }
    const auto condition = Condition::parse(text);
    if (!condition.ok()) {
      // Policies are checked when they are saved. One that is none after all denies what it may mean, and allows
      // nothing.
      rule.when = rule.when_power = rule.deny ? owned_here : Formula(false);
      return {};
    }
    MD_LET(when, formula_of(*condition, source, false));
    MD_LET(power, formula_of(*condition, source, true));
    rule.when = owned_here && std::move(when);
    rule.when_power = std::move(owned_here) && std::move(power);
    return {};
  }

  Result<Formula> formula_of(const Condition& condition, const Source& source, bool for_power) {
    std::vector<Formula> stack;
    for (const auto& step : condition.steps()) {
      using Kind = Condition::Step::Kind;
      if (step.kind == Kind::Call) {
        MD_LET(called, call(condition.calls()[step.call], source, for_power));
        stack.push_back(std::move(called));
        continue;
      }
      Formula last = std::move(stack.back());
      stack.pop_back();
      if (step.kind == Kind::Not) {
        stack.push_back(!std::move(last));
      } else {
        Formula first = std::move(stack.back());
        stack.back() =
            step.kind == Kind::And ? std::move(first) && std::move(last) : std::move(first) || std::move(last);
      }
    }
    return std::move(stack.back());
  }

  Result<Formula> call(const Condition::Call& call, const Source& source, bool for_power) {
    switch (call.ask) {
      case Ask::NoOwner:
        return for_power ? Formula(false) : !Formula::of({Atom::Kind::Owned});
      case Ask::IsOwner:
        return for_power ? Formula(false) : owned_by(person_.selves);
      case Ask::MatchAllTags:
      case Ask::MatchAnyTag:
        return tagged(call);
      case Ask::MatchAnyCertification: {
        std::vector<std::string> texts = call.arguments;
        std::ranges::sort(texts);
        return Formula::of({Atom::Kind::Certified, {}, std::move(texts)});
      }
      case Ask::MatchTeam:
        return match_team(source, for_power);
      case Ask::InAnyTeam:
        return Formula(is_any_among(person_.teams, call.arguments));
      case Ask::HasAnyRole:
        return Formula(is_any_among(person_.roles, call.arguments));
      case Ask::HasDomain:
        if (person_.domains.empty()) return !Formula::of({Atom::Kind::InDomain});
        return Formula::of({Atom::Kind::InDomainOf, person_.domains});
      case Ask::NoDomain:
        return !Formula::of({Atom::Kind::InDomain});
      case Ask::IsReviewer:
        return for_power ? Formula(false) : Formula::of({Atom::Kind::ReviewedBy, person_.selves});
    }
    return Formula(false);
  }

  /// Names in conditions may be quoted as FQNs are.
  static bool is_among(const std::set<std::string, std::less<>>& names, const std::string& name) {
    return names.contains(name) || names.contains(fqn::unquote(name));
  }

  static bool is_any_among(const std::set<std::string, std::less<>>& names, const std::vector<std::string>& wanted) {
    return std::ranges::any_of(wanted, [&](const std::string& name) { return is_among(names, name); });
  }

  static Formula owned_by(const std::vector<RefRow>& owners) {
    return owners.empty() ? Formula(false) : Formula::of({Atom::Kind::OwnedBy, owners});
  }

  Result<Formula> tagged(const Condition::Call& call) {
    std::vector<store::TypedKey> keys;
    for (const std::string& name : call.arguments) {
      const auto key = model::key_of_any_fqn(name);
      if (!key.ok()) continue;
      places_.key(*key);
      places_.above(*key);
      for (const char* type : {"tag", "glossaryTerm"}) keys.push_back({type, *key});
    }
    MD_LET(found, reader_.refs_by_key(keys));
    for (const RefRow& tag : found) places_.reference(tag);
    if (call.ask == Ask::MatchAllTags) return tagged_with_all(call, found);
    sort(found);
    return found.empty() ? Formula(false) : Formula::of({Atom::Kind::Tagged, std::move(found)});
  }

  static Formula tagged_with_all(const Condition::Call& call, const std::vector<RefRow>& found) {
    std::multimap<std::string_view, const RefRow*> by_key;
    for (const RefRow& tag : found) by_key.emplace(tag.fqn_key, &tag);
    Formula every = true;
    for (const std::string& name : call.arguments) {
      std::vector<RefRow> tags;
      if (const auto key = model::key_of_any_fqn(name); key.ok()) {
        const auto [from, to] = by_key.equal_range(*key);
        for (auto at = from; at != to; ++at) tags.push_back(*at->second);
      }
      sort(tags);
      // A tag that has gone is on nothing.
      every = std::move(every) && (tags.empty() ? Formula(false) : Formula::of({Atom::Kind::Tagged, std::move(tags)}));
    }
    return every;
  }

  Result<Formula> match_team(const Source& source, bool for_power) {
    if (source.team == nullptr || for_power || !is_among(person_.teams, source.team->name)) return Formula(false);
    MD_LET(below, below_of(*source.team));
    return owned_by(below->owners);
  }

  /// A team with all below it, and with everybody in it.
  struct Below {
    std::vector<RefRow> teams;
    std::vector<RefRow> owners;
  };

  Result<const Below*> below_of(const RefRow& top) {
    const auto [place, fresh] = below_.try_emplace(top.rid);
    Below& below = place->second;
    if (!fresh) return &below;
    std::set<Rid> met{top.rid};
    std::vector<Rid> level{top.rid};
    below.teams.push_back(top);
    while (!level.empty()) {
      MD_LET(children, edges(level, Direction::From, kParentOf));
      level.clear();
      for (auto& row : children) {
        if (!met.insert(row.other.rid).second) continue;
        level.push_back(row.other.rid);
        below.teams.push_back(std::move(row.other));
      }
      if (below.teams.size() > kMaxTeams) return too_many("teams", kMaxTeams);
    }
    MD_LET(members, edges(rids_of(below.teams), Direction::To, kMemberOf));
    below.owners = below.teams;
    for (auto& row : members) below.owners.push_back(std::move(row.other));
    sort(below.teams);
    sort(below.owners);
    return &below;
  }

  store::Reader& reader_;
  const Account& account_;
  store::Footprint& places_;
  std::vector<RefRow> own_teams_;
  std::vector<RefRow> chain_;  ///< the user's teams and all above, nearest first
  std::set<Rid> seen_;         ///< of chain_
  std::vector<RefRow> roles_;  ///< the user's own, then those of chain_
  std::map<Rid, store::StoredEntity> policies_;
  std::map<Rid, std::vector<Rid>> held_;  ///< by role or team: its policies
  std::vector<RefRow> foreign_;           ///< other teams that have policies
  std::map<Rid, Below> below_;
  Person person_;
  std::vector<Rule> rules_;
};

}  // namespace

Result<std::shared_ptr<const Rules>> compile_rules(store::Reader& reader, const Account& account,
                                                   store::Footprint& places) {
  return Compiler(reader, account, places).compile();
}

Result<std::shared_ptr<const Rules>> rules_of_policies(store::Reader& reader, const std::vector<EntityId>& ids) {
  std::vector<Rule> rules;
  for (const EntityId& id : ids) {
    MD_LET(policy, reader.find(id));
    if (!policy || policy->row.type != "policy" || policy->row.deleted)
      return not_found("policy instance for " + id.text() + " not found");
    MD_OK(each_rule(*policy, [&](Rule rule, std::string_view condition) -> Error {
      if (!model::is_blank(condition)) rule.when = rule.when_power = Formula::of({Atom::Kind::Owned, {}, {}});
      rules.push_back(std::move(rule));
      return {};
    }));
  }
  return std::make_shared<const Rules>(std::move(rules));
}

Result<Principal> make_principal(store::Reader& reader, const Account& account, store::Footprint& places) {
  MD_LET(roles, find_roles(reader, account, &places));
  Principal principal = principal_of(account, std::move(roles));
  add_places(places, account);
  if (!account.is_admin) {
    MD_LET(rules, compile_rules(reader, account, places));
    principal.rules = std::move(rules);
  }
  return principal;
}

}  // namespace metadata::access
