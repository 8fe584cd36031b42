#ifndef METADATA_SERVER_RENDER_EVENTS_H
#define METADATA_SERVER_RENDER_EVENTS_H

#include <string>

#include "dialect/choose.h"
#include "http/response.h"
#include "metadata/events.h"

namespace metadata::server::render {

/// One event as a ChangeEvent; with its place in the log (`seq`) for whoever does not know a closed set of keys.
std::string event(const ChangeEvent& event, Dialect dialect);
/// `{"data":[…],"paging":{"total":…}}`, newest first.
Response recent_events(const RecentEvents& events, Dialect dialect);
/// `{"data":[…],"paging":{"total":…,"after":"<position>"}}`, oldest first; the position goes on where this page ends.
std::string event_page(const EventPage& page, Dialect dialect);

}  // namespace metadata::server::render

#endif  // METADATA_SERVER_RENDER_EVENTS_H
