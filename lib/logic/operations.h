#ifndef METADATA_LIB_LOGIC_OPERATIONS_H
#define METADATA_LIB_LOGIC_OPERATIONS_H

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "logic/evaluate.h"

namespace metadata::logic {

/// What an operation was given, as it stands in the rule.
using Arguments = std::span<const json::Value* const>;
/// Values of all arguments.
using Values = std::vector<Value>;

/// An operation by what it needs: its arguments as rules, of which it computes some (once, or for each element), or
/// the values of all of them.
using LazyOperation = Result<Value> (*)(Evaluator& evaluator, Arguments arguments, const Value& data);
using Operation = Result<Value> (*)(Evaluator& evaluator, const Values& values, const Value& data);

/// Null when there is none of that name.
LazyOperation find_lazy_operation(std::string_view name);
/// The operations of JSON Logic.
Operation find_operation(std::string_view name);
/// Those about entities.
Operation find_entity_operation(std::string_view name);

/// What a table of names has of that name; null when that is nothing.
template <class Table>
auto find_in(const Table& table, std::string_view name) {
  const auto found = std::find_if(table.begin(), table.end(), [&](const auto& row) { return row.first == name; });
  return found == table.end() ? decltype(found->second)(nullptr) : found->second;
}

/// The argument's value; null when there are fewer.
inline Value value_at(const Values& values, std::size_t index) {
  return index < values.size() ? values[index] : Value();
}

/// What a path ("owners.0.name") leads to; nothing when it leads nowhere. An empty path leads to the data itself.
std::optional<Value> look_up(const Value& data, const Value& path, Steps& steps);

}  // namespace metadata::logic

#endif  // METADATA_LIB_LOGIC_OPERATIONS_H
