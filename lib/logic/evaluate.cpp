#include "logic/evaluate.h"

#include <utility>

#include "base/interrupt.h"
#include "json/parse.h"
#include "json/write.h"
#include "logic/operations.h"

namespace metadata::logic {

Error parse_rule(std::string_view text, json::Document& out) {
  JsonLimits limits;
  limits.max_bytes = kMaxRuleBytes;
  limits.max_depth = kMaxRuleDepth;
  MD_OK(json::parse(text, out, limits));
  if (!out.IsString()) return {};
  // Some clients write the rule as the text of a text.
  json::Document inner;
  MD_OK(json::parse(json::view(out), inner, limits));
  out = std::move(inner);
  return {};
}

Evaluator::Evaluator(const json::Value& data, InTeam in_team, const Interrupt& interrupt, std::size_t most_steps)
    : root_(data), in_team_(std::move(in_team)), interrupt_(interrupt), most_(most_steps) {}

Error Evaluator::check() {
  constexpr std::size_t kLook = 1000;
  if (steps_.exhausted()) return too_large("it takes more than " + std::to_string(most_) + " steps");
  if (looked_at_ - steps_.left() < kLook) return {};
  looked_at_ = steps_.left();
  return base::check(interrupt_);
}

Result<Value> Evaluator::evaluate(const json::Value& rule) { return apply(rule, root_); }

Result<Value> Evaluator::apply(const json::Value& rule, const Value& data) {
  steps_.spend();
  MD_OK(check());
  MD_LET(value, compute(rule, data));
  MD_OK(check());
  if (value.depth() > kMaxListDepth)
    return too_large("it makes lists of more than " + std::to_string(kMaxListDepth) + " levels");
  return value;
}

Result<Value> Evaluator::compute(const json::Value& rule, const Value& data) {
  if (rule.IsArray()) {
    Value::Elements list;
    for (const auto& element : rule.GetArray()) {
      MD_LET(value, apply(element, data));
      list.push_back(value);
    }
    return arena_.keep(std::move(list));
  }
  // An object of one member is an operation; any other is what it says.
  if (!rule.IsObject() || rule.MemberCount() != 1) return Value(rule);
  const std::string_view name = json::view(rule.MemberBegin()->name);
  const json::Value& given = rule.MemberBegin()->value;
  std::vector<const json::Value*> arguments;
  if (given.IsArray()) {
    for (const auto& argument : given.GetArray()) arguments.push_back(&argument);
  } else {
    arguments.push_back(&given);
  }
  if (const LazyOperation operation = find_lazy_operation(name)) return operation(*this, arguments, data);
  Operation operation = find_operation(name);
  if (operation == nullptr) operation = find_entity_operation(name);
  if (operation == nullptr) return invalid_argument("JSON Logic has no operation " + json::quoted_excerpt(name));
  Values values;
  for (const json::Value* argument : arguments) {
    MD_LET(value, apply(*argument, data));
    values.push_back(value);
  }
  return operation(*this, values, data);
}

}  // namespace metadata::logic
