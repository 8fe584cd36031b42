#include <chrono>

#include "dialect/aliases.h"
#include "metadata/usage.h"
#include "render/members.h"
#include "render/page.h"
#include "routes/input.h"
#include "routes/routes.h"

namespace metadata::server {
namespace {

constexpr int kMaxDays = 400;

/// The entity of a route by its type, in any case, and its id or name.
Result<EntityRef> target_of(const Call& call, bool by_id) {
  const TypeInfo* type = call.server.catalog.registry().find(call.params[0]);
  if (type == nullptr) return not_found("there is no entity type '" + call.params[0].substr(0, 100) + "'");
  const std::string& said = call.params[1];
  if (!by_id) return EntityRef::by_fqn(type->name, canonical_fqn(type->name, said));
  if (const auto id = EntityId::parse(said)) return EntityRef::by_id(type->name, *id);
  return invalid_argument("'" + said.substr(0, 100) + "' is not the id of an entity: a UUID is expected");
}

Reply answer(const Call& call, const EntityRef& target, const std::string& day, int days, int status) {
  MD_LET(usage, call.server.catalog.usage().read(target, day, days, {call.who, {}, Include::Live, call.interrupt}));
  Response response = render::json(usage.text());
  response.status = status;
  return response;
}

template <bool by_id>
Reply read(const Call& call) {
  MD_LET(target, target_of(call, by_id));
  MD_LET(days, call.query.number("days", 1));
  if (days < 1 || days > kMaxDays)
    return invalid_argument("query param days must be from 1 to " + std::to_string(kMaxDays), "days");
  return answer(call, target, call.query.text("date"), static_cast<int>(days), 200);
}

/// A POST says what the day's count is, a PUT what is to be added to it.
template <bool by_id, Usage::How how>
Reply count(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  MD_LET(target, target_of(call, by_id));
  MD_LET(body, body_object(call));
  MD_LET(day, required_text(body, "date"));
  const auto times = body["count"].as_int();
  if (!times) return invalid_argument("count must be an integer", "count");
  MD_LET(options, write_options(call));
  MD_OK(call.server.catalog.usage().count(target, day, *times, how, options));
  return answer(call, target, day, 1, how == Usage::How::Set ? 201 : 200);
}

Reply rank(const Call& call) {
  const TypeInfo* type = call.server.catalog.registry().find(call.params[0]);
  if (type == nullptr) return not_found("there is no entity type '" + call.params[0].substr(0, 100) + "'");
  MD_LET(options, write_options(call));
  MD_OK(call.server.catalog.usage().rank(type->name, call.params[1], options));
  Response response = render::nothing();
  response.status = 201;
  return response;
}

}  // namespace

std::vector<Route> usage_routes() {
  using How = Usage::How;
  const Need view = needs("ViewUsage"), edit = needs("EditUsage");
  return {
      {"POST", "/api/v1/usage/compute.percentile/{entityType}/{date}", rank, edit},
      {"GET", "/api/v1/usage/{entityType}/name/{fqn...}", read<false>, view},
      {"POST", "/api/v1/usage/{entityType}/name/{fqn...}", count<false, How::Set>, edit},
      {"PUT", "/api/v1/usage/{entityType}/name/{fqn...}", count<false, How::Add>, edit},
      {"GET", "/api/v1/usage/{entityType}/{id}", read<true>, view},
      {"POST", "/api/v1/usage/{entityType}/{id}", count<true, How::Set>, edit},
      {"PUT", "/api/v1/usage/{entityType}/{id}", count<true, How::Add>, edit},
  };
}

}  // namespace metadata::server
