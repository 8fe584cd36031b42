#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "access/sight.h"
#include "base/interrupt.h"
#include "entity/allowed.h"
#include "entity/slice.h"
#include "entity/verbs.h"
#include "json/bridge.h"
#include "json/parse.h"
#include "model/fqn.h"
#include "quality/parts.h"
#include "quality/report_query.h"
#include "quality/report_tree.h"
#include "store/row_condition.h"
#include "view/layout.h"

namespace metadata {
namespace quality {
namespace {

constexpr std::size_t kChunk = 20'000;          // values read at once
constexpr std::size_t kPage = 1000;             // entities read at once
constexpr std::size_t kMaxDocuments = 250'000;  // that one report looks at
constexpr char kDefinition[] = "testDefinition";

using Fields = std::set<std::string, std::less<>>;

bool asks_for(const Fields& fields, std::string_view member) {
  return std::any_of(fields.begin(), fields.end(), [&](const std::string& field) {
    return field == member ||
           (field.size() > member.size() && field.starts_with(member) && field[member.size()] == '.');
  });
}

/// What an entity is told apart by in reports, from its row alone.
void add_row_members(const store::EntityRow& row, std::size_t table_parts, json::Document& document) {
  auto& allocator = document.GetAllocator();
  const auto parts = model::key_parts(row.fqn_key);
  if (row.type != kTestCase) return;
  json::set_string(document, "testCaseType", parts.size() > table_parts + 1 ? "column" : "table", allocator);
  std::string table;
  for (std::size_t i = 0; i < std::min(table_parts, parts.size()); ++i) {
    if (i > 0) table += store::kKeySeparator;
    table += parts[i];
  }
  json::set_string(document, "originEntityFQN", model::fqn_of_key(table), allocator);
  json::set_string(document, "entityFQN", model::fqn_of_key(model::parent_key(row.fqn_key)), allocator);
}

/// The test case of a result or a state, as reports know it.
json::Value test_case_of(const store::RefRow& ref, std::size_t table_parts, json::Allocator& allocator) {
  json::Document whole;
  whole.SetObject();
  json::set_string(whole, "id", ref.id.text(), whole.GetAllocator());
  json::set_string(whole, "name", ref.name, whole.GetAllocator());
  json::set_string(whole, "fullyQualifiedName", model::fqn_of_key(ref.fqn_key), whole.GetAllocator());
  store::EntityRow row;
  row.type = ref.type;
  row.fqn_key = ref.fqn_key;
  add_row_members(row, table_parts, whole);
  return json::copy(whole, allocator);
}

std::size_t table_parts_of(const view::TypeLayout& layout) {
  std::size_t depth = 0;
  for (const auto& holder : layout.shape.holders) depth = std::max<std::size_t>(depth, holder.depth);
  return depth;
}

/// One report while it is made.
class Report {
 public:
  Report(const entity::Context& context, store::Reader& reader, const ReportQuery& asked, Query query,
         std::vector<Level> levels)
      : context_(context), reader_(reader), asked_(asked), query_(std::move(query)), tree_(levels) {
    fields_.insert(query_.fields().begin(), query_.fields().end());
    for (const Level& level : levels) fields_.insert(level.field);
    if (!asked.domain.empty()) fields_.insert("domains.fullyQualifiedName");
  }

  /// Entities of a type, each as it is shown.
  Error count_entities(const view::TypeLayout& layout) {
    ListOptions list;
    list.as = asked_.as;
    list.interrupt = asked_.interrupt;
    MD_OK(choose_fields(layout, list));
    MD_LET(asked, view::Asked::parse(*layout.type, list.fields));
    MD_OK(access::check_outright(asked_.as, {"ViewBasic"}, layout.type->name));
    store::ListQuery query;
    MD_LET(possible, entity::begin_listing(context_, reader_, layout, list, query));
    if (!possible) return {};
    MD_OK(read_definitions());
    const std::size_t parts = table_parts_of(layout);
    query.limit = kPage;
    while (true) {
      MD_OK(base::check(asked_.interrupt));
      MD_LET(rows, reader_.list(query));
      if (rows.empty()) return {};
      MD_LET(entities, entity::compose_rows(context_, reader_, layout, rows, asked, list));
      for (std::size_t i = 0; i < entities.size(); ++i) {
        json::Document document;
        MD_OK(json::parse_trusted(entities[i].text(), document));
        add_row_members(rows[i].row, parts, document);
        MD_OK(add_definition(document));
        add_tier(document);
        MD_OK(count(document));
      }
      if (rows.size() < kPage) return {};
      query.lower = rows.back().row.fqn_key;
    }
  }

