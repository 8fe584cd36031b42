#include <algorithm>

#include "metadata/ids.h"
#include "render/entity.h"
#include "render/page.h"
#include "routes/input.h"
#include "routes/routes.h"

namespace metadata::server {
namespace {

constexpr char kResults[] = "results";
constexpr long long kMaxResults = 1000;

/// The value that is kept for this moment; nothing when there is none.
Result<std::optional<Json>> result_at(const Call& call, const EntityRef& target, std::int64_t at) {
  MD_LET(values, call.server.catalog.values(target, kResults, at, at, 1, call.interrupt));
  return values.empty() ? std::optional<Json>() : std::optional<Json>(values.front());
}

/// Keeps what a check of the contract found; a second one of the same moment takes the place of the first.
Reply put_result(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  MD_LET(target, by_id(call));
  MD_OK(call.server.catalog.check_allowed(call.who, {"EditAll"}, target, call.interrupt));
  MD_LET(contract, call.server.catalog.get(target, {call.who, {}, Include::Live, call.interrupt}));
  MD_LET(body, body_object(call));
  const auto at = body["timestamp"].as_int();
  if (!at) return invalid_argument("timestamp must be a moment in milliseconds", "timestamp");
  MD_LET(earlier, result_at(call, target, *at));
  JsonWriter out;
  out.begin_object();
  body.for_each_member([&](std::string_view member, const Json& value) {
    const bool own = member == "dataContractFQN" || (member == "id" && (earlier || value.is_null()));
    if (!own) out.key(member).raw(value.text());
  });
  out.key("dataContractFQN").string(contract.fqn());
  if (earlier) out.key("id").raw((*earlier)["id"].text());
  out.end_object();
  MD_LET(options, write_options(call));
  MD_LET(kept, call.server.catalog.put_value(target, kResults, std::move(out).text(), options));
  return render::json(kept.text());
}

Reply list_results(const Call& call) {
  MD_LET(target, by_id(call));
  MD_LET(when, moments_of(call));
  MD_LET(limit, call.query.number("limit", 10));
  if (limit < 1) return invalid_argument("query param limit must be at least 1", "limit");
  MD_OK(call.server.catalog.check_allowed(call.who, {"ViewBasic"}, target, call.interrupt));
  const auto most = static_cast<std::size_t>(std::min(limit, kMaxResults));
  MD_LET(values, call.server.catalog.values(target, kResults, when.from, when.to, most, call.interrupt));
  return render::values(values);
}

/// The newest result; without one, nothing.
Reply latest_result(const Call& call) {
  MD_LET(target, by_id(call));
  MD_OK(call.server.catalog.check_allowed(call.who, {"ViewBasic"}, target, call.interrupt));
  MD_LET(values, call.server.catalog.values(target, kResults, 0, kEver, 1, call.interrupt));
  return values.empty() ? Reply(render::nothing()) : Reply(render::json(values.front().text()));
}

Reply read_result(const Call& call) {
  MD_LET(target, by_id(call));
  MD_OK(call.server.catalog.check_allowed(call.who, {"ViewBasic"}, target, call.interrupt));
  MD_LET(value, call.server.catalog.value(target, kResults, call.params.back(), call.interrupt));
  return render::json(value.text());
}

/// By its moment, as the API has it.
Reply remove_result(const Call& call) {
  MD_LET(target, by_id(call));
  MD_OK(call.server.catalog.check_allowed(call.who, {"EditAll"}, target, call.interrupt));
  const std::string& said = call.params.back();
  const bool number = !said.empty() && said.size() < 19 &&
                      std::all_of(said.begin(), said.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!number) return invalid_argument("'" + said.substr(0, 100) + "' is not a moment in milliseconds");
  MD_LET(found, result_at(call, target, std::stoll(said)));
  if (!found) return not_found("the contract has no result of " + said);
  MD_LET(options, write_options(call));
  const std::string id((*found)["id"].as_string().value_or(std::string_view{}));
  MD_OK(call.server.catalog.remove_value(target, kResults, id, options));
  return render::json(found->text());
}

Reply validate(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  MD_LET(target, by_id(call));
  MD_LET(options, write_options(call));
  MD_LET(result, call.server.catalog.quality().validate_contract(target, options));
  return render::json(result.text());
}

}  // namespace

std::vector<Route> contract_routes(const Registry& registry) {
  const TypeInfo* contract = registry.find("dataContract");
  const std::string one = "/api/v1/dataContracts/{id}", at = one + "/results";
  return {
      {"PUT", at, put_result, needs("EditAll"), contract},
      {"GET", at, list_results, needs("ViewBasic"), contract},
      {"GET", at + "/latest", latest_result, needs("ViewBasic"), contract},
      {"GET", at + "/{key}", read_result, needs("ViewBasic"), contract},
      {"POST", one + "/validate", validate, needs("EditAll"), contract},
      {"DELETE", at + "/{key}", remove_result, needs("EditAll"), contract},
  };
}

}  // namespace metadata::server
