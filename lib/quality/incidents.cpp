#include <algorithm>

#include "access/sight.h"
#include "base/interrupt.h"
#include "entity/allowed.h"
#include "entity/verbs.h"
#include "json/bridge.h"
#include "json/parse.h"
#include "json/skip.h"
#include "json/write.h"
#include "model/fqn.h"
#include "quality/parts.h"
#include "view/compose.h"

namespace metadata {
namespace quality {
namespace {

// Side records by which a state, or all states of an incident, are found without their test case. Both belong to it.
constexpr char kStateRecord[] = "incidentState";
constexpr char kIncidentRecord[] = "incident";
constexpr std::size_t kMaxStates = 1000;  // of one test case in one answer

std::string unquoted(std::optional<std::string_view> text) {
  return text && text->size() >= 2 ? std::string(text->substr(1, text->size() - 2)) : std::string();
}

std::string member(const std::string& body, std::string_view name) { return unquoted(json::member_text(body, name)); }

Result<std::optional<store::SeriesRow>> newest_state(store::Reader& reader, store::Rid test_case) {
  MD_LET(rows, reader.latest_series(std::span(&test_case, 1), kIncidents));
  if (rows.empty()) return std::optional<store::SeriesRow>();
  return std::optional(std::move(rows.front().second));
}

/// What each kind of state must say beside its kind.
Error check_details(store::Reader& reader, const json::Value& state) {
  const std::string_view type = json::string_or(state, "testCaseResolutionStatusType");
  const json::Value* details = json::find(state, "testCaseResolutionStatusDetails");
  const auto missing = [&](const char* what) {
    return invalid_argument(std::string("testCaseResolutionStatusDetails.") + what + " field is required for status " +
                            std::string(type));
  };
  const auto has = [&](const char* name) { return details != nullptr && json::find(*details, name) != nullptr; };
  if (type == "Resolved") {
    if (!has("testCaseFailureReason")) return missing("testCaseFailureReason");
    if (!has("testCaseFailureComment")) return missing("testCaseFailureComment");
  }
  if (type != "Assigned") return {};
  if (!has("assignee")) return missing("assignee");
  const auto id = EntityId::parse(json::string_or(*json::find(*details, "assignee"), "id"));
  if (!id) return missing("assignee.id");
  MD_LET(who, reader.find(*id));
  const bool person = who && !who->row.deleted && (who->row.type == "user" || who->row.type == "team");
  return person ? Error() : not_found("user instance for " + id->text() + " not found");
}

json::Document reference(const std::string& text) {
  json::Document parsed;
  // It was written by this library just now.
  if (!json::parse_trusted(text, parsed).ok()) parsed.SetNull();
  return parsed;
}

std::string reference_to(const store::EntityRow& row) {
  return view::reference_text({row.rid, row.id, row.type, row.fqn_key, row.name, row.display_name, row.deleted});
}

/// Who it is assigned to, with name and all: bodies may give no more than the id.
Error complete_assignee(store::Reader& reader, json::Document& state) {
  json::Value* details = json::find(static_cast<json::Value&>(state), "testCaseResolutionStatusDetails");
  const json::Value* assignee = details == nullptr ? nullptr : json::find(*details, "assignee");
  const auto id = assignee == nullptr ? std::nullopt : EntityId::parse(json::string_or(*assignee, "id"));
  if (!id) return {};
  MD_LET(who, reader.find(*id));
  if (!who) return {};
  auto& allocator = state.GetAllocator();
  json::set(*details, "assignee", json::copy(reference(reference_to(who->row)), allocator), allocator);
  return {};
}

/// How long it took to answer to an incident, or to resolve it, in ms: for the state that does so.
Error add_metric(store::Reader& reader, store::Rid owner, const store::SeriesRow& newest, const std::string& state_id,
                 std::int64_t at, json::Document& state) {
  const bool resolves = json::string_or(state, "testCaseResolutionStatusType") == "Resolved";
  std::int64_t since = newest.ts;
  if (resolves) {
    MD_LET(states, reader.series(owner, kIncidents, 0, INT64_MAX, kMaxStates));
    for (const auto& row : states) {
      if (member(row.body, "stateId") == state_id) since = std::min(since, row.ts);
    }
  } else if (member(newest.body, "testCaseResolutionStatusType") != "New") {
    return {};
  }
  auto& allocator = state.GetAllocator();
  json::Value metric(json::rapid::kObjectType);
  json::set_string(metric, "name", resolves ? "timeToResolution" : "timeToResponse", allocator);
  json::set(metric, "value", json::Value(at - since), allocator);
  json::Value metrics(json::rapid::kArrayType);
  metrics.PushBack(metric, allocator);
  json::set(state, "metrics", std::move(metrics), allocator);
  return {};
}

}  // namespace

Result<std::vector<store::Rid>> seen_of(const entity::Context& context, store::Reader& reader, const Principal& as,
                                        std::span<const store::StoredEntity> owners) {
  std::vector<store::Rid> rids;
  for (const auto& owner : owners) rids.push_back(owner.row.rid);
  MD_LET(layout, context.layout(kTestCase));
  return access::seen(reader, as, layout->shape, rids);
}

Result<std::vector<Json>> shown(const entity::Context& context, store::Reader& reader, const Principal& as,
                                std::vector<std::string> texts) {
  MD_OK(entity::seeing_of(context.layouts, reader, as).redact(texts));
  std::vector<Json> states;
  for (const std::string& text : texts) {
    MD_LET(state, Json::parse(text, context.limits.body));
    states.push_back(std::move(state));
  }
  return states;
}

Result<FoundState> find_state(const entity::Context& context, store::Reader& reader, const Principal& as,
                              const EntityId& id) {
  const Error absent = entity::no_instance(kIncidents, id.text());
  MD_LET(record, reader.side(kStateRecord, id.text()));
  if (!record) return absent;
  MD_LET(owner, reader.find(record->owner));
  if (!owner) return absent;
  MD_LET(seen, seen_of(context, reader, as, std::span(&*owner, 1)));
  if (seen.empty()) return absent;
  MD_LET(row, reader.series_value(owner->row.rid, kIncidents, id.text()));
  if (!row) return absent;
  return FoundState{std::move(*owner), std::move(*row)};
}

Result<json::Document> author(store::Reader& reader, const WriteOptions& options) {
  json::Document none;
  if (options.as.id.empty()) return none;
  MD_LET(who, reader.find(options.as.id));
  return who ? reference(reference_to(who->row)) : std::move(none);
}

Result<std::string> open_incident(store::Reader& reader, store::Rid test_case) {
  MD_LET(newest, newest_state(reader, test_case));
  if (!newest || member(newest->body, "testCaseResolutionStatusType") == "Resolved") return std::string();
  return member(newest->body, "stateId");
}

Result<json::Document> incident_state(const entity::Context& context, store::Reader& reader,
                                      const store::StoredEntity& owner, json::Document given,
                                      const WriteOptions& options, store::WriteSet& set) {
  MD_OK(check_details(reader, given));
  MD_LET(newest, newest_state(reader, owner.row.rid));
  MD_LET(open, open_incident(reader, owner.row.rid));
  if (open.empty() && json::string_or(given, "testCaseResolutionStatusType") == "Resolved")
    return invalid_argument("no incident of " + model::fqn_of_key(owner.row.fqn_key) +
                            " is open: New, Ack or Assigned opens one, and then it can be Resolved");
  auto& allocator = given.GetAllocator();
  const std::string id = context.ids.next().text();
  const std::string state_id = open.empty() ? context.ids.next().text() : open;
  // States of one test case are told apart by their times, also when two come within a millisecond.
  const std::int64_t at = std::max(context.clock.now_ms(), newest ? newest->ts + 1 : 0);
  json::set_string(given, "id", id, allocator);
  json::set_string(given, "stateId", state_id, allocator);
  json::set(given, "timestamp", json::Value(at), allocator);
  json::set(given, "updatedAt", json::Value(at), allocator);
  json::set(given, "testCaseReference", json::copy(reference(reference_to(owner.row)), allocator), allocator);
  if (newest && !open.empty()) {
    if (const std::string severity = member(newest->body, "severity");
        !severity.empty() && json::find(given, "severity") == nullptr)
      json::set_string(given, "severity", severity, allocator);
    MD_OK(add_metric(reader, owner.row.rid, *newest, state_id, at, given));
  }
  MD_OK(complete_assignee(reader, given));
  MD_LET(who, author(reader, options));
  if (!who.IsNull()) json::set(given, "updatedBy", json::copy(who, allocator), allocator);
  set.operations.push_back(store::PutSide{{kStateRecord, id, owner.row.id, 0, "{}"}});
  set.operations.push_back(store::PutSide{{kIncidentRecord, state_id, owner.row.id, 0, "{}"}});
  return given;
}

}  // namespace quality

Result<Json> Quality::set_incident(std::string_view text, const WriteOptions& options) {
  const entity::Context& context = parts_->entities;
  json::Document body;
  MD_OK(json::parse(text, body, context.limits.body));
  if (!body.IsObject()) return invalid_argument("the body must be a JSON object");
  const std::string fqn(json::string_or(body, "testCaseReference"));
  if (fqn.empty()) return invalid_argument("testCaseReference field is required", "testCaseReference");
  for (const char* managed : {"id", "stateId", "timestamp", "updatedBy", "updatedAt", "testCaseReference", "metrics"})
    json::erase(body, managed);
  json::set(body, "timestamp", json::Value(context.clock.now_ms()), body.GetAllocator());
  const EntityRef target = EntityRef::by_fqn(quality::kTestCase, fqn);
  MD_LET(id, quality::id_to_edit(context, target, options));
  const std::lock_guard turn(parts_->turn_of(id));
  if (json::string_or(body, "testCaseResolutionStatusType") == "New") {
    MD_OK(entity::check_allowed(context, options.as, {"EditTests"}, target, options.interrupt));
    MD_LET(reader, context.store.snapshot(options.interrupt));
    MD_LET(owner, reader->find(id));
    if (owner) {
      MD_LET(newest, quality::newest_state(*reader, owner->row.rid));
      const bool open = newest && quality::member(newest->body, "testCaseResolutionStatusType") != "Resolved";
      if (open) {
        MD_LET(states, quality::shown(context, *reader, options.as, {newest->body}));
        return std::move(states.front());
      }
    }
  }
  MD_LET(kept, entity::put_value(context, target, quality::kIncidents, json::write(body), options,
                                 [&](store::Reader& reader, const store::StoredEntity& owner, json::Document& value,
                                     store::WriteSet& set) -> Error {
                                   MD_LET(state, quality::incident_state(context, reader, owner, std::move(value),
                                                                         options, set));
                                   value = std::move(state);
                                   return {};
                                 }));
  return Json::parse(kept, context.limits.body);
}

Result<Json> Quality::incident_state(const EntityId& id, const Interrupt& interrupt, const Principal& as) const {
  const entity::Context& context = parts_->entities;
  MD_LET(reader, context.store.snapshot(interrupt));
  MD_LET(found, quality::find_state(context, *reader, as, id));
  MD_LET(states, quality::shown(context, *reader, as, {found.row.body}));
  return std::move(states.front());
}

Result<std::vector<Json>> Quality::incident(const EntityId& state_id, const Interrupt& interrupt,
                                            const Principal& as) const {
  const entity::Context& context = parts_->entities;
  MD_LET(reader, context.store.snapshot(interrupt));
  MD_LET(record, reader->side(quality::kIncidentRecord, state_id.text()));
  if (!record) return std::vector<Json>();
  MD_LET(owner, reader->find(record->owner));
  if (!owner) return std::vector<Json>();
  MD_LET(seen, quality::seen_of(context, *reader, as, std::span(&*owner, 1)));
  if (seen.empty()) return std::vector<Json>();
  MD_LET(rows, reader->series(owner->row.rid, quality::kIncidents, 0, INT64_MAX, quality::kMaxStates));
  std::vector<std::string> texts;
  for (auto& row : rows) {
    if (quality::member(row.body, "stateId") == state_id.text()) texts.push_back(std::move(row.body));
  }
  return quality::shown(context, *reader, as, std::move(texts));
}

}  // namespace metadata
