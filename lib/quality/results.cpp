#include <functional>

#include "access/sight.h"
#include "entity/allowed.h"
#include "entity/verbs.h"
#include "json/bridge.h"
#include "json/parse.h"
#include "json/patch.h"
#include "json/write.h"
#include "model/fqn.h"
#include "quality/parts.h"

namespace metadata {
namespace quality {
namespace {

/// Opens an incident for a failure, or names the one that is open.
Error note_failure(const entity::Context& context, store::Reader& reader, const store::StoredEntity& owner,
                   const WriteOptions& options, json::Document& result, store::WriteSet& set) {
  MD_LET(open, open_incident(reader, owner.row.rid));
  if (open.empty()) {
    json::Document given;
    MD_OK(json::parse_trusted(R"({"testCaseResolutionStatusType":"New"})", given));
    MD_LET(state, incident_state(context, reader, owner, std::move(given), options, set));
    open = json::string_or(state, "stateId");
    store::SeriesRow row;
    row.id = json::string_or(state, "id");
    row.ts = json::int_member(state, "timestamp").value_or(0);
    row.body = json::write(state);
    set.operations.push_back(store::PutSeries{owner.row.id, kIncidents, std::move(row)});
  }
  json::set_string(result, "incidentId", open, result.GetAllocator());
  return {};
}

/// A result that was told late says nothing of how the data are now.
Result<bool> is_newest(store::Reader& reader, const store::StoredEntity& owner, const json::Value& result) {
  const store::Rid rid = owner.row.rid;
  MD_LET(newest, reader.latest_series(std::span(&rid, 1), kResults));
  return newest.empty() || newest.front().second.ts <= json::int_member(result, "timestamp").value_or(0);
}

Error complete(const entity::Context& context, store::Reader& reader, const store::StoredEntity& owner,
               const WriteOptions& options, json::Document& result, store::WriteSet& set) {
  auto& allocator = result.GetAllocator();
  if (json::find(result, "id") == nullptr) json::set_string(result, "id", context.ids.next().text(), allocator);
  json::set_string(result, "testCaseFQN", model::fqn_of_key(owner.row.fqn_key), allocator);
  if (json::string_or(result, "testCaseStatus") != "Failed") return {};
  MD_LET(newest, is_newest(reader, owner, result));
  return newest ? note_failure(context, reader, owner, options, result, set) : Error();
}

}  // namespace

Result<EntityId> id_to_edit(const entity::Context& context, const EntityRef& test_case, const WriteOptions& options) {
  MD_OK(access::check_outright(options.as, {"EditTests"}, kTestCase));
  MD_LET(layout, context.layout(kTestCase));
  MD_LET(reader, context.store.snapshot(options.interrupt));
  MD_LET(stored, entity::find(*reader, *layout, test_case, Include::Live));
  return stored.row.id;
}

}  // namespace quality

std::mutex& Quality::Parts::turn_of(const EntityId& test_case) {
  return turns[std::hash<std::string>()(test_case.text()) % turns.size()];
}

Result<Json> Quality::add_result(const EntityRef& test_case, std::string_view json, const WriteOptions& options) {
  const entity::Context& context = parts_->entities;
  MD_LET(id, quality::id_to_edit(context, test_case, options));
  const std::lock_guard turn(parts_->turn_of(id));
  MD_LET(text, entity::put_value(context, test_case, quality::kResults, json, options,
                                 [&](store::Reader& reader, const store::StoredEntity& owner, json::Document& value,
                                     store::WriteSet& set) {
                                   return quality::complete(context, reader, owner, options, value, set);
                                 }));
  return Json::parse(text, context.limits.body);
}

Result<Json> Quality::patch_result(const EntityRef& test_case, std::string_view timestamp, const Patch& patch,
                                   const WriteOptions& options) {
  const entity::Context& context = parts_->entities;
  MD_OK(entity::check_allowed(context, options.as, {"EditTests"}, test_case, options.interrupt));
  MD_LET(text, entity::value(context, test_case, quality::kResults, timestamp, options.interrupt));
  json::Document value;
  MD_OK(json::parse_trusted(text, value));
  MD_OK(json::apply(json::operations(patch), value, context.limits.patch));
  if (!value.IsObject()) return invalid_argument("the patch must leave a JSON object");
  json::erase(value, "timestamp");
  json::Document at;
  MD_OK(json::parse(timestamp, at));
  json::set(value, "timestamp", json::copy(at, value.GetAllocator()), value.GetAllocator());
  return add_result(test_case, json::write(value), options);
}

}  // namespace metadata
