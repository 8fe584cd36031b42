#include "logic/value.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/text.h"

namespace metadata::logic {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::string_view kBlanks = " \t\n\r\f\v";

struct Prefix {
  double number = kNaN;
  std::size_t length = 0;  ///< 0: the text does not begin with a number
};

/// The decimal number that a text begins with.
Prefix decimal_prefix(std::string_view text) {
  const std::size_t sign = !text.empty() && (text.front() == '+' || text.front() == '-') ? 1 : 0;
  const bool negative = sign == 1 && text.front() == '-';
  const std::string_view digits = text.substr(sign);
  constexpr std::string_view kWord = "Infinity";
  if (digits.starts_with(kWord)) return {negative ? -kInfinity : kInfinity, sign + kWord.size()};
  // from_chars knows words ("inf", "nan") that JavaScript does not.
  if (digits.empty() || digits.find_first_of("0123456789.") != 0) return {};
  double number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error == std::errc::invalid_argument) return {};
  const auto length = static_cast<std::size_t>(end - digits.data());
  if (error == std::errc::result_out_of_range) {
    // Which way, from_chars does not say: an exponent below zero, or nothing before the point, makes it too small.
    const auto exponent = digits.substr(0, length).find_first_of("eE");
    const bool small = exponent == std::string_view::npos ? digits.front() == '0' || digits.front() == '.'
                                                          : digits.substr(exponent + 1).starts_with('-');
    number = small ? 0 : kInfinity;
  }
  return {negative ? -number : number, sign + length};
}

double number_of_text(std::string_view text) {
  const std::string_view inner = base::trimmed(text, kBlanks);
  if (inner.empty()) return 0;
  for (const auto& [mark, base] : {std::pair{"0x", 16}, {"0X", 16}, {"0b", 2}, {"0B", 2}, {"0o", 8}, {"0O", 8}}) {
    if (!inner.starts_with(mark)) continue;
    std::uint64_t number = 0;
    const char* last = inner.data() + inner.size();
    const auto [end, error] = std::from_chars(inner.data() + 2, last, number, base);
    return error == std::errc() && end == last ? static_cast<double>(number) : kNaN;
  }
  const Prefix prefix = decimal_prefix(inner);
  return prefix.length == inner.size() ? prefix.number : kNaN;
}

std::string text_of_number(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number < 0 ? "-Infinity" : "Infinity";
  if (number == 0) return "0";
  char buffer[400];
  // JavaScript writes digits alone where it can, an exponent beyond 1e21 and below 1e-6.
  const double size = std::abs(number);
  const bool plain = size >= 1e-6 && size < 1e21;
  const auto format = plain ? std::chars_format::fixed : std::chars_format::scientific;
  std::string text(buffer, std::to_chars(buffer, buffer + sizeof buffer, number, format).ptr);
  if (plain) return text;
  // "1e+07" has no zero before the 7 there.
  const auto exponent = text.find('e') + 2;
  const auto first = text.find_first_not_of('0', exponent);
  return first == std::string::npos ? text : text.erase(exponent, first - exponent);
}

}  // namespace

Value::Value(const json::Value& json) {
  if (json.IsBool())
    value_ = json.GetBool();
  else if (json.IsNumber())
    value_ = json.GetDouble();
  else if (json.IsString())
    value_ = json::view(json);
  else if (json.IsArray() || json.IsObject())
    value_ = &json;
}

bool Value::is_list() const noexcept {
  if (std::holds_alternative<const List*>(value_)) return true;
  const auto* json = std::get_if<const json::Value*>(&value_);
  return json != nullptr && (*json)->IsArray();
}

bool Value::is_object() const noexcept {
  if (std::holds_alternative<const Fold*>(value_)) return true;
  const auto* json = std::get_if<const json::Value*>(&value_);
  return json != nullptr && (*json)->IsObject();
}

std::size_t Value::size() const noexcept {
  if (const auto* list = std::get_if<const List*>(&value_)) return (*list)->elements.size();
  const auto* json = std::get_if<const json::Value*>(&value_);
  return json != nullptr && (*json)->IsArray() ? (*json)->Size() : 0;
}

