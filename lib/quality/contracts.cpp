#include <algorithm>
#include <map>
#include <optional>

#include "entity/allowed.h"
#include "entity/verbs.h"
#include "json/bridge.h"
#include "json/parse.h"
#include "logic/evaluate.h"
#include "model/fqn.h"
#include "quality/parts.h"
#include "view/items.h"

namespace metadata {
namespace quality {
namespace {

constexpr char kContract[] = "dataContract";
constexpr char kContractResults[] = "results";
constexpr char kExpects[] = "expects";  // kind of the edges from a contract to its test cases
/// For all rules of a contract together; one has a bound of its own.
constexpr std::size_t kMaxSteps = 20'000'000;

/// What of one part of a contract holds.
struct Counts {
  std::size_t passed = 0, failed = 0, total = 0;
};

JsonWriter& write(JsonWriter& out, const Counts& counts) {
  out.key("passed").integer(static_cast<std::int64_t>(counts.passed));
  out.key("failed").integer(static_cast<std::int64_t>(counts.failed));
  return out.key("total").integer(static_cast<std::int64_t>(counts.total));
}

// Schema

/// The items of all lists with labels of an entity ("columns"), by their names from the outside in, without case.
using Items = std::map<std::string, std::vector<const json::Value*>>;

Items items_of(const view::TypeLayout& layout, const json::Value& entity) {
  Items items;
  const auto add = [&](const view::ItemPath& path, const json::Value& item, const std::string&) {
    const std::string text = path.text();
    items[text.substr(text.find(model::kKeySeparator) + 1)].push_back(&item);
  };
  view::for_each_tagged_item(layout, entity, add);
  return items;
}

struct SchemaFinding {
  Counts counts;
  std::vector<std::string> failed;  ///< names of items, with dots between
};

/// Which items of the contract's schema the entity has, and of the same data type where both say one.
SchemaFinding compare_schemas(const Items& wanted, const Items& there) {
  SchemaFinding finding;
  for (const auto& [path, items] : wanted) {
    const auto found = there.find(path);
    const json::Value& agreed = *items.front();
    const auto fits = [&](const json::Value* item) {
      const std::string_view want = json::string_or(agreed, "dataType"), has = json::string_or(*item, "dataType");
      return want.empty() || has.empty() || want == has;
    };
    const bool holds = found != there.end() && std::any_of(found->second.begin(), found->second.end(), fits);
    ++(holds ? finding.counts.passed : finding.counts.failed);
    ++finding.counts.total;
    if (holds) continue;
    std::string name = path;
    std::replace(name.begin(), name.end(), model::kKeySeparator, '.');
    finding.failed.push_back(std::move(name));
  }
  return finding;
}

// Semantics

struct SemanticsFinding {
  Counts counts;
  std::vector<std::pair<std::string, std::string>> failed;  ///< name and reason
};

/// Is the rule asked of entities of this type?
bool applies(const json::Value& rule, std::string_view type) {
  if (!json::bool_or(rule, "enabled", false)) return false;
  if (const auto only = json::string_or(rule, "entityType"); !only.empty()) return only == type;
  const json::Value* ignored = json::find(rule, "ignoredEntities");
  if (ignored == nullptr) return true;
  const auto list = ignored->GetArray();
  return std::none_of(list.begin(), list.end(), [&](const json::Value& one) { return json::view(one) == type; });
}

/// Is the user in one of the teams, as far as `as` may see either?
Result<bool> in_team(const entity::Context& context, const ReadOptions& as, std::string_view user,
                     std::span<const std::string_view> teams) {
  ReadOptions options = as;
  options.fields = "teams";
  const auto found = entity::get(context, EntityRef::by_fqn("user", model::fqn_of_key(user)), options);
  if (!found.ok()) return found.error().code() == Code::NotFound ? Result<bool>(false) : found.error();
  json::Document document;
  MD_OK(json::parse_trusted(found->text(), document));
  const json::Value* own = json::find(document, "teams");
  if (own == nullptr) return false;
  const auto list = own->GetArray();
  return std::any_of(list.begin(), list.end(), [&](const json::Value& team) {
    return std::find(teams.begin(), teams.end(), json::string_or(team, "id")) != teams.end();
  });
}

/// Why a rule does not hold; empty when it does. A rule that cannot be computed does not hold, and says why.
Result<std::string> failure_of(const json::Value& rule, const json::Value& entity, const logic::Evaluator::InTeam& in,
                               const Interrupt& interrupt, std::size_t& steps) {
  json::Document logic;
  if (const Error error = logic::parse_rule(json::string_or(rule, "rule"), logic); !error.ok())
    return "the rule is not JSON Logic: " + std::string(error.message());
  logic::Evaluator evaluator(entity, in, interrupt, std::min(steps, logic::kMaxSteps));
  const auto value = evaluator.evaluate(logic);
  steps -= evaluator.taken();
  if (!value.ok()) {
    const Code code = value.error().code();
    if (code != Code::InvalidArgument && code != Code::TooLarge) return value.error();
    return "the rule cannot be computed: " + std::string(value.error().message());
  }
  if (value->is_bool() && value->truth()) return std::string();
  const std::string_view said = json::string_or(rule, "description");
  return said.empty() ? std::string("the entity does not satisfy the rule") : std::string(said);
}

Result<SemanticsFinding> check_semantics(const entity::Context& context, const json::Value& rules,
                                         const json::Value& entity, std::string_view type, const ReadOptions& as) {
  SemanticsFinding finding;
  std::size_t steps = kMaxSteps;
  const auto in = [&](std::string_view user, std::span<const std::string_view> teams) {
    return in_team(context, as, user, teams);
  };
  for (const json::Value& rule : rules.GetArray()) {
    if (!applies(rule, type)) continue;
    MD_LET(reason, failure_of(rule, entity, in, as.interrupt, steps));
    ++(reason.empty() ? finding.counts.passed : finding.counts.failed);
    ++finding.counts.total;
    if (!reason.empty()) finding.failed.emplace_back(json::string_or(rule, "name"), reason);
  }
  return finding;
}

// Quality

/// Counts the newest results of the test cases that a contract expects to pass; one without any is in the total only.
Result<Counts> check_quality(const entity::Context& context, const EntityRef& contract, const Interrupt& interrupt) {
  MD_LET(layout, context.layout(kContract));
  MD_LET(reader, context.store.snapshot(interrupt));
  MD_LET(stored, entity::find(*reader, *layout, contract, Include::Live));
  const std::vector<std::string> kinds{kExpects};
  MD_LET(edges, reader->relations(std::span(&stored.row.rid, 1), store::Direction::From, kinds));
  std::vector<store::Rid> tests;
  for (const auto& edge : edges) {
    if (!edge.other.deleted) tests.push_back(edge.other.rid);
  }
  Counts counts;
  counts.total = tests.size();
  MD_LET(newest, reader->latest_series(tests, kResults));
  for (const auto& [rid, row] : newest) {
    json::Document result;
    MD_OK(json::parse_trusted(row.body, result));
    const std::string_view status = json::string_or(result, "testCaseStatus");
    if (status == "Success") ++counts.passed;
    if (status == "Failed" || status == "Aborted") ++counts.failed;
  }
  return counts;
}

// All of it

struct Findings {
  std::optional<SchemaFinding> schema;
  std::optional<SemanticsFinding> semantics;
  std::optional<Counts> quality;
};

/// The words of the API: Failed when something does not hold, PartialSuccess while tests have no result.
std::pair<std::string_view, std::string> verdict(const Findings& found) {
  std::string text;
  const auto add = [&](bool failed, std::string_view what) {
    if (failed) text += (text.empty() ? "" : "; ") + std::string(what) + " validation failed";
  };
  add(found.schema && found.schema->counts.failed > 0, "Schema");
  add(found.semantics && found.semantics->counts.failed > 0, "Semantics");
  add(found.quality && found.quality->failed > 0, "Quality");
  if (!text.empty()) return {"Failed", text};
  const std::size_t open = found.quality ? found.quality->total - found.quality->passed : 0;
  if (open == 0) return {"Success", text};
  return {"PartialSuccess",
          std::to_string(open) + " of " + std::to_string(found.quality->total) + " quality tests have no result yet"};
}

std::string result_text(const Findings& found, std::int64_t began, std::int64_t took, std::string_view fqn) {
  JsonWriter out;
  const auto [status, text] = verdict(found);
  out.begin_object().key("dataContractFQN").string(fqn).key("timestamp").integer(began);
  out.key("contractExecutionStatus").string(status);
  if (!text.empty()) out.key("result").string(text);
  if (found.schema) {
    write(out.key("schemaValidation").begin_object(), found.schema->counts).key("failedFields").begin_array();
    for (const std::string& name : found.schema->failed) out.string(name);
    out.end_array().end_object();
  }
  if (found.semantics) {
    write(out.key("semanticsValidation").begin_object(), found.semantics->counts).key("failedRules").begin_array();
    for (const auto& [name, reason] : found.semantics->failed)
      out.begin_object().key("ruleName").string(name).key("reason").string(reason).end_object();
    out.end_array().end_object();
  }
  if (found.quality) {
    const Counts& counts = *found.quality;
    write(out.key("qualityValidation").begin_object(), counts).key("qualityScore");
    out.number(100.0 * static_cast<double>(counts.passed) / static_cast<double>(counts.total)).end_object();
  }
  out.key("executionTime").integer(took).end_object();
  return std::move(out).text();
}

}  // namespace
}  // namespace quality

Result<Json> Quality::validate_contract(const EntityRef& contract, const WriteOptions& options) {
  const entity::Context& context = parts_->entities;
  const std::int64_t began = context.clock.now_ms(), start = context.clock.steady_ms();
  MD_OK(entity::check_allowed(context, options.as, {"EditAll"}, contract, options.interrupt));
  ReadOptions read;
  read.as = options.as;
  read.interrupt = options.interrupt;
  MD_LET(entity, entity::get(context, contract, read));
  json::Document agreed;
  MD_OK(json::parse_trusted(entity.text(), agreed));
  const json::Value* target = json::find(agreed, "entity");
  if (target == nullptr) return corrupt("a data contract without an entity");
  const auto id = EntityId::parse(json::string_or(*target, "id"));
  if (!id) return corrupt("a data contract whose entity has no id");
  const EntityRef about = EntityRef::by_id(std::string(json::string_or(*target, "type")), *id);
  // A rule can ask for anything of the entity, and the result tells what it found.
  MD_OK(entity::check_allowed(context, options.as, {"ViewAll"}, about, options.interrupt));
  read.fields = "*";
  MD_LET(described, entity::get(context, about, read));
  json::Document facts;
  MD_OK(json::parse_trusted(described.text(), facts));

  quality::Findings found;
  if (const json::Value* schema = json::find(agreed, "schema"); schema != nullptr && !schema->Empty()) {
    MD_LET(own, context.layout(quality::kContract));
    MD_LET(its, context.layout(about.type));
    found.schema = quality::compare_schemas(quality::items_of(*own, agreed), quality::items_of(*its, facts));
  }
  if (const json::Value* rules = json::find(agreed, "semantics"); rules != nullptr && !rules->Empty()) {
    MD_LET(semantics, quality::check_semantics(context, *rules, facts, about.type, read));
    found.semantics = std::move(semantics);
  }
  MD_LET(tests, quality::check_quality(context, contract, options.interrupt));
  if (tests.total > 0) found.quality = tests;
  const std::int64_t took = context.clock.steady_ms() - start;
  MD_LET(kept, entity::put_value(context, contract, quality::kContractResults,
                                 quality::result_text(found, began, took, entity.fqn()), options));
  return Json::parse(kept, context.limits.body);
}

}  // namespace metadata
