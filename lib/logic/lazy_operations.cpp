// Operations that compute only some of their arguments, or one of them for each element of a list.

#include <array>

#include "logic/operations.h"

namespace metadata::logic {
namespace {

Result<Value> argument(Evaluator& evaluator, Arguments arguments, std::size_t index, const Value& data) {
  return index < arguments.size() ? evaluator.apply(*arguments[index], data) : Result<Value>(Value());
}

/// [condition, value]… and at the end, perhaps, what else.
Result<Value> choose(Evaluator& evaluator, Arguments arguments, const Value& data) {
  std::size_t i = 0;
  for (; i + 1 < arguments.size(); i += 2) {
    MD_LET(condition, evaluator.apply(*arguments[i], data));
    if (condition.is_true()) return evaluator.apply(*arguments[i + 1], data);
  }
  return argument(evaluator, arguments, i, data);
}

/// The first value that is `Stop`, or the last one.
template <bool Stop>
Result<Value> first(Evaluator& evaluator, Arguments arguments, const Value& data) {
  Value last;
  for (const json::Value* each : arguments) {
    MD_LET(value, evaluator.apply(*each, data));
    last = value;
    if (last.is_true() == Stop) break;
  }
  return last;
}

/// Calls `visit(element, value of the second argument for it)` until it is false; no list has no elements.
template <class Visit>
Error for_each(Evaluator& evaluator, Arguments arguments, const Value& data, const Visit& visit) {
  MD_LET(list, argument(evaluator, arguments, 0, data));
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Value element = list.at(i);
    MD_LET(value, argument(evaluator, arguments, 1, element));
    if (!visit(element, value)) break;
  }
  return {};
}

Result<Value> filter(Evaluator& evaluator, Arguments arguments, const Value& data) {
  Value::Elements kept;
  MD_OK(for_each(evaluator, arguments, data, [&](const Value& element, const Value& value) {
    if (value.is_true()) kept.push_back(element);
    return true;
  }));
  return evaluator.arena().keep(std::move(kept));
}

Result<Value> map(Evaluator& evaluator, Arguments arguments, const Value& data) {
  Value::Elements made;
  MD_OK(for_each(evaluator, arguments, data, [&](const Value&, const Value& value) {
    made.push_back(value);
    return true;
  }));
  return evaluator.arena().keep(std::move(made));
}

/// Whether an element is found for which the second argument is `Wanted`, and how many elements there were until then.
template <bool Wanted>
Result<std::pair<bool, std::size_t>> find(Evaluator& evaluator, Arguments arguments, const Value& data) {
  bool found = false;
  std::size_t looked_at = 0;
  MD_OK(for_each(evaluator, arguments, data, [&](const Value&, const Value& value) {
    ++looked_at;
    found = value.is_true() == Wanted;
    return !found;
  }));
  return std::pair(found, looked_at);
}

Result<Value> all(Evaluator& evaluator, Arguments arguments, const Value& data) {
  MD_LET(other, find<false>(evaluator, arguments, data));
  return Value(!other.first && other.second > 0);
}

Result<Value> some(Evaluator& evaluator, Arguments arguments, const Value& data) {
  MD_LET(one, find<true>(evaluator, arguments, data));
  return Value(one.first);
}

Result<Value> none(Evaluator& evaluator, Arguments arguments, const Value& data) {
  MD_LET(one, find<true>(evaluator, arguments, data));
  return Value(!one.first);
}

/// The second argument sees {current, accumulator}; the third is what there is before the first element.
Result<Value> reduce(Evaluator& evaluator, Arguments arguments, const Value& data) {
  MD_LET(list, argument(evaluator, arguments, 0, data));
  MD_LET(begin, argument(evaluator, arguments, 2, data));
  Value accumulator = begin;
  for (std::size_t i = 0; i < list.size(); ++i) {
    MD_LET(value, argument(evaluator, arguments, 1, evaluator.arena().keep(Value::Fold{list.at(i), accumulator})));
    accumulator = value;
  }
  return accumulator;
}

using Named = std::pair<std::string_view, LazyOperation>;
constexpr std::array<Named, 10> kOperations{{{"if", choose},
                                             {"?:", choose},
                                             {"and", first<false>},
                                             {"or", first<true>},
                                             {"filter", filter},
                                             {"map", map},
                                             {"reduce", reduce},
                                             {"all", all},
                                             {"some", some},
                                             {"none", none}}};

}  // namespace

LazyOperation find_lazy_operation(std::string_view name) { return find_in(kOperations, name); }

}  // namespace metadata::logic
