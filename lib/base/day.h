#ifndef METADATA_LIB_BASE_DAY_H
#define METADATA_LIB_BASE_DAY_H

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace metadata::base {

// Days of UTC, each by its start in ms since the epoch, and written as "2024-01-31".

inline constexpr std::int64_t kDayMs = 86'400'000;

/// The start of the day of a moment, also before the epoch.
std::int64_t day_of(std::int64_t at_ms);
/// The day of a moment as text.
std::string day_text(std::int64_t at_ms);
/// The day that is written so; nothing when it is written otherwise, is none, or lies before the epoch.
std::optional<std::int64_t> parse_day(std::string_view text);

}  // namespace metadata::base

#endif  // METADATA_LIB_BASE_DAY_H
