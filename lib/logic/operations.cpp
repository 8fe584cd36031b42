#include "logic/operations.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <functional>
#include <limits>

#include "base/utf8.h"

namespace metadata::logic {
namespace {

Value kept(Evaluator& evaluator, Value::Elements list) { return evaluator.arena().keep(std::move(list)); }

// Data

Result<Value> var(Evaluator& evaluator, const Values& values, const Value& data) {
  const auto found = look_up(data, value_at(values, 0), evaluator.steps());
  return found.value_or(value_at(values, 1));
}

/// Those of the paths that lead to nothing, null or an empty text.
template <class Paths>
Value::Elements missing_of(Evaluator& evaluator, const Paths& paths, std::size_t count, const Value& data) {
  Value::Elements list;
  for (std::size_t i = 0; i < count; ++i) {
    const Value path = paths(i);
    const auto found = look_up(data, path, evaluator.steps());
    if (!found || found->is_null() || (found->is_text() && found->text().empty())) list.push_back(path);
  }
  return list;
}

/// Paths as arguments, or as one list of them.
Result<Value> missing(Evaluator& evaluator, const Values& values, const Value& data) {
  const Value first = value_at(values, 0);
  const auto path = [&](std::size_t i) { return first.is_list() ? first.at(i) : values[i]; };
  return kept(evaluator, missing_of(evaluator, path, first.is_list() ? first.size() : values.size(), data));
}

/// Nothing when as many of the paths as the first argument says lead somewhere.
Result<Value> missing_some(Evaluator& evaluator, const Values& values, const Value& data) {
  const Value paths = value_at(values, 1);
  auto list = missing_of(
      evaluator, [&](std::size_t i) { return paths.at(i); }, paths.size(), data);
  const auto there = static_cast<double>(paths.size() - list.size());
  const bool enough = there >= value_at(values, 0).to_number(evaluator.steps());
  return kept(evaluator, enough ? Value::Elements() : std::move(list));
}

// Comparisons

template <bool Same, bool Wanted>
Result<Value> equality(Evaluator& evaluator, const Values& values, const Value&) {
  const Value a = value_at(values, 0), b = value_at(values, 1);
  Steps& steps = evaluator.steps();
  return Value((Same ? a.is_same(b, steps) : a.is_equal(b, steps)) == Wanted);
}

/// As `<`: two texts by their characters, anything else as numbers. Lists and objects count as their texts.
template <class Compare>
bool compare(const Value& a, const Value& b, Steps& steps, Compare holds) {
  const auto is_plain = [](const Value& value) { return !value.is_list() && !value.is_object(); };
  if ((is_plain(a) && !a.is_text()) || (is_plain(b) && !b.is_text()))
    return holds(a.to_number(steps), b.to_number(steps));
  return holds(a.to_text(steps), b.to_text(steps));
}

bool less(const Value& a, const Value& b, Steps& steps) { return compare(a, b, steps, std::less<>()); }

bool less_or_equal(const Value& a, const Value& b, Steps& steps) { return compare(a, b, steps, std::less_equal<>()); }

using Holds = bool(const Value& a, const Value& b, Steps& steps);

/// With three arguments: the second lies between the others.
template <Holds holds>
Result<Value> ascending(Evaluator& evaluator, const Values& values, const Value&) {
  const Value a = value_at(values, 0), b = value_at(values, 1);
  return Value(holds(a, b, evaluator.steps()) && (values.size() < 3 || holds(b, values[2], evaluator.steps())));
}

template <Holds holds>
Result<Value> descending(Evaluator& evaluator, const Values& values, const Value&) {
  return Value(holds(value_at(values, 1), value_at(values, 0), evaluator.steps()));
}

template <bool Wanted>
Result<Value> truth(Evaluator&, const Values& values, const Value&) {
  return Value(value_at(values, 0).is_true() == Wanted);
}

// Numbers

Result<Value> plus(Evaluator& evaluator, const Values& values, const Value&) {
  double sum = 0;
  for (const Value& value : values) sum += value.parse_number(evaluator.steps());
  return Value(sum);
}

Result<Value> minus(Evaluator& evaluator, const Values& values, const Value&) {
  const double first = value_at(values, 0).to_number(evaluator.steps());
  return Value(values.size() < 2 ? -first : first - values[1].to_number(evaluator.steps()));
}

/// One factor alone stays what it is.
Result<Value> times(Evaluator& evaluator, const Values& values, const Value&) {
  if (values.size() == 1) return values.front();
  double product = 1;
  for (const Value& value : values) product *= value.parse_number(evaluator.steps());
  return Value(product);
}

Result<Value> divide(Evaluator& evaluator, const Values& values, const Value&) {
  return Value(value_at(values, 0).to_number(evaluator.steps()) / value_at(values, 1).to_number(evaluator.steps()));
}

Result<Value> modulo(Evaluator& evaluator, const Values& values, const Value&) {
  return Value(
      std::fmod(value_at(values, 0).to_number(evaluator.steps()), value_at(values, 1).to_number(evaluator.steps())));
}

template <bool Most>
Result<Value> extreme(Evaluator& evaluator, const Values& values, const Value&) {
  double found = Most ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
  for (const Value& value : values) {
    const double number = value.to_number(evaluator.steps());
    if (std::isnan(number)) return Value(number);
    found = Most ? std::max(found, number) : std::min(found, number);
  }
  return Value(found);
}

// Texts and lists

Result<Value> cat(Evaluator& evaluator, const Values& values, const Value&) {
  std::string text;
  for (const Value& value : values) {
    if (!value.is_null()) text += value.to_text(evaluator.steps());
  }
  return evaluator.arena().keep(std::move(text));
}

/// Where each character of the text begins, and its end.
std::vector<std::size_t> places_of(const std::string& text) {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < text.size();) {
    places.push_back(i);
    i += std::max<std::size_t>(1, base::utf8_length(text.data() + i, text.data() + text.size()));
  }
  places.push_back(text.size());
  return places;
}

/// [text, start, length] in characters. A negative start counts from the end; a negative length leaves out so many.
Result<Value> substr(Evaluator& evaluator, const Values& values, const Value&) {
  const std::string text = value_at(values, 0).to_text(evaluator.steps());
  const std::vector<std::size_t> places = places_of(text);
  const auto count = static_cast<double>(places.size() - 1);
  const auto whole = [&](const Value& value) {
    const double number = value.to_number(evaluator.steps());
    return std::isnan(number) ? 0 : std::trunc(number);
  };
  const double start = whole(value_at(values, 1));
  const double begin = std::clamp(start < 0 ? count + start : start, 0.0, count);
  double end = count;
  if (values.size() > 2) {
    const double length = whole(values[2]);
    end = std::min(count, (length < 0 ? count : begin) + length);
  }
  if (end <= begin) return Value(std::string_view());
  const std::size_t from = places[static_cast<std::size_t>(begin)], to = places[static_cast<std::size_t>(end)];
  return evaluator.arena().keep(text.substr(from, to - from));
}

Result<Value> in(Evaluator& evaluator, const Values& values, const Value&) {
  const Value needle = value_at(values, 0), stack = value_at(values, 1);
  Steps& steps = evaluator.steps();
  if (!stack.is_true()) return Value(false);  // the empty text, too, of which every text holds an empty one
  if (stack.is_text())
    return Value(steps.spend_on(stack.text()) && stack.text().find(needle.to_text(steps)) != std::string_view::npos);
  for (std::size_t i = 0; i < stack.size(); ++i) {
    if (needle.is_same(stack.at(i), steps)) return Value(true);
  }
  return Value(false);
}

Result<Value> merge(Evaluator& evaluator, const Values& values, const Value&) {
  Value::Elements list;
  for (const Value& value : values) {
    if (!evaluator.steps().spend(value.size())) break;
    if (!value.is_list()) list.push_back(value);
    for (std::size_t i = 0; i < value.size(); ++i) list.push_back(value.at(i));
  }
  return kept(evaluator, std::move(list));
}

using Named = std::pair<std::string_view, Operation>;
constexpr std::array<Named, 25> kOperations{{
    {"var", var},
    {"missing", missing},
    {"missing_some", missing_some},
    {"==", equality<false, true>},
    {"!=", equality<false, false>},
    {"===", equality<true, true>},
    {"!==", equality<true, false>},
    {"!", truth<false>},
    {"!!", truth<true>},
    {"<", ascending<less>},
    {"<=", ascending<less_or_equal>},
    {">", descending<less>},
    {">=", descending<less_or_equal>},
    {"max", extreme<true>},
    {"min", extreme<false>},
    {"+", plus},
    {"-", minus},
    {"*", times},
    {"/", divide},
    {"%", modulo},
    {"cat", cat},
    {"substr", substr},
    {"in", in},
    {"contains", in},
    {"merge", merge},
}};

}  // namespace

std::optional<Value> look_up(const Value& data, const Value& path, Steps& steps) {
  const std::string text = path.is_null() ? std::string() : path.to_text(steps);
  if (text.empty()) return data;
  Value at = data;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto dot = std::min(text.find('.', begin), text.size());
    const std::string_view segment = std::string_view(text).substr(begin, dot - begin);
    if (at.is_list()) {
      std::size_t index = 0;
      const auto [end, error] = std::from_chars(segment.data(), segment.data() + segment.size(), index);
      if (error != std::errc() || end != segment.data() + segment.size() || index >= at.size()) return std::nullopt;
      at = at.at(index);
    } else {
      const auto member = at.member(segment);
      if (!member || !steps.spend()) return std::nullopt;
      at = *member;
    }
    begin = dot + 1;
  }
  return at;
}

Operation find_operation(std::string_view name) { return find_in(kOperations, name); }

}  // namespace metadata::logic
