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

/// Tells whoever reads from `from` on that everything up to `to` is not kept any more. The same range of the same store
/// has one id.
ChangeEvent gap_of(std::string_view store, Seq from, Seq to, std::int64_t at);

/// The event type of a kind of record.
std::string_view type_name(ChangeEvent::Kind kind) noexcept;
/// All that filters can name, as a sentence has them: "entityCreated, … and suggestionDeleted".
std::string type_names();

}  // namespace metadata::events

#endif  // METADATA_LIB_EVENTS_EVENT_H