  /// Values of a series of test cases, newest first.
  Error count_values(const view::TypeLayout& layout, const char* series, const std::string& fields) {
    ListOptions list;
    list.as = asked_.as;
    list.fields = fields;
    store::Survey survey;
    MD_LET(possible, entity::begin_listing(context_, reader_, layout, list, survey.of));
    if (!possible) return {};
    if (!asked_.domain.empty())
      return unimplemented("domain narrows reports about entities only, not those about their results and incidents");
    survey.series = series;
    survey.order = store::Survey::Order::Newest;
    survey.limit = kChunk;
    std::tie(survey.from, survey.to) = query_.times("timestamp");
    while (true) {
      MD_OK(base::check(asked_.interrupt));
      MD_LET(found, reader_.survey(survey));
      if (static_cast<std::size_t>(found.total) > kMaxDocuments) return too_many();
      MD_OK(count_chunk(layout, found));
      survey.offset += found.rows.size();
      if (found.rows.size() < kChunk) return {};
    }
  }

  Result<std::string> text() const { return tree_.text(); }

 private:
  static Error too_many() {
    return too_large("a report looks at " + std::to_string(kMaxDocuments) +
                     " documents at most; narrow it by a range of timestamp in q");
  }

  /// Of what is shown on request only, that which the report asks for.
  Error choose_fields(const view::TypeLayout& layout, ListOptions& list) const {
    const bool result = asks_for(fields_, "testCaseResult") || asks_for(fields_, "testCaseStatus");
    for (const auto& field : layout.type->fields) {
      const std::string& name = field.name;
      const bool wanted = asks_for(fields_, name) || (name == "tags" && asks_for(fields_, "tier")) ||
                          (name == "testCaseStatus" && result);
      if (!wanted || field.hidden) continue;
      list.fields.append(list.fields.empty() ? "" : ",").append(name);
    }
    return {};
  }

  /// What test definitions say that their test cases are found by; of those that the caller may see.
  Error read_definitions() {
    if (!asks_for(fields_, "dataQualityDimension") && !asks_for(fields_, "testPlatforms")) return {};
    MD_LET(layout, context_.layout(kDefinition));
    ListOptions list;
    list.as = asked_.as;
    store::ListQuery query;
    MD_LET(possible, entity::begin_listing(context_, reader_, *layout, list, query));
    query.rows = store::Rows::All;
    query.limit = kPage;
    while (possible) {
      MD_LET(rows, reader_.list(query));
      for (auto& row : rows) definitions_[row.row.id.text()] = std::move(row.body.document);
      if (rows.size() < kPage || definitions_.size() > kMaxDocuments) return {};
      query.lower = rows.back().row.fqn_key;
    }
    return {};
  }

  Error add_definition(json::Document& document) const {
    const json::Value* definition = json::find(document, kDefinition);
    if (definition == nullptr || definitions_.empty()) return {};
    const auto found = definitions_.find(std::string(json::string_or(*definition, "id")));
    if (found == definitions_.end()) return {};
    json::Document parsed;
    MD_OK(json::parse_trusted(found->second, parsed));
    for (const char* member : {"dataQualityDimension", "testPlatforms"}) {
      if (const json::Value* value = json::find(parsed, member); value != nullptr)
        json::set(document, member, json::copy(*value, document.GetAllocator()), document.GetAllocator());
    }
    return {};
  }

