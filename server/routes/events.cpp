#include <array>

#include "render/events.h"
#include "render/page.h"
#include "routes/events_input.h"
#include "routes/input.h"
#include "routes/routes.h"

namespace metadata::server {
namespace {

constexpr long long kDefaultPage = 100;

std::vector<std::string> list_of(const Call& call, std::string_view name) {
  std::vector<std::string> items;
  std::string_view rest = call.query.get(name).value_or(std::string_view{});
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    const std::string_view item = rest.substr(0, comma);
    if (!item.empty()) items.emplace_back(item);
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
  }
  return items;
}

Reply list(const Call& call) {
  MD_LET(query, event_query(call));
  MD_LET(after, call.query.number("after", -1));
  if (const auto given = call.query.get("after"); given && !given->empty()) {
    if (after < 0) return invalid_argument("query param after must not be negative", "after");
    MD_LET(page, call.server.catalog.events().read(after, query));
    return render::json(render::event_page(page, call.dialect));
  }
  MD_LET(since, call.query.number("timestamp", 0));
  MD_LET(events, call.server.catalog.events().recent(since, query));
  return render::recent_events(events, call.dialect);
}

}  // namespace

Result<EventQuery> event_query(const Call& call) {
  EventQuery query;
  query.as = call.who;
  query.interrupt = call.interrupt;
  MD_LET(limit, call.query.number("limit", kDefaultPage));
  if (limit < 1) return invalid_argument("query param limit must be 1 or more", "limit");
  query.limit = static_cast<std::size_t>(limit);
  EventFilter common;
  common.entity_types = list_of(call, "entityType");
  common.event_types = list_of(call, "eventType");
  common.fqn = call.query.text("fqn");
  common.owners = list_of(call, "owner");
  common.tags = list_of(call, "tag");
  common.domains = list_of(call, "domain");
  for (const std::string& text : list_of(call, "id")) {
    const auto id = EntityId::parse(text);
    if (!id) return invalid_argument("query param id: '" + text.substr(0, 100) + "' is not a UUID", "id");
    common.ids.push_back(*id);
  }
  constexpr std::array kByType = {"entityCreated", "entityUpdated", "entityRestored", "entityDeleted"};
  for (const std::string_view name : kByType) {
    auto types = list_of(call, name);
    if (types.empty()) continue;
    EventFilter filter = common;
    filter.event_types = {std::string(name)};
    filter.entity_types = std::move(types);
    query.any.push_back(std::move(filter));
  }
  if (query.any.empty()) query.any.push_back(std::move(common));
  return query;
}

std::vector<Route> event_routes() {
  return {
      {"GET", "/api/v1/events", list, needs("ViewBasic")},
  };
}

}  // namespace metadata::server
