#include <array>
#include <charconv>
#include <chrono>

#include "events/hub.h"
#include "http/hold.h"
#include "render/events.h"
#include "render/page.h"
#include "routes/events_input.h"
#include "routes/input.h"
#include "routes/routes.h"

namespace metadata::server {
namespace {

constexpr long long kDefaultPage = 100;
constexpr long long kLongestWait = 60;

/// Events after a position; with `wait` seconds, one that is not there yet is waited for.
Reply list_after(const Call& call, const EventQuery& query, Seq after) {
  MD_LET(wait, call.query.number("wait", 0));
  if (wait < 0 || wait > kLongestWait) {
    return invalid_argument("query param wait must be between 0 and " + std::to_string(kLongestWait) + " seconds",
                            "wait");
  }
  MD_LET(page, call.server.catalog.events().read(after, query));
  const bool waits = wait > 0 && page.events.empty() && page.at_end && call.request.method == "GET";
  if (!waits) return render::json(render::event_page(page, call.dialect));
  MD_LET(hold, call.server.hub->wait({query, page.position, call.dialect, call.who.name}, std::chrono::seconds(wait)));
  Response response;
  response.hold = std::move(hold);
  return response;
}

bool wants_stream(const Call& call) {
  const std::string_view accepted = call.request.headers.value("Accept");
  return call.request.method == "GET" && accepted.find("text/event-stream") != std::string_view::npos;
}

/// Where a stream begins: after the event that a client that comes again has seen last, else after `after`, else now.
Result<Seq> begin_of_stream(const Call& call) {
  std::string_view last = call.request.headers.value("Last-Event-ID");
  if (last.empty()) last = call.query.get("after").value_or(std::string_view{});
  if (last.empty()) return call.server.catalog.events().end();
  Seq seq = 0;
  const auto [end, error] = std::from_chars(last.data(), last.data() + last.size(), seq);
  if (error != std::errc{} || end != last.data() + last.size() || seq < 0) {
    return invalid_argument("Last-Event-ID (or query param after) must be the id of an event of this stream");
  }
  return seq;
}

Reply stream(const Call& call, const EventQuery& query) {
  MD_LET(after, begin_of_stream(call));
  // What is wrong with the filters is told before the stream begins.
  EventQuery first = query;
  first.limit = 1;
  MD_LET(page, call.server.catalog.events().read(call.server.catalog.events().end(), first));
  MD_LET(hold, call.server.hub->stream({query, after, call.dialect, call.who.name}));
  Response response;
  response.content_type = "text/event-stream";
  response.set("X-Accel-Buffering", "no");
  response.hold = std::move(hold);
  return response;
}

Reply list(const Call& call) {
  MD_LET(query, event_query(call));
  if (wants_stream(call)) return stream(call, query);
  MD_LET(after, call.query.number("after", -1));
  if (const auto given = call.query.get("after"); given && !given->empty()) {
    if (after < 0) return invalid_argument("query param after must not be negative", "after");
    return list_after(call, query, after);
  }
  MD_LET(since, call.query.number("timestamp", 0));
  MD_LET(events, call.server.catalog.events().recent(since, query));
  return render::recent_events(events, call.dialect);
}

Reply no_subscriptions(const Call&) {
  return unimplemented("/api/v1/events/subscriptions is not built: /api/v1/webhooks takes the same deliveries");
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
      {"GET", "/api/v1/events/subscriptions", no_subscriptions, needs("ViewBasic")},
      {"POST", "/api/v1/events/subscriptions", no_subscriptions, needs("ViewBasic")},
      {"PUT", "/api/v1/events/subscriptions", no_subscriptions, needs("ViewBasic")},
  };
}

}  // namespace metadata::server