Value Value::at(std::size_t index) const {
  if (index >= size()) return {};
  if (const auto* list = std::get_if<const List*>(&value_)) return (*list)->elements[index];
  return Value((*std::get<const json::Value*>(value_))[static_cast<json::SizeType>(index)]);
}

std::optional<Value> Value::member(std::string_view name) const {
  if (!is_object()) return std::nullopt;
  if (const auto* fold = std::get_if<const Fold*>(&value_)) {
    if (name == "current") return (*fold)->current;
    return name == "accumulator" ? std::optional((*fold)->accumulator) : std::nullopt;
  }
  const json::Value* found = json::find(*std::get<const json::Value*>(value_), name);
  return found == nullptr ? std::nullopt : std::optional(Value(*found));
}

bool Value::is_true() const noexcept {
  if (is_bool()) return truth();
  if (is_number()) return number() != 0 && !std::isnan(number());
  if (is_text()) return !text().empty();
  return is_list() ? size() > 0 : is_object();
}

std::size_t Value::depth() const noexcept {
  const auto* list = std::get_if<const List*>(&value_);
  return list == nullptr ? 0 : (*list)->depth;
}

double Value::to_number(Steps& steps) const {
  if (is_null()) return 0;
  if (is_bool()) return truth() ? 1 : 0;
  if (is_number()) return number();
  return is_object() ? kNaN : number_of_text(is_text() ? text() : std::string_view(to_text(steps)));
}

double Value::parse_number(Steps& steps) const {
  if (is_number()) return number();
  if (is_text()) return decimal_prefix(base::trimmed(text(), kBlanks)).number;
  return is_list() ? decimal_prefix(base::trimmed(to_text(steps), kBlanks)).number : kNaN;
}

std::string Value::to_text(Steps& steps) const {
  if (!steps.spend()) return {};
  if (is_null()) return "null";
  if (is_bool()) return truth() ? "true" : "false";
  if (is_number()) return text_of_number(number());
  if (is_text()) return steps.spend_on(text()) ? std::string(text()) : std::string();
  if (is_object()) return "[object Object]";
  std::string joined;
  for (std::size_t i = 0; i < size() && !steps.exhausted(); ++i) {
    if (i > 0) joined += ',';
    if (const Value element = at(i); !element.is_null()) joined += element.to_text(steps);
  }
  return joined;
}

bool Value::is_same(const Value& other, Steps& steps) const {
  if (!steps.spend()) return false;
  if (is_list() || other.is_list()) {
    if (!is_list() || !other.is_list() || size() != other.size()) return false;
    for (std::size_t i = 0; i < size(); ++i) {
      if (!at(i).is_same(other.at(i), steps)) return false;
    }
    return true;
  }
  if (is_text() && other.is_text()) return steps.spend_on(text()) && text() == other.text();
  const auto* mine = std::get_if<const json::Value*>(&value_);
  const auto* others = std::get_if<const json::Value*>(&other.value_);
  if (mine == nullptr || others == nullptr) return value_ == other.value_;
  if ((*mine)->MemberCount() != (*others)->MemberCount() || !steps.spend((*mine)->MemberCount())) return false;
  const json::MemberIndex index(**others);
  for (const auto& member : (*mine)->GetObject()) {
    const json::Value* found = index.find(json::view(member.name));
    if (found == nullptr || !Value(member.value).is_same(Value(*found), steps)) return false;
  }
  return true;
}

bool Value::is_equal(const Value& other, Steps& steps) const {
  const auto is_simple = [](const Value& value) { return value.is_bool() || value.is_number() || value.is_text(); };
  if (is_list() && other.is_text()) return to_text(steps) == other.text();
  if (is_text() && other.is_list()) return text() == other.to_text(steps);
  const bool alike = (is_text() && other.is_text()) || !(is_simple(*this) || is_simple(other));
  const bool comparable = (is_simple(*this) || is_list()) && (is_simple(other) || other.is_list());
  if (alike || !comparable) return is_same(other, steps);
  return to_number(steps) == other.to_number(steps);
}

Value Arena::keep(Value::Elements elements) {
  std::size_t depth = 0;
  for (const Value& element : elements) depth = std::max(depth, element.depth());
  return &std::as_const(lists_.emplace_back(Value::List{std::move(elements), depth + 1}));
}

}  // namespace metadata::logic
