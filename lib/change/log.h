#ifndef METADATA_LIB_CHANGE_LOG_H
#define METADATA_LIB_CHANGE_LOG_H

#include <cstdint>
#include <string_view>

#include "metadata/options.h"
#include "store/rows.h"

namespace metadata::change {

/// A log record about the row: who did what of this kind to it, when, and from where (Manual, Automated …).
store::LogRecord log_record(const store::EntityRow& row, store::LogKind kind, const Principal& as, std::int64_t at,
                            std::string_view source);

}  // namespace metadata::change

#endif  // METADATA_LIB_CHANGE_LOG_H
