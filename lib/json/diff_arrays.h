#ifndef METADATA_LIB_JSON_DIFF_ARRAYS_H
#define METADATA_LIB_JSON_DIFF_ARRAYS_H

// How the elements of two arrays belong together; json/diff makes operations of it.

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "json/value.h"

namespace metadata::json {

inline constexpr std::size_t kNoMatch = static_cast<std::size_t>(-1);

/// For each element of `b` the index of the element of `a` with the same identity, or kNoMatch. An identity is the
/// first member of `name`, `tagFQN` and `id` that every element has, as a string, no two the same or else the same at
/// each index of both. Nothing when there is none or an array is empty.
std::optional<std::vector<std::size_t>> match_by_identity(const Value& a, const Value& b);

/// Which of the distinct numbers belong to a longest rising subsequence.
std::vector<bool> longest_rising(const std::vector<std::size_t>& numbers);

/// Elements [from_begin, from_end) of one array stand where [to_begin, to_end) of the other do.
struct Gap {
  std::size_t from_begin;
  std::size_t from_end;
  std::size_t to_begin;
  std::size_t to_end;
};

/// The places, from front to back, where two arrays differ, when as many equal elements as possible are kept in order.
/// Nothing when that would take more steps than the budget, which is spent.
std::optional<std::vector<Gap>> gaps_between(const Value& a, const Value& b, std::size_t& budget);

}  // namespace metadata::json

#endif  // METADATA_LIB_JSON_DIFF_ARRAYS_H
