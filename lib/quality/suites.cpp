#include <algorithm>

#include "access/sight.h"
#include "base/interrupt.h"
#include "entity/allowed.h"
#include "entity/save.h"
#include "entity/verbs.h"
#include "json/bridge.h"
#include "json/write.h"
#include "model/fqn.h"
#include "quality/parts.h"
#include "view/test_summary.h"

namespace metadata {
namespace quality {
namespace {

constexpr char kTests[] = "tests";  // kind of the edges from a suite to its tests
constexpr std::size_t kMaxTests = 10'000;
constexpr std::size_t kPage = 1000;

/// The suite, whose tests the principal may change, unless it is the one of a table, whose tests follow from their
/// links.
Result<store::StoredEntity> logical_suite(const entity::Context& context, store::Reader& reader, const EntityRef& suite,
                                          const Principal& as) {
  MD_LET(layout, context.layout(kTestSuite));
  MD_LET(stored, entity::find(reader, *layout, suite, Include::Live));
  MD_OK(entity::check_stored(reader, *layout, as, {"EditTests"}, stored.row, suite));
  if (model::parent_key(stored.row.fqn_key).empty()) return stored;
  return invalid_argument("You are trying to add or remove test cases of a basic test suite: " + stored.row.name +
                          ". Only logical test suites take test cases.");
}

void tell(const store::EntityRow& suite, const WriteOptions& options, std::int64_t now, store::WriteSet& set) {
  set.preconditions.push_back(store::RowAlive{suite.id});
  const entity::Author author{options.as, options.change_source, now};
  auto record = entity::log_record(suite, store::LogKind::Series, author, "");
  record.facts = R"({"series":"tests"})";
  set.operations.push_back(store::AppendLog{std::move(record)});
}

Error commit(const entity::Context& context, const store::WriteSet& set, const EntityRef& suite,
             const Interrupt& interrupt) {
  const auto applied = context.store.commit(set, interrupt);
  if (applied.ok()) return {};
  return applied.error().code() == Code::Conflict ? entity::no_instance(kTestSuite, suite.text()) : applied.error();
}

}  // namespace
}  // namespace quality

Error Quality::add_tests(const EntityRef& suite, std::span<const EntityId> test_cases, const WriteOptions& options) {
  const entity::Context& context = parts_->entities;
  MD_OK(access::check_outright(options.as, {"EditTests"}, quality::kTestSuite));
  if (test_cases.size() > quality::kMaxTests)
    return too_large("at most " + std::to_string(quality::kMaxTests) + " test cases can be added at once",
                     "testCaseIds");
  store::WriteSet set;
  {
    MD_LET(reader, context.store.snapshot(options.interrupt));
    MD_LET(stored, quality::logical_suite(context, *reader, suite, options.as));
    MD_LET(refs, reader->refs_by_id(test_cases));
    MD_LET(seen, entity::seeing_of(context.layouts, *reader, options.as).of(refs));
    for (const EntityId& id : test_cases) {
      const auto is = [&](const store::RefRow& ref) {
        return ref.id == id && ref.type == quality::kTestCase && !ref.deleted && seen.contains(ref.rid);
      };
      if (std::none_of(refs.begin(), refs.end(), is)) return entity::no_instance(quality::kTestCase, id.text());
      set.preconditions.push_back(store::RowAlive{id});
      set.operations.push_back(store::PutRelation{stored.row.id, quality::kTests, id, 0, {}});
    }
    quality::tell(stored.row, options, context.clock.now_ms(), set);
  }
  return quality::commit(context, set, suite, options.interrupt);
}

Error Quality::remove_test(const EntityRef& suite, const EntityId& test_case, const WriteOptions& options) {
  const entity::Context& context = parts_->entities;
  MD_OK(access::check_outright(options.as, {"EditTests"}, quality::kTestSuite));
  store::WriteSet set;
  {
    MD_LET(reader, context.store.snapshot(options.interrupt));
    MD_LET(stored, quality::logical_suite(context, *reader, suite, options.as));
    const std::vector<std::string> kinds{quality::kTests};
    MD_LET(edges, reader->relations(std::span(&stored.row.rid, 1), store::Direction::From, kinds));
    const auto there = [&](const store::RelationRow& edge) { return edge.other.id == test_case; };
    if (std::none_of(edges.begin(), edges.end(), there))
      return entity::no_instance(quality::kTestCase, test_case.text());
    set.operations.push_back(store::DeleteRelation{stored.row.id, quality::kTests, test_case});
    quality::tell(stored.row, options, context.clock.now_ms(), set);
  }
  return quality::commit(context, set, suite, options.interrupt);
}

Result<Json> Quality::summary(const std::optional<EntityRef>& suite, const Interrupt& interrupt,
                              const Principal& as) const {
  const entity::Context& context = parts_->entities;
  if (suite) {
    ReadOptions options;
    options.as = as;
    options.fields = "summary";
    options.interrupt = interrupt;
    MD_LET(entity, entity::get(context, *suite, options));
    MD_LET(whole, Json::parse(entity.text(), context.limits.body));
    return whole["summary"];
  }
  MD_LET(layout, context.layout(quality::kTestCase));
  MD_LET(reader, context.store.snapshot(interrupt));
  store::ListQuery list;
  list.type = quality::kTestCase;
  list.limit = quality::kPage;
  view::ResultsByKey results;
  while (true) {
    MD_OK(base::check(interrupt));
    MD_LET(page, reader->list(list));
    std::vector<store::Rid> rids;
    for (const auto& stored : page) rids.push_back(stored.row.rid);
    MD_LET(seen, access::seen(*reader, as, layout->shape, rids));
    MD_LET(newest, reader->latest_series(seen, quality::kResults));
    for (auto& [rid, row] : newest) results.emplace_back(std::string(), std::move(row.body));
    if (page.size() < quality::kPage) break;
    list.lower = page.back().row.fqn_key;
  }
  return Json::parse(view::summary_text(results, {}), context.limits.body);
}

}  // namespace metadata
