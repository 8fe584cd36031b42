#ifndef METADATA_LIB_VIEW_JOINS_H
#define METADATA_LIB_VIEW_JOINS_H

#include <cstdint>
#include <string>
#include <string_view>

#include "metadata/error.h"
#include "view/computed_task.h"

namespace metadata::view {

// How often tables are joined with others: a value a day in a series of each. Its text is
// {"columns": {"<key parts below the table>": {"<FQN of a column>": count}}, "tables": {"<FQN of a table>": count}}.

inline constexpr std::string_view kJoins = "joins";
inline constexpr int kJoinDays = 30;
inline constexpr std::int64_t kDayMs = 86'400'000;

/// The start of the day of a moment, in ms; and a day as "2024-01-31".
std::int64_t day_of(std::int64_t at);
std::string date_text(std::int64_t at);

/// The sums of the last days: a computed field.
Error joins(const Task& task);

}  // namespace metadata::view

#endif  // METADATA_LIB_VIEW_JOINS_H
