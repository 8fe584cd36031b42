#ifndef METADATA_SERVER_ROUTES_EVENTS_INPUT_H
#define METADATA_SERVER_ROUTES_EVENTS_INPUT_H

#include "call.h"
#include "metadata/events.h"

namespace metadata::server {

/// The filters of a request for events: entityCreated, entityUpdated, entityRestored, entityDeleted (types of entities,
/// or `*`), and entityType, eventType, id, fqn, owner, tag, domain; each a list with commas.
Result<EventQuery> event_query(const Call& call);

}  // namespace metadata::server

#endif  // METADATA_SERVER_ROUTES_EVENTS_INPUT_H
