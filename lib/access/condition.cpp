#include "access/condition.h"

#include <algorithm>
#include <array>
#include <utility>

#include "access/seeing.h"
#include "model/fqn.h"

namespace metadata::access {
namespace {

using Step = Condition::Step;

constexpr std::array<Function, 11> kFunctions{{
    {Ask::NoOwner, "noOwner", Names::Nothing, "True when the entity has no owners.", "noOwner()"},
    {Ask::IsOwner, "isOwner", Names::Nothing, "True when the user, or a team of the user's, owns the entity.",
     "isOwner()"},
    {Ask::MatchAllTags, "matchAllTags", Names::Tags, "True when the entity has all of the tags.",
     "matchAllTags('PersonalData.Personal', 'Tier.Tier1')"},
    {Ask::MatchAnyTag, "matchAnyTag", Names::Tags, "True when the entity has one of the tags.",
     "matchAnyTag('PersonalData.Personal', 'Tier.Tier1')"},
    {Ask::MatchAnyCertification, "matchAnyCertification", Names::Tags,
     "True when the entity is certified with one of the tags.", "matchAnyCertification('Certification.Gold')"},
    {Ask::MatchTeam, "matchTeam", Names::Nothing,
     "True when the policy is a team's, the user is in that team or below it, and so is an owner of the entity.",
     "matchTeam()"},
    {Ask::InAnyTeam, "inAnyTeam", Names::Teams, "True when the user is in one of the teams, or below it.",
     "inAnyTeam('marketing')"},
    {Ask::HasAnyRole, "hasAnyRole", Names::Roles, "True when the user has one of the roles, its own or a team's.",
     "hasAnyRole('DataSteward')"},
    {Ask::HasDomain, "hasDomain", Names::Nothing,
     "True when user and entity share a domain, or neither of them has one.", "hasDomain()"},
    {Ask::NoDomain, "noDomain", Names::Nothing, "True when the entity has no domains.", "noDomain()"},
    {Ask::IsReviewer, "isReviewer", Names::Nothing, "True when the user, or a team of the user's, reviews the entity.",
     "isReviewer()"},
}};

Error cannot_parse(std::string_view why, std::size_t at) {
  return invalid_argument("Failed to parse - " + std::string(why) + " at position " + std::to_string(at));
}

Error cannot_evaluate(const std::string& why) { return invalid_argument("Failed to evaluate - " + why); }

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_word(char c) { return is_letter(c) || (c >= '0' && c <= '9'); }

bool same_word(std::string_view text, std::string_view lower) {
  return std::ranges::equal(text, lower,
                            [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
}

const Function* find_function(std::string_view name) {
  const auto* const found = std::ranges::find(kFunctions, name, &Function::name);
  return found == kFunctions.end() ? nullptr : found;
}

}  // namespace

/// Reads from left to right, with a stack of the operators that wait for their operands; nothing calls itself.
class ConditionParser {
 public:
  explicit ConditionParser(std::string_view text) : text_(text) {}

  Result<Condition> parse() {
    if (text_.size() > kMaxConditionBytes)
      return cannot_parse("more than " + std::to_string(kMaxConditionBytes) + " bytes", kMaxConditionBytes);
    bool operand_next = true;
    for (skip_blanks(); at_ < text_.size(); skip_blanks()) {
      if (operand_next) {
        MD_LET(was_operand, operand());
        operand_next = !was_operand;
      } else {
        MD_LET(was_operator, operation());
        operand_next = was_operator;
      }
    }
    if (operand_next) return cannot_parse("a function is expected", at_);
    while (!waiting_.empty()) {
      if (waiting_.back() == Waiting::Open) return cannot_parse("a parenthesis is not closed", at_);
      pop();
    }
    return std::move(made_);
  }

 private:
  enum class Waiting : std::uint8_t { Or, And, Not, Open };  // in the order of their strength

  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }

  bool take(std::string_view sign) {
    if (!text_.substr(at_).starts_with(sign)) return false;
    at_ += sign.size();
    return true;
  }

  std::string_view word() {
    const std::size_t from = at_;
    if (at_ < text_.size() && is_letter(text_[at_])) {
      while (at_ < text_.size() && is_word(text_[at_])) ++at_;
    }
    return text_.substr(from, at_ - from);
  }

  Error wait(Waiting what) {
    waiting_.push_back(what);
    const auto depth =
        std::ranges::count_if(waiting_, [](Waiting w) { return w == Waiting::Open || w == Waiting::Not; });
    return static_cast<std::size_t>(depth) > kMaxConditionDepth ? cannot_parse("it is nested too deep", at_) : Error();
  }

  void pop() {
    constexpr Step::Kind kKinds[] = {Step::Kind::Or, Step::Kind::And, Step::Kind::Not};
    made_.steps_.push_back({kKinds[static_cast<std::size_t>(waiting_.back())]});
    waiting_.pop_back();
  }

  /// Where an operand is expected: false when something came that stands before one.
  Result<bool> operand() {
    if (take("(")) {
      MD_OK(wait(Waiting::Open));
      return false;
    }
    if (text_.substr(at_).starts_with("!=")) return cannot_parse("unknown operator", at_);
    if (take("!")) {
      MD_OK(wait(Waiting::Not));
      return false;
    }
    const std::size_t from = at_;
    const std::string_view name = word();
    if (name.empty()) return cannot_parse("a function is expected", at_);
    if (same_word(name, "not")) {
      MD_OK(wait(Waiting::Not));
      return false;
    }
    skip_blanks();
    if (!take("(")) return cannot_parse("'(' is expected after " + std::string(name.substr(0, 100)), at_);
    MD_LET(arguments, this->arguments());
    MD_OK(call(name, std::move(arguments), from));
    return true;
  }

  Result<std::vector<std::string>> arguments() {
    std::vector<std::string> list;
    skip_blanks();
    if (take(")")) return list;
    while (true) {
      skip_blanks();
      MD_LET(text, quoted());
      list.push_back(std::move(text));
      if (list.size() > kMaxConditionArguments) return cannot_parse("too many arguments", at_);
      skip_blanks();
      if (take(")")) return list;
      if (!take(",")) return cannot_parse("',' or ')' is expected", at_);
    }
  }

  Result<std::string> quoted() {
    if (!take("'")) return cannot_parse("a text in single quotes is expected", at_);
    std::string text;
    while (at_ < text_.size()) {
      if (take("''")) {
        text += '\'';
      } else if (take("'")) {
        return text;
      } else {
        text += text_[at_++];
      }
    }
    return cannot_parse("a text has no closing quote", at_);
  }

  Error call(std::string_view name, std::vector<std::string> arguments, std::size_t from) {
    const Function* function = find_function(name);
    if (function == nullptr) return cannot_evaluate("there is no function " + std::string(name.substr(0, 100)) + "()");
    const bool takes = function->names != Names::Nothing;
    if (takes == arguments.empty())
      return cannot_evaluate(std::string(name) + (takes ? "() needs an argument" : "() takes no arguments"));
    if (made_.calls_.size() == kMaxConditionCalls) return cannot_parse("too many functions", from);
    made_.steps_.push_back({Step::Kind::Call, static_cast<std::uint16_t>(made_.calls_.size())});
    made_.calls_.push_back({function->ask, std::move(arguments)});
    while (!waiting_.empty() && waiting_.back() == Waiting::Not) pop();
    return {};
  }

  /// After an operand: false when a parenthesis closed, so that an operator is still what is expected.
  Result<bool> operation() {
    const std::size_t from = at_;
    if (take(")")) {
      while (!waiting_.empty() && waiting_.back() != Waiting::Open) pop();
      if (waiting_.empty()) return cannot_parse("')' without '('", from);
      waiting_.pop_back();
      while (!waiting_.empty() && waiting_.back() == Waiting::Not) pop();
      return false;
    }
    Waiting what = Waiting::And;
    if (take("||")) {
      what = Waiting::Or;
    } else if (!take("&&")) {
      const std::string_view said = word();
      if (same_word(said, "or")) {
        what = Waiting::Or;
      } else if (!same_word(said, "and")) {
        return cannot_parse("an operator is expected", from);
      }
    }
    while (!waiting_.empty() && waiting_.back() != Waiting::Open && waiting_.back() >= what) pop();
    MD_OK(wait(what));
    return true;
  }

  const std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Waiting> waiting_;
  Condition made_;
};

std::span<const Function> functions() { return kFunctions; }

Result<Condition> Condition::parse(std::string_view text) { return ConditionParser(text).parse(); }

namespace {

/// The types that what the arguments name may be of; the first one is the one that messages speak of.
std::vector<std::string> types_of(Names names) {
  switch (names) {
    case Names::Tags:
      return {"tag", "glossaryTerm"};
    case Names::Teams:
      return {"team"};
    case Names::Roles:
      return {"role"};
    case Names::Nothing:
      break;
  }
  return {};
}

}  // namespace

Error check_condition(store::Reader& reader, std::string_view text, const Seeing* seeing) {
  MD_LET(condition, Condition::parse(text));
  for (const auto& call : condition.calls()) {
    const auto types = types_of(kFunctions[static_cast<std::size_t>(call.ask)].names);
    for (const std::string& name : call.arguments) {
      const auto key = model::key_of_any_fqn(name);
      std::vector<store::TypedKey> keys;
      for (const std::string& type : types) {
        if (key.ok()) keys.push_back({type, *key});
      }
      MD_LET(found, reader.refs_by_key(keys));
      if (seeing != nullptr && !found.empty()) {
        MD_LET(seen, seeing->of(found));
        std::erase_if(found, [&](const auto& ref) { return !seen.contains(ref.rid); });
      }
      if (std::ranges::none_of(found, [](const auto& ref) { return !ref.deleted; }))
        return not_found(types.front() + " instance for " + name.substr(0, 1000) + " not found");
    }
  }
  return {};
}

}  // namespace metadata::access
