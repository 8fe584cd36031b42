#include <algorithm>
#include <array>
#include <optional>

#include "access/sight.h"
#include "entity/allowed.h"
#include "entity/verbs.h"
#include "json/bridge.h"
#include "json/parse.h"
#include "json/patch.h"
#include "json/write.h"
#include "quality/parts.h"

namespace metadata {
namespace quality {
namespace {

constexpr char kSeverity[] = "severity";
// What a write sets anew: what a patch says of them counts for nothing.
constexpr std::array<std::string_view, 2> kOwn = {"updatedAt", "updatedBy"};

bool same(const json::Value* a, const json::Value* b) {
  return a == nullptr || b == nullptr ? a == b : json::equal(*a, *b);
}

/// Refuses a change of any member of `before` or `after` that is not to be changed.
Error only_severity(const json::Value& before, const json::Value& after) {
  for (const json::Value* side : {&before, &after}) {
    for (const auto& member : side->GetObject()) {
      const std::string_view name = json::view(member.name);
      if (name == kSeverity || std::find(kOwn.begin(), kOwn.end(), name) != kOwn.end()) continue;
      if (same(json::find(before, name), json::find(after, name))) continue;
      return invalid_argument("Field " + std::string(name.substr(0, 100)) +
                              " is not allowed to be updated: POST the next state of the incident instead");
    }
  }
  return {};
}

/// What is to be kept, or nothing when the patch changes nothing. The patch is applied to what its author sees.
Result<std::optional<json::Document>> patched(const Json& seen, const std::string& kept, const Patch& patch,
                                              const PatchLimits& limits) {
  json::Document before, after, state;
  MD_OK(json::parse_trusted(seen.text(), before));
  MD_OK(json::parse_trusted(seen.text(), after));
  MD_OK(json::apply(json::operations(patch), after, limits));
  if (!after.IsObject()) return invalid_argument("the patch must leave a JSON object");
  MD_OK(only_severity(before, after));
  const json::Value* severity = json::find(after, kSeverity);
  if (same(json::find(before, kSeverity), severity)) return std::optional<json::Document>();
  MD_OK(json::parse_trusted(kept, state));
  json::erase(state, kSeverity);
  if (severity != nullptr && !severity->IsNull())
    json::set(state, kSeverity, json::copy(*severity, state.GetAllocator()), state.GetAllocator());
  return std::optional<json::Document>(std::move(state));
}

}  // namespace
}  // namespace quality

Result<Json> Quality::patch_incident(const EntityId& id, const Patch& patch, const WriteOptions& options) {
  const entity::Context& context = parts_->entities;
  MD_OK(access::check_outright(options.as, {"EditTests"}, quality::kTestCase));
  EntityRef target;
  {
    MD_LET(reader, context.store.snapshot(options.interrupt));
    MD_LET(found, quality::find_state(context, *reader, options.as, id));
    target = EntityRef::by_id(quality::kTestCase, found.owner.row.id);
  }
  MD_OK(entity::check_allowed(context, options.as, {"EditTests"}, target, options.interrupt));
  const std::lock_guard turn(parts_->turn_of(target.id));
  std::string text;
  {
    MD_LET(reader, context.store.snapshot(options.interrupt));
    MD_LET(found, quality::find_state(context, *reader, options.as, id));
    MD_LET(seen, quality::shown(context, *reader, options.as, {found.row.body}));
    MD_LET(state, quality::patched(seen.front(), found.row.body, patch, context.limits.patch));
    if (!state) return std::move(seen.front());
    text = json::write(*state);
  }
  MD_LET(kept, entity::put_value(context, target, quality::kIncidents, text, options,
                                 [&](store::Reader& reader, const store::StoredEntity&, json::Document& value,
                                     store::WriteSet&) -> Error {
                                   auto& allocator = value.GetAllocator();
                                   // Grows always, so that a patch can test for it.
                                   const std::int64_t before = json::int_member(value, "updatedAt").value_or(0);
                                   const std::int64_t at = std::max(context.clock.now_ms(), before + 1);
                                   json::set(value, "updatedAt", json::Value(at), allocator);
                                   json::erase(value, "updatedBy");
                                   MD_LET(who, quality::author(reader, options));
                                   if (!who.IsNull())
                                     json::set(value, "updatedBy", json::copy(who, allocator), allocator);
                                   return {};
                                 }));
  MD_LET(reader, context.store.snapshot(options.interrupt));
  MD_LET(states, quality::shown(context, *reader, options.as, {kept}));
  return std::move(states.front());
}

}  // namespace metadata
