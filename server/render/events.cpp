#include "render/events.h"

#include "metadata/json.h"
#include "render/page.h"

namespace metadata::server::render {
namespace {

std::string list(const std::vector<ChangeEvent>& events, Dialect dialect, std::int64_t total, const std::string& more) {
  std::string out = R"({"data":[)";
  for (const ChangeEvent& one : events) {
    if (out.back() != '[') out.push_back(',');
    out += event(one, dialect);
  }
  return out + R"(],"paging":{"total":)" + std::to_string(total) + more + "}}";
}

}  // namespace

std::string event(const ChangeEvent& event, Dialect dialect) {
  std::string text = change_event(event);
  if (dialect == Dialect::OpenMetadata) return text;
  text.pop_back();
  return text + R"(,"seq":)" + std::to_string(event.seq) + "}";
}

Response recent_events(const RecentEvents& events, Dialect dialect) {
  return json(list(events.events, dialect, events.total, events.whole ? "" : R"(,"totalRelation":"gte")"));
}

std::string event_page(const EventPage& page, Dialect dialect) {
  return list(page.events, dialect, static_cast<std::int64_t>(page.events.size()),
              R"(,"after":")" + std::to_string(page.position) + "\"");
}

}  // namespace metadata::server::render
