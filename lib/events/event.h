#ifndef METADATA_LIB_EVENTS_EVENT_H
#define METADATA_LIB_EVENTS_EVENT_H

#include <string>
#include <string_view>

#include "metadata/change.h"
#include "store/rows.h"

namespace metadata::events {

/// The event that a record of the log tells of.
ChangeEvent event_of(const store::LogRecord& record);

/// A UUID (version 8) for a record: the same whenever, and by whomever, it is read. Two records of one store never
/// share one.
std::string event_uuid(const store::LogRecord& record);

/// The event type of a kind of record.
std::string_view type_name(ChangeEvent::Kind kind) noexcept;

}  // namespace metadata::events

#endif  // METADATA_LIB_EVENTS_EVENT_H
