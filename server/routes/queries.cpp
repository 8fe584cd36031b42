#include "render/entity.h"
#include "render/page.h"
#include "routes/input.h"
#include "routes/list_items.h"
#include "routes/routes.h"

namespace metadata::server {
namespace {

constexpr std::size_t kMaxItems = 1000;

/// A list of a query that others add to.
struct Added {
  std::string_view path;   ///< last word of the route
  const char* field;       ///< of the query
  bool references;         ///< items may be objects; else texts only
  std::string_view needs;  ///< the operation
};
constexpr Added kAdded[] = {{"usage", "queryUsedIn", true, "EditUsage"},
                            {"users", "users", true, "EditUsage"},
                            {"usedBy", "usedBy", false, "EditUsage"}};

/// Who ran the query, and what it reads, is seen one by one: each request adds what it saw.
template <std::size_t which, Items how>
Reply change(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  constexpr const Added& added = kAdded[which];
  MD_LET(target, by_id(call));
  MD_OK(call.server.catalog.check_allowed(call.who, {std::string(added.needs)}, target, call.interrupt));
  MD_LET(body, Json::parse(call.request.body));
  if (!body.is_array())
    return invalid_argument("the body must be a list of what is to be in " + std::string(added.field));
  if (body.size() > kMaxItems) return too_large("at most " + std::to_string(kMaxItems) + " can be named at once");
  std::vector<Json> items;
  for (std::size_t i = 0; i < body.size(); ++i) {
    const Json item = body.at(i);
    if (!item.is_string() && !(added.references && item.is_object()))
      return invalid_argument("item " + std::to_string(i) + " of the body must be a " +
                              (added.references ? "reference" : "name"));
    items.push_back(item);
  }
  MD_LET(written, change_items(call, target, added.field, items, how));
  return render::written(call, written);
}

/// What a query cost between two looks at its service; one of the same moment takes the place of the first.
Reply put_cost(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  MD_LET(body, body_object(call));
  const std::string said(body["queryReference"]["id"].as_string().value_or(std::string_view{}));
  const auto id = EntityId::parse(said);
  if (!id) return invalid_argument("queryReference must be a reference to a query, with its id", "queryReference");
  MD_LET(options, write_options(call));
  const EntityRef query = EntityRef::by_id(call.type->name, *id);
  MD_LET(kept, call.server.catalog.put_value(query, "queryCostRecord", call.request.body, options));
  Response response = render::json(kept.text());
  response.status = 201;
  return response;
}

}  // namespace

std::vector<Route> query_routes(const Registry& registry) {
  const TypeInfo* query = registry.find("query");
  const std::string at = "/api/v1/queries/{id}/";
  const auto path = [&](std::size_t which) { return at + std::string(kAdded[which].path); };
  return {
      {"PUT", path(0), change<0, Items::Add>, needs("EditUsage"), query},
      {"PUT", path(1), change<1, Items::Add>, needs("EditUsage"), query},
      {"PUT", path(2), change<2, Items::Add>, needs("EditUsage"), query},
      {"DELETE", path(0), change<0, Items::Remove>, needs("EditUsage"), query},
      {"POST", "/api/v1/queryCostRecord", put_cost, needs("EditUsage"), query},
  };
}

}  // namespace metadata::server
