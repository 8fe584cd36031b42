#ifndef METADATA_LIB_EVENTS_PARTS_H
#define METADATA_LIB_EVENTS_PARTS_H

#include <memory>

#include "events/deliveries.h"
#include "events/retention.h"
#include "metadata/events.h"
#include "metadata/options.h"
#include "store/store.h"
#include "view/layout.h"

namespace metadata {

/// What the room works with. Immutable; owned by Events; the referred must outlive it.
struct Events::Parts {
  store::Store& store;
  const view::Layouts& layouts;
  const Limits& limits;
  Clock& clock;
  events::Deliveries* deliveries = nullptr;  // null: nothing is delivered
  events::Directory directory = {};
  events::Retention* retention = nullptr;  // null: everything is told
};

}  // namespace metadata

namespace metadata::events {

using Context = Events::Parts;

Result<EventPage> read(const Context& context, Seq after, const EventQuery& query);
Result<RecentEvents> recent(const Context& context, std::int64_t since_ms, const EventQuery& query);
/// InvalidArgument as read() answers it, before anything is read.
Error check(const Context& context, const EventQuery& query);

}  // namespace metadata::events

#endif  // METADATA_LIB_EVENTS_PARTS_H
