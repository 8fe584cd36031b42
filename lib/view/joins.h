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

/// The sums of the last days: a computed field.
Error joins(const Task& task);

}  // namespace metadata::view

#endif  // METADATA_LIB_VIEW_JOINS_H
