#include "view/computed.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>

#include "base/day.h"
#include "json/skip.h"
#include "json/write.h"
#include "model/fqn.h"
#include "view/compose.h"
#include "view/computed_task.h"
#include "view/item_values.h"
#include "view/joins.h"
#include "view/test_summary.h"
#include "view/votes.h"

namespace metadata::view {
namespace {

/// How many labels name the tag, or a tag below it. Left out for whoever sees things in part: the store counts all.
Error usage_count(const Task& task) {
  if (task.seen) return {};
  for (const auto& [tree, keys] : task.keys_by_tree()) {
    MD_LET(counts, task.reader.tag_usage_counts(tree, keys));
    task.put_by_key(tree, keys, counts);
  }
  return {};
}

/// How many entities lie below, at any depth. Left out as usage_count() is.
Error term_count(const Task& task) {
  if (task.seen) return {};
  for (const auto& [tree, keys] : task.keys_by_tree()) {
    std::map<std::string, std::int64_t> sums;
    for (const std::string& type : task.layout.type->below) {
      MD_LET(counts, task.reader.count_under(type, tree, keys));
      for (std::size_t i = 0; i < keys.size() && i < counts.size(); ++i) sums[keys[i]] += counts[i];
    }
    for (const auto& entity : task.entities) {
      if (entity.row.tree == tree) task.put(entity.row, std::to_string(sums[entity.row.fqn_key]));
    }
  }
  return {};
}

Error count_edges(const Task& task, const std::string& kind, store::Direction direction) {
  const std::vector<store::Rid> rids = task.rids();
  const std::vector<std::string> kinds{kind};
  MD_LET(rows, task.reader.relations(rids, direction, kinds));
  MD_OK(task.leave_seen(rows));
  std::map<store::Rid, std::int64_t> counts;
  for (const auto& row : rows) counts[row.self] += row.other.deleted ? 0 : 1;
  for (const auto& entity : task.entities) task.put(entity.row, std::to_string(counts[entity.row.rid]));
  return {};
}

/// The entities at the other end of the named relation field, counted.
Error count_relation(const Task& task, std::string_view relation_field) {
  const model::Field* other = task.layout.type->find(relation_field);
  if (other == nullptr) return {};
  return count_edges(task, other->relation.kind,
                     other->relation.outgoing ? store::Direction::From : store::Direction::To);
}

Error user_count(const Task& task) { return count_relation(task, "users"); }
Error children_count(const Task& task) { return count_relation(task, "children"); }

/// The newest day that usage was counted of. The client requires the whole shape, so without one there is nothing but
/// zeros.
Error usage_summary(const Task& task) {
  const std::string zero = R"({"count":0,"percentileRank":0.0})";
  const std::string text = R"({"dailyStats":)" + zero + R"(,"weeklyStats":)" + zero + R"(,"monthlyStats":)" + zero +
                           R"(,"date":")" + base::day_text(task.now_ms) + "\"}";
  for (const auto& entity : task.entities) task.put(entity.row, text);
  const std::vector<store::Rid> rids = task.rids();
  MD_LET(rows, task.reader.latest_series(rids, "usage"));
  for (auto& [rid, row] : rows) task.around.computed[{rid, task.field.name}] = std::move(row.body);
  return {};
}

/// A value as the field's type has it: members of it under other names, where the type says from what. Else as it is.
std::string as_shown(const model::Field& field, std::string text) {
  const model::StructType* type = field.type.fields.get();
  const auto renamed = [](const model::Field& member) { return !member.from.empty(); };
  if (type == nullptr || std::ranges::none_of(type->fields, renamed)) return text;
  std::string shown = "{";
  for (const model::Field& member : type->fields) {
    const auto value = json::member_text(text, member.from.empty() ? member.name : member.from);
    if (!value) continue;
    json::append_quoted(shown.append(shown.size() > 1 ? "," : ""), member.name);
    shown.append(":").append(*value);
  }
  return shown += "}";
}

/// The newest value of the series that the field is from.
Error latest_value(const Task& task) {
  const std::vector<store::Rid> rids = task.rids();
  MD_LET(rows, task.reader.latest_series(rids, task.layout.type->series_of(task.field)->name));
  // "series.<name>.<member>" shows one member of the value.
  const std::string_view from = task.field.from;
  const auto dot = from.find('.', from.find('.') + 1);
  for (auto& [rid, row] : rows) {
    std::string& shown = task.around.computed[{rid, task.field.name}];
    if (dot == std::string_view::npos) {
      shown = as_shown(task.field, std::move(row.body));
    } else if (const auto member = json::member_text(row.body, from.substr(dot + 1))) {
      shown = *member;
    } else {
      task.around.computed.erase({rid, task.field.name});
    }
  }
  return {};
}

/// The entity of the field's name directly below: a table's suite.
Error child_below(const Task& task) {
  std::vector<store::TypedKey> keys;
  for (const auto& entity : task.entities)
    keys.push_back({task.field.name, entity.row.fqn_key + model::kKeySeparator + task.field.name});
  MD_LET(refs, task.reader.refs_by_key(keys));
  MD_OK(task.leave_seen(refs));
  std::map<std::string_view, std::string> texts;
  for (const auto& ref : refs) {
    if (!ref.deleted) texts[model::parent_key(ref.fqn_key)] = reference_text(ref);
  }
  for (const auto& entity : task.entities) {
    const auto text = texts.find(entity.row.fqn_key);
    if (text != texts.end()) task.put(entity.row, text->second);
  }
  for (auto& key : keys) task.around.looked_for.push_back(std::move(key.fqn_key));
  task.around.shown.insert(task.around.shown.end(), refs.begin(), refs.end());
  return {};
}

/// The default roles of the teams that a user, or a team, belongs to, and of all teams above those.
Error inherited_roles(const Task& task) {
  constexpr std::size_t kHighest = 64;  // teams above each other
  const model::Field* teams = task.layout.type->find("teams");
  if (teams == nullptr) teams = task.layout.type->find("parents");
  const model::EntityType* team = task.layouts.registry().type("team");
  const model::Field* roles = team == nullptr ? nullptr : team->find("defaultRoles");
  const model::Field* parents = team == nullptr ? nullptr : team->find("parents");
  if (teams == nullptr || roles == nullptr || parents == nullptr) return {};
  const auto ends = [&](const model::Field& field, std::span<const store::Rid> of) {
    const auto direction = field.relation.outgoing ? store::Direction::From : store::Direction::To;
    return task.reader.relations(of, direction, std::vector<std::string>{field.relation.kind});
  };

  std::vector<store::Rid> level;
  for (const auto& entity : task.entities) level.push_back(entity.row.rid);
  std::map<store::Rid, std::set<store::Rid>> above;  // entity or team → the teams directly above
  std::set<store::Rid> all;
  for (std::size_t height = 0; height < kHighest && !level.empty(); ++height) {
    MD_LET(edges, ends(height == 0 ? *teams : *parents, level));
    level.clear();
    for (const auto& edge : edges) {
      if (edge.other.deleted) continue;
      above[edge.self].insert(edge.other.rid);
      if (all.insert(edge.other.rid).second) level.push_back(edge.other.rid);
    }
  }
  MD_LET(grants, ends(*roles, std::vector<store::Rid>(all.begin(), all.end())));
  MD_OK(task.leave_seen(grants));
  std::map<store::Rid, std::map<std::string, std::string>> texts;  // team → role key → reference
  for (const auto& grant : grants) {
    if (!grant.other.deleted) texts[grant.self][grant.other.fqn_key] = reference_text(grant.other);
  }
  for (const auto& entity : task.entities) {
    std::map<std::string, std::string> inherited;
    std::set<store::Rid> met;
    std::vector<store::Rid> open{entity.row.rid};
    while (!open.empty()) {
      const store::Rid at = open.back();
      open.pop_back();
      for (const store::Rid rid : above[at]) {
        if (!met.insert(rid).second) continue;
        inherited.insert(texts[rid].begin(), texts[rid].end());
        open.push_back(rid);
      }
    }
    std::string list = "[";
    for (const auto& [key, text] : inherited) list.append(list.size() > 1 ? "," : "").append(text);
    task.put(entity.row, list + "]");
  }
  return {};
}

struct Rule {
  Error (*compute)(const Task&) = nullptr;
  bool steady = false;  ///< the same for all of a day, whatever is written
};

// By field name: a name means the same wherever it is a computed field.
const std::map<std::string_view, Rule>& rules() {
  static const std::map<std::string_view, Rule> kRules = {
      {"usageCount", {usage_count, false}},
      {"termCount", {term_count, false}},
      {"userCount", {user_count, false}},
      {"childrenCount", {children_count, false}},
      {"votes", {votes, true}},
      {"joins", {joins, false}},
      {"usageSummary", {usage_summary, false}},
      {"inheritedRoles", {inherited_roles, false}},
      {"summary", {test_summary, false}},
      {"testCaseResultSummary", {test_results, false}},
      {"testSuites", {test_suites, false}},
      {"incidentId", {open_incident, false}},
  };
  return kRules;
}

/// How the field is computed; without a function when nothing but its container says its value.
Rule rule_of(const TypeLayout& layout, const model::Field& field) {
  if (layout.type->series_of(field) != nullptr) return {latest_value, false};
  if (field.from.starts_with("below.")) return {child_below, true};
  const auto rule = rules().find(field.name);
  return rule == rules().end() ? Rule{nullptr, true} : rule->second;
}

}  // namespace

bool is_steady(const TypeLayout& layout, const Asked& asked) {
  for (const model::Field* field : layout.children) {
    if (asked.has(*field)) return false;
  }
  for (const model::Field* field : layout.computed) {
    if (!field->on_request || !asked.has(*field)) continue;
    if (!rule_of(layout, *field).steady) return false;
  }
  return true;
}

Error compute_fields(store::Reader& reader, const Layouts& layouts, const TypeLayout& layout,
                     std::span<const store::StoredEntity> entities, const Asked& asked, std::int64_t now_ms,
                     const Seen& seen, Surroundings& around) {
  for (const model::Field* field : layout.computed) {
    if (!field->on_request || !asked.has(*field)) continue;
    const Rule rule = rule_of(layout, *field);
    const Task task{reader, layouts, layout, entities, *field, now_ms, seen, around};
    if (layout.type->series_of(*field) != nullptr) MD_OK(newest_of_items(task));
    if (rule.compute != nullptr) MD_OK(rule.compute(task));
  }
  return {};
}

}  // namespace metadata::view
