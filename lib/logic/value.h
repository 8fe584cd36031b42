#ifndef METADATA_LIB_LOGIC_VALUE_H
#define METADATA_LIB_LOGIC_VALUE_H

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "json/value.h"

namespace metadata::logic {

/// What a computation may still cost: elements looked at, and pieces of 16 bytes of text. Once it is used up, whatever
/// spends goes no further and its result means nothing; exhausted() says so.
class Steps {
 public:
  explicit Steps(std::size_t most) : left_(most) {}

  bool spend(std::size_t steps = 1) noexcept {
    exhausted_ = exhausted_ || steps > left_;
    left_ -= exhausted_ ? left_ : steps;
    return !exhausted_;
  }
  bool spend_on(std::string_view text) noexcept { return spend(1 + text.size() / 16); }
  bool exhausted() const noexcept { return exhausted_; }
  std::size_t left() const noexcept { return left_; }

 private:
  std::size_t left_;
  bool exhausted_ = false;
};

/// A value while a rule is computed, with the meaning that JavaScript gives it. Cheap to copy: texts, lists and objects
/// are pointed at, in the rule, in the data or in the Arena, which must outlive it.
class Value {
 public:
  using Elements = std::vector<Value>;
  struct List;
  struct Fold;

  Value() = default;  ///< null
  Value(bool truth) : value_(truth) {}
  Value(double number) : value_(number) {}
  Value(std::string_view text) : value_(text) {}
  Value(const List* list) : value_(list) {}
  Value(const Fold* fold) : value_(fold) {}
  /// What JSON says. An array stays in its tree; list() shows its elements.
  explicit Value(const json::Value& json);

  bool is_null() const noexcept { return std::holds_alternative<std::monostate>(value_); }
  bool is_bool() const noexcept { return std::holds_alternative<bool>(value_); }
  bool is_number() const noexcept { return std::holds_alternative<double>(value_); }
  bool is_text() const noexcept { return std::holds_alternative<std::string_view>(value_); }
  bool is_list() const noexcept;
  bool is_object() const noexcept;

  bool truth() const { return std::get<bool>(value_); }
  double number() const { return std::get<double>(value_); }
  std::string_view text() const { return std::get<std::string_view>(value_); }

  /// Of a list; 0 for anything else.
  std::size_t size() const noexcept;
  /// An element of a list; null beyond its end.
  Value at(std::size_t index) const;
  /// A member of an object; nothing when there is none.
  std::optional<Value> member(std::string_view name) const;
  /// Levels of lists that were made, one in the other: 0 for anything that is not such a list.
  std::size_t depth() const noexcept;

  /// As JSON Logic has it: empty lists are false, beside what is false in JavaScript.
  bool is_true() const noexcept;
  /// As `Number(x)`: NaN for what is none.
  double to_number(Steps& steps) const;
  /// As `parseFloat(x)`: what a text begins with; NaN for what is no number.
  double parse_number(Steps& steps) const;
  /// As `String(x)`: "null", "true", elements of lists with commas between.
  std::string to_text(Steps& steps) const;

  /// As `===`, but lists and objects are equal when what is in them is.
  bool is_same(const Value& other, Steps& steps) const;
  /// As `==`: of two kinds, both are compared as numbers.
  bool is_equal(const Value& other, Steps& steps) const;

 private:
  std::variant<std::monostate, bool, double, std::string_view, const List*, const Fold*, const json::Value*> value_;
};

/// A list that was made.
struct Value::List {
  Elements elements;
  std::size_t depth = 1;
};

/// The object that `reduce` shows its rule: an element, and what was made of those before it.
struct Value::Fold {
  Value current, accumulator;
};

/// Owns what is made while a rule is computed.
class Arena {
 public:
  Value keep(std::string text) { return std::string_view(texts_.emplace_back(std::move(text))); }
  Value keep(Value::Fold fold) { return &std::as_const(folds_.emplace_back(fold)); }
  Value keep(Value::Elements elements);

 private:
  std::deque<std::string> texts_;
  std::deque<Value::List> lists_;
  std::deque<Value::Fold> folds_;
};

}  // namespace metadata::logic

#endif  // METADATA_LIB_LOGIC_VALUE_H
