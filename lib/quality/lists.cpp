#include <algorithm>

#include "access/sight.h"
#include "entity/allowed.h"
#include "entity/slice.h"
#include "entity/verbs.h"
#include "model/fqn.h"
#include "model/shape.h"
#include "quality/parts.h"
#include "store/row_condition.h"
#include "view/layout.h"

namespace metadata {
namespace quality {
namespace {

constexpr char kDefinition[] = "testDefinition";
constexpr std::size_t kMaxPage = 1000;
constexpr std::size_t kMaxDefinitions = 10'000;
constexpr std::size_t kMaxTests = 1'000'000;
constexpr char kStatusPath[] = "$.testCaseStatus";

using Fact = store::RowFact;

/// A survey, or nothing when nothing can match.
using Found = std::optional<store::Survey>;

Found survey_of(store::ListQuery query, const ListOptions& list, std::size_t offset) {
  store::Survey survey;
  survey.of = std::move(query);
  survey.limit = std::min(static_cast<std::size_t>(std::max<std::int64_t>(list.limit, 0)), kMaxPage);
  survey.offset = offset;
  return survey;
}

/// Entities of the type that the caller may see and of which the member is this text.
Result<std::vector<store::Rid>> rids_with(const entity::Context& context, store::Reader& reader, const Principal& as,
                                          const char* type, std::vector<Fact> facts, std::size_t most) {
  MD_LET(layout, context.layout(type));
  ListOptions list;
  list.as = as;
  store::Survey survey;
  MD_OK(entity::see_only(*layout, list, survey.of));
  survey.of.type = type;
  for (Fact& fact : facts) entity::narrow(survey.of, std::move(fact));
  survey.limit = most + 1;
  MD_LET(found, reader.survey(survey));
  if (found.rows.size() > most)
    return too_large("more than " + std::to_string(most) + " entities of type " + type + " match: narrow the list");
  std::vector<store::Rid> rids;
  for (const auto& row : found.rows) rids.push_back(row.rid);
  return rids;
}

/// Narrows to test cases of definitions with a dimension or a platform. False: there are none.
Result<bool> narrow_to_definitions(const entity::Context& context, store::Reader& reader, const TestCaseFilter& filter,
                                   store::ListQuery& query) {
  if (filter.dimension.empty() && filter.platform.empty()) return true;
  std::vector<Fact> facts;
  if (!filter.dimension.empty())
    facts.push_back({Fact::Kind::Member, "$.dataQualityDimension", false, {}, {}, {filter.dimension}});
  MD_LET(all, rids_with(context, reader, filter.list.as, kDefinition, std::move(facts), kMaxDefinitions));
  std::vector<store::Rid> rids = std::move(all);
  if (!filter.platform.empty()) {
    MD_LET(layout, context.layout(kDefinition));
    ListOptions list;
    list.as = filter.list.as;
    list.filters = {{"testPlatforms", filter.platform}};
    store::Survey survey;
    MD_LET(possible, entity::begin_listing(context, reader, *layout, list, survey.of));
    if (!possible) return false;
    survey.limit = kMaxDefinitions;
    MD_LET(found, reader.survey(survey));
    std::vector<store::Rid> there;
    for (const auto& row : found.rows) there.push_back(row.rid);
    std::sort(there.begin(), there.end());
    std::erase_if(rids, [&](store::Rid rid) { return !std::binary_search(there.begin(), there.end(), rid); });
  }
  if (rids.empty()) return false;
  entity::narrow(query, {Fact::Kind::Edge, "definesTests", false, {}, std::move(rids), {}});
  return true;
}

/// Narrows to what has one of the labels. False: there is no such tag, or none that the caller may see.
Result<bool> narrow_to_tags(const entity::Context& context, store::Reader& reader, const TestCaseFilter& filter,
                            store::ListQuery& query) {
  if (filter.tags.empty()) return true;
  std::vector<store::TypedKey> keys;
  for (const std::string& tag : filter.tags) {
    auto key = model::key_of_any_fqn(tag);
    if (!key.ok()) return key.error().with_field("tags");
    keys.push_back({"tag", *std::move(key)});
  }
  MD_LET(refs, reader.refs_by_key(keys));
  MD_LET(seen, entity::seeing_of(context.layouts, reader, filter.list.as).of(refs));
  std::vector<store::Rid> rids;
  for (const auto& ref : refs) {
    if (seen.contains(ref.rid)) rids.push_back(ref.rid);
  }
  if (rids.empty()) return false;
  entity::narrow(query, {Fact::Kind::Label, {}, false, {}, std::move(rids), {}});
  return true;
}

/// How many parts the key of a table has.
std::size_t depth_of_table(const view::TypeLayout& layout) {
  std::size_t depth = 0;
  for (const auto& holder : layout.shape.holders) depth = std::max<std::size_t>(depth, holder.depth);
  return depth;
}

Result<Found> test_cases_of(const entity::Context& context, store::Reader& reader, const view::TypeLayout& layout,
                            const TestCaseFilter& filter) {
  store::ListQuery query;
  MD_LET(possible, entity::begin_listing(context, reader, layout, filter.list, query));
  if (!possible) return Found();
  query.words = filter.words;
  const std::size_t below = depth_of_table(layout) + 1;
  if (filter.about == TestCaseFilter::About::Table) query.min_parts = query.max_parts = below;
  if (filter.about == TestCaseFilter::About::Column) query.min_parts = below + 1;
  if (!filter.created_by.empty())
    entity::narrow(query, {Fact::Kind::Member, "$.createdBy", false, {}, {}, {filter.created_by}});
  MD_LET(tagged, narrow_to_tags(context, reader, filter, query));
  if (!tagged) return Found();
  MD_LET(defined, narrow_to_definitions(context, reader, filter, query));
  if (!defined) return Found();
  return survey_of(std::move(query), filter.list, filter.offset);
}

/// Those users and teams of this name that the principal may know of.
Result<std::vector<EntityId>> people_named(const entity::Context& context, store::Reader& reader, const Principal& as,
                                           const std::string& name) {
  std::vector<store::TypedKey> keys;
  for (const char* type : {"user", "team"}) {
    const model::EntityType* described = context.registry().type(type);
    if (described == nullptr) continue;
    if (auto key = model::key_of_fqn(*described, name); key.ok()) keys.push_back({type, *std::move(key)});
  }
  MD_LET(refs, reader.refs_by_key(keys));
  MD_LET(seen, entity::seeing_of(context.layouts, reader, as).of(refs));
  std::vector<EntityId> ids;
  for (const auto& ref : refs) {
    if (seen.contains(ref.rid)) ids.push_back(ref.id);
  }
  return ids;
}

/// The survey's values as they are shown.
Result<ValuePage> values_of(const entity::Context& context, store::Reader& reader, const Principal& as,
                            const store::Survey& survey) {
  MD_LET(found, reader.survey(survey));
  ValuePage page;
  page.total = found.total;
  std::vector<std::string> texts;
  for (auto& row : found.rows) {
    if (row.value) texts.push_back(std::move(row.value->body));
  }
  MD_LET(values, shown(context, reader, as, std::move(texts)));
  page.values = std::move(values);
  return page;
}

/// Narrows to one test case, deleted or not, which must be one that the caller may see.
Error narrow_to(store::Reader& reader, const view::TypeLayout& layout, const Principal& as, const std::string& fqn,
                store::ListQuery& query) {
  const EntityRef target = EntityRef::by_fqn(kTestCase, fqn);
  MD_LET(owner, entity::find(reader, layout, target, Include::All));
  MD_OK(entity::check_stored(reader, layout, as, {}, owner.row, target));
  entity::narrow(query, {Fact::Kind::Self, {}, false, {}, {owner.row.rid}, {}});
  query.rows = store::Rows::All;
  return {};
}

store::Survey::Order order_of(TestCaseQuery::Order order) {
  if (order == TestCaseQuery::Order::Newest) return store::Survey::Order::Newest;
  return order == TestCaseQuery::Order::Oldest ? store::Survey::Order::Oldest : store::Survey::Order::Key;
}

}  // namespace
}  // namespace quality

Result<Page> Quality::test_cases(const TestCaseQuery& query) const {
  const entity::Context& context = parts_->entities;
  MD_LET(layout, context.layout(quality::kTestCase));
  MD_LET(reader, context.store.snapshot(query.list.interrupt));
  MD_LET(survey, quality::test_cases_of(context, *reader, *layout, query));
  if (!survey) return Page();
  survey->order = quality::order_of(query.order);
  survey->of.descending = query.order == TestCaseQuery::Order::FqnDown;
  const bool conditions = !query.status.empty() || query.from_ms || query.to_ms;
  if (conditions || survey->order != store::Survey::Order::Key) {
    survey->series = quality::kResults;
    survey->latest = true;
    survey->without = !conditions;
    survey->from = query.from_ms.value_or(0);
    survey->to = query.to_ms.value_or(INT64_MAX);
    if (!query.status.empty()) survey->members.push_back({quality::kStatusPath, query.status});
  }
  return entity::slice(context, *reader, *layout, *survey, query.list);
}

Result<ValuePage> Quality::results(const ResultQuery& query) const {
  const entity::Context& context = parts_->entities;
  MD_LET(layout, context.layout(quality::kTestCase));
  MD_LET(reader, context.store.snapshot(query.list.interrupt));
  TestCaseFilter filter = query;
  filter.list.fields = quality::kResults;  // whose rights they need
  MD_LET(survey, quality::test_cases_of(context, *reader, *layout, filter));
  if (!survey) return ValuePage();
  if (!query.test_case.empty()) {
    const Error none = quality::narrow_to(*reader, *layout, query.list.as, query.test_case, survey->of);
    if (none.code() == Code::NotFound) return ValuePage();
    MD_OK(none);
  }
  survey->series = quality::kResults;
  survey->latest = query.latest;
  survey->order = store::Survey::Order::Newest;
  survey->from = query.from_ms;
  survey->to = query.to_ms;
  if (!query.status.empty()) survey->members.push_back({quality::kStatusPath, query.status});
  return quality::values_of(context, *reader, query.list.as, *survey);
}

Result<Page> Quality::suites(const SuiteQuery& query) const {
  const entity::Context& context = parts_->entities;
  MD_LET(layout, context.layout(quality::kTestSuite));
  MD_LET(reader, context.store.snapshot(query.list.interrupt));
  store::ListQuery list;
  MD_LET(possible, entity::begin_listing(context, *reader, *layout, query.list, list));
  if (!possible) return Page();
  list.words = query.words;
  if (!query.with_empty) {
    std::vector<store::Rid> tests;  // none: any test will do
    const auto sight = access::sight_of(query.list.as, quality::kTestCase);
    if (sight.all == access::Truth::No) return Page();
    if (sight.all == access::Truth::Unknown) {
      MD_LET(seen, quality::rids_with(context, *reader, query.list.as, quality::kTestCase, {}, quality::kMaxTests));
      if (seen.empty()) return Page();
      tests = std::move(seen);
    }
    entity::narrow(list, {store::RowFact::Kind::Edge, "tests", true, {}, std::move(tests), {}});
  }
  const auto survey = quality::survey_of(std::move(list), query.list, query.offset);
  return entity::slice(context, *reader, *layout, *survey, query.list);
}

Result<ValuePage> Quality::incidents(const IncidentQuery& query) const {
  const entity::Context& context = parts_->entities;
  MD_LET(layout, context.layout(quality::kTestCase));
  ListOptions list;
  list.as = query.as;
  list.limit = static_cast<std::int64_t>(std::min(query.limit, quality::kMaxPage));
  MD_LET(reader, context.store.snapshot(query.interrupt));
  store::ListQuery of;
  MD_LET(possible, entity::begin_listing(context, *reader, *layout, list, of));
  if (!possible) return ValuePage();
  if (!query.test_case.empty()) MD_OK(quality::narrow_to(*reader, *layout, query.as, query.test_case, of));
  if (!query.origin.empty()) {
    auto key = model::key_of_any_fqn(query.origin);
    if (!key.ok()) return key.error().with_field("originEntityFQN");
    of.lower = *key + store::kKeySeparator;
    of.upper = *key + store::kKeyEnd;
  }
  auto survey = quality::survey_of(std::move(of), list, query.offset);
  survey->series = quality::kIncidents;
  survey->latest = query.latest;
  survey->order = store::Survey::Order::Newest;
  survey->from = query.from_ms;
  survey->to = query.to_ms;
  if (!query.status.empty()) survey->members.push_back({"$.testCaseResolutionStatusType", query.status});
  if (!query.assignee.empty()) {
    // By id: states keep it, whatever the name became. A user and a team may share a name; the user is meant.
    MD_LET(people, quality::people_named(context, *reader, query.as, query.assignee));
    if (people.empty()) return ValuePage();
    survey->members.push_back({"$.testCaseResolutionStatusDetails.assignee.id", people.front().text()});
  }
  return quality::values_of(context, *reader, query.as, *survey);
}

}  // namespace metadata
