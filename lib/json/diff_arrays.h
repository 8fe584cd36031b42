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

/// The member that names each element of both arrays: the first of `name`, `tagFQN`, `id` that every element has, as a
/// string, no two the same. Nothing when there is none or an array is empty.
std::optional<std::string_view> identity_member(const Value& a, const Value& b);

/// For each element of `b` the element of `a` with the same identity, or kNoMatch.
std::vector<std::size_t> match_by_member(const Value& a, const Value& b, std::string_view member);

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
