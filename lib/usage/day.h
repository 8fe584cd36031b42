#ifndef METADATA_LIB_USAGE_DAY_H
#define METADATA_LIB_USAGE_DAY_H

#include <cstdint>
#include <string>
#include <string_view>

#include "metadata/error.h"

namespace metadata::usage {

inline constexpr std::int64_t kDayMs = 86'400'000;

/// Midnight (UTC) of a day that is written "2024-01-31", in ms since the epoch; InvalidArgument when there is no such
/// day.
Result<std::int64_t> parse_day(std::string_view text);
/// The day of a moment, written the same way.
std::string day_text(std::int64_t ms);

}  // namespace metadata::usage

#endif  // METADATA_LIB_USAGE_DAY_H
