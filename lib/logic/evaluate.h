#ifndef METADATA_LIB_LOGIC_EVALUATE_H
#define METADATA_LIB_LOGIC_EVALUATE_H

// JSON Logic (jsonlogic.com): rules that are JSON, computed over data that is JSON.
//
// All its operations but `log` and `method`, which do something beside computing, and those that rules about entities
// use: length, contains, isOwner, isReviewer, isUpdatedBefore, isUpdatedAfter, multipleUsersOrSingleTeamOwnership,
// filterReferenceByType, filterTagsBySource. Values convert as in JavaScript, for which rules are written; lists and
// objects are compared by what is in them.

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "json/value.h"
#include "logic/value.h"
#include "metadata/error.h"
#include "metadata/options.h"

namespace metadata::logic {

/// What bounds one rule on its way in.
inline constexpr std::size_t kMaxRuleBytes = std::size_t{64} << 10;
inline constexpr std::size_t kMaxRuleDepth = 32;
/// Steps that one rule may take.
inline constexpr std::size_t kMaxSteps = 1'000'000;
/// Levels of lists, one in the other, that a rule may make.
inline constexpr std::size_t kMaxListDepth = 64;

/// Reads the text of a rule. InvalidArgument or TooLarge: it is not JSON within the bounds.
Error parse_rule(std::string_view text, json::Document& out);

/// Computes a rule over one entity. Not thread-safe; the data must outlive it.
class Evaluator {
 public:
  /// Whether the user of that name is in one of the teams; asked for the references to teams among owners or reviewers.
  using InTeam = std::function<Result<bool>(std::string_view user, std::span<const std::string_view> team_ids)>;

  Evaluator(const json::Value& data, InTeam in_team, const Interrupt& interrupt, std::size_t most_steps = kMaxSteps);

  /// What the rule gives. InvalidArgument: it has an operation that is not known, or one that cannot be asked here, and
  /// says which. TooLarge: the steps are used up. Interrupted; and the errors of InTeam. The value lives as long as the
  /// rule and this evaluator.
  Result<Value> evaluate(const json::Value& rule);
  /// Steps that were taken.
  std::size_t taken() const noexcept { return most_ - steps_.left(); }

  // For the operations.

  Result<Value> apply(const json::Value& rule, const Value& data);
  Steps& steps() noexcept { return steps_; }
  Arena& arena() noexcept { return arena_; }
  const Value& root() const noexcept { return root_; }
  Result<bool> in_team(std::string_view user, std::span<const std::string_view> teams) { return in_team_(user, teams); }

 private:
  Error check();
  Result<Value> compute(const json::Value& rule, const Value& data);

  Value root_;
  InTeam in_team_;
  const Interrupt& interrupt_;
  Arena arena_;
  std::size_t most_;
  Steps steps_{most_};
  std::size_t looked_at_ = most_;  ///< steps that were left when the interrupt was last looked at
};

}  // namespace metadata::logic

#endif  // METADATA_LIB_LOGIC_EVALUATE_H
