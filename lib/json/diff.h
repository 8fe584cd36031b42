#ifndef METADATA_LIB_JSON_DIFF_H
#define METADATA_LIB_JSON_DIFF_H

#include <functional>
#include <string_view>

#include "json/value.h"

namespace metadata::json {

/// The shortest reasonable RFC 6902 patch that turns `from` into `to`, as an array of operations.
///
/// Arrays whose elements are all objects with a distinct `name`, `tagFQN` or `id` are matched by it, other arrays by
/// the longest common run of equal elements. A nested value is replaced whole where that is shorter, and an array that
/// is too large to compare is too. The work is bounded by about the size of both trees times their depth.
Document diff(const Value& from, const Value& to);

/// The patch for those members alone of two objects that `is_compared` names.
Document diff(const Value& from, const Value& to, const std::function<bool(std::string_view)>& is_compared);

}  // namespace metadata::json

#endif  // METADATA_LIB_JSON_DIFF_H
