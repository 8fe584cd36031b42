#include "access/formula.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace metadata::access {

Truth operator!(Truth truth) {
  return truth == Truth::Yes ? Truth::No : truth == Truth::No ? Truth::Yes : Truth::Unknown;
}
Truth both(Truth a, Truth b) { return std::min(a, b); }
Truth either(Truth a, Truth b) { return std::max(a, b); }

bool Atom::operator==(const Atom& other) const {
  const auto same = [](const store::RefRow& a, const store::RefRow& b) { return a.id == b.id; };
  return kind == other.kind && texts == other.texts && std::ranges::equal(others, other.others, same);
}

Formula Formula::of(Atom atom) {
  Formula formula;
  formula.steps_.push_back({Step::Kind::Atom, 0});
  formula.atoms_.push_back(std::move(atom));
  return formula;
}

Formula operator!(Formula formula) {
  if (formula.is_constant()) return !formula.constant_;
  if (formula.steps_.back().kind == Formula::Step::Kind::Not) {
    formula.steps_.pop_back();
  } else {
    formula.steps_.push_back({Formula::Step::Kind::Not});
  }
  return formula;
}

Formula Formula::joined(Formula a, const Formula& b, Step::Kind how) {
  const auto before = static_cast<std::uint32_t>(a.atoms_.size());
  a.atoms_.insert(a.atoms_.end(), b.atoms_.begin(), b.atoms_.end());
  for (Step step : b.steps_) {
    if (step.kind == Step::Kind::Atom) step.atom += before;
    a.steps_.push_back(step);
  }
  a.steps_.push_back({how});
  return a;
}

bool Formula::merge(Formula& a, const Formula& b) {
  if (a.steps_.size() != 1 || b.steps_.size() != 1) return false;
  Atom& into = a.atoms_.front();
  const Atom& from = b.atoms_.front();
  if (into.kind != from.kind) return false;
  // Without a list it asks for any at all.
  if (into.others.empty() != from.others.empty() || into.texts.empty() != from.texts.empty()) return false;
  const auto by_id = [](const store::RefRow& one, const store::RefRow& other) { return one.id < other.id; };
  std::vector<store::RefRow> others;
  std::ranges::set_union(into.others, from.others, std::back_inserter(others), by_id);
  std::vector<std::string> texts;
  std::ranges::set_union(into.texts, from.texts, std::back_inserter(texts));
  into.others = std::move(others);
  into.texts = std::move(texts);
  return true;
}

Formula operator&&(Formula a, Formula b) {
  if (a.is_constant()) return a.constant_ ? b : a;
  if (b.is_constant()) return b.constant_ ? a : b;
  return Formula::joined(std::move(a), b, Formula::Step::Kind::And);
}

Formula operator||(Formula a, Formula b) {
  if (a.is_constant()) return a.constant_ ? a : b;
  if (b.is_constant()) return b.constant_ ? b : a;
  if (Formula::merge(a, b)) return a;
  return Formula::joined(std::move(a), b, Formula::Step::Kind::Or);
}

Result<Truth> Formula::evaluate(const Resource* resource) const {
  if (is_constant()) return constant_ ? Truth::Yes : Truth::No;
  if (resource == nullptr) return Truth::Unknown;
  std::vector<bool> stack;
  stack.reserve(64);
  for (const Step& step : steps_) {
    if (step.kind == Step::Kind::Atom) {
      MD_LET(holds, resource->holds(atoms_[step.atom]));
      stack.push_back(holds);
    } else if (step.kind == Step::Kind::Not) {
      stack.back() = !stack.back();
    } else {
      const bool last = stack.back();
      stack.pop_back();
      stack.back() = step.kind == Step::Kind::And ? (stack.back() && last) : (stack.back() || last);
    }
  }
  return stack.back() ? Truth::Yes : Truth::No;
}

}  // namespace metadata::access