  static void add_tier(json::Document& document) {
    const json::Value* tags = json::find(document, "tags");
    if (tags == nullptr || !tags->IsArray()) return;
    for (const auto& tag : tags->GetArray()) {
      if (!json::string_or(tag, "tagFQN").starts_with("Tier.")) continue;
      json::Value tier = json::copy(tag, document.GetAllocator());
      json::set(document, "tier", std::move(tier), document.GetAllocator());
      return;
    }
  }

  bool in_domain(const json::Value& document) const {
    if (asked_.domain.empty()) return true;
    for (const json::Value* fqn : values_of(document, "domains.fullyQualifiedName")) {
      if (json::view(*fqn) == asked_.domain || json::view(*fqn).starts_with(asked_.domain + ".")) return true;
    }
    return false;
  }

  Error count(const json::Value& document) {
    if (++documents_ > kMaxDocuments) return too_many();
    return in_domain(document) && query_.matches(document) ? tree_.add(document) : Error();
  }

  Error count_chunk(const view::TypeLayout& layout, store::Surveyed& found) {
    std::vector<store::Rid> rids;
    std::vector<std::string> texts;
    for (auto& row : found.rows) {
      rids.push_back(row.rid);
      texts.push_back(row.value ? std::move(row.value->body) : "{}");
    }
    MD_OK(entity::seeing_of(context_.layouts, reader_, asked_.as).redact(texts));
    std::map<store::Rid, store::RefRow> refs;
    if (asks_for(fields_, "testCase")) {
      MD_LET(rows, reader_.refs_by_rid(rids));
      for (auto& ref : rows) refs[ref.rid] = std::move(ref);
    }
    const std::size_t parts = table_parts_of(layout);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      json::Document document;
      MD_OK(json::parse_trusted(texts[i], document));
      if (const auto ref = refs.find(rids[i]); ref != refs.end())
        json::set(document, "testCase", test_case_of(ref->second, parts, document.GetAllocator()),
                  document.GetAllocator());
      MD_OK(count(document));
    }
    return {};
  }

  const entity::Context& context_;
  store::Reader& reader_;
  const ReportQuery& asked_;
  Query query_;
  ReportTree tree_;
  Fields fields_;
  std::map<std::string, std::string> definitions_;  // documents by id
  std::size_t documents_ = 0;
};

bool is_index(const std::string& name, std::string_view type, std::string_view index) {
  return name == type || name == index || (name.size() > index.size() && name.ends_with("_" + std::string(index)));
}

}  // namespace
}  // namespace quality

Result<Json> Quality::report(const ReportQuery& asked) const {
  const entity::Context& context = parts_->entities;
  MD_LET(levels, quality::read_levels(asked.aggregation));
  MD_LET(query, quality::Query::read(asked.query));
  if (asked.index.empty())
    return invalid_argument(
        "query param index must say what is counted: testCase, testCaseResult, "
        "testCaseResolutionStatus, table");
  MD_LET(reader, context.store.snapshot(asked.interrupt));
  quality::Report report(context, *reader, asked, std::move(query), std::move(levels));
  MD_LET(test_case, context.layout(quality::kTestCase));
  if (quality::is_index(asked.index, quality::kResults, "test_case_result_search_index")) {
    MD_OK(report.count_values(*test_case, quality::kResults, quality::kResults));
  } else if (quality::is_index(asked.index, "testCaseResolutionStatus", "test_case_resolution_status_search_index")) {
    MD_OK(report.count_values(*test_case, quality::kIncidents, ""));
  } else {
    const model::EntityType* found = nullptr;
    for (const auto& type : context.registry().types()) {
      if (type->search && quality::is_index(asked.index, type->name, type->search.index)) found = type.get();
      if (found != nullptr && found->name == asked.index) break;
    }
    if (found == nullptr)
      return invalid_argument("unknown index '" + asked.index.substr(0, 100) +
                              "'; there are testCaseResult, testCaseResolutionStatus and the types of entities");
    MD_LET(layout, context.layout(found->name));
    MD_OK(report.count_entities(*layout));
  }
  MD_LET(text, report.text());
  return Json::parse(text, {.max_bytes = std::size_t{16} << 20, .max_values = 1'000'000});
}

}  // namespace metadata
