#ifndef METADATA_LIB_ACCESS_CONDITION_H
#define METADATA_LIB_ACCESS_CONDITION_H

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "metadata/error.h"
#include "store/reader.h"

namespace metadata::access {

// Bounds of one condition; what is beyond them cannot be parsed.
inline constexpr std::size_t kMaxConditionBytes = 4096;
inline constexpr std::size_t kMaxConditionDepth = 32;      ///< parentheses and negations within each other
inline constexpr std::size_t kMaxConditionCalls = 64;      ///< of functions
inline constexpr std::size_t kMaxConditionArguments = 64;  ///< of one call

/// What a condition may ask.
enum class Ask {
  NoOwner,
  IsOwner,
  MatchAllTags,
  MatchAnyTag,
  MatchAnyCertification,
  MatchTeam,
  InAnyTeam,
  HasAnyRole,
  HasDomain,
  NoDomain,
  IsReviewer,
};

/// What the arguments of a function name.
enum class Names { Nothing, Tags, Teams, Roles };

/// One function of the conditions' language.
struct Function {
  Ask ask;
  std::string_view name;
  Names names;
  std::string_view description;
  std::string_view example;
};
/// All of them, in the order of Ask.
std::span<const Function> functions();

/// A condition of a rule, parsed: calls of functions, joined by "!", "not", "&&", "and", "||", "or" and parentheses.
/// Arguments are texts in single quotes, in which '' stands for one quote. Immutable.
class Condition {
 public:
  struct Call {
    Ask ask;
    std::vector<std::string> arguments;
  };
  /// In the order in which they are worked off: operands first.
  struct Step {
    enum class Kind : std::uint8_t { Call, Not, And, Or } kind;
    std::uint16_t call = 0;
  };

  /// InvalidArgument "Failed to parse - …" for what is not an expression or is beyond the bounds, and "Failed to
  /// evaluate - …" for a function that there is not, or that takes other arguments.
  static Result<Condition> parse(std::string_view text);

  const std::vector<Call>& calls() const { return calls_; }
  const std::vector<Step>& steps() const { return steps_; }

 private:
  friend class ConditionParser;
  std::vector<Call> calls_;
  std::vector<Step> steps_;
};

class Seeing;

/// Ok when the text is a condition and whatever it names (tags, teams, roles) is there, and may be seen by whom
/// `seeing` is of (null: by anybody). As Condition::parse(), and NotFound "tag instance for x not found".
Error check_condition(store::Reader& reader, std::string_view text, const Seeing* seeing = nullptr);

}  // namespace metadata::access

#endif  // METADATA_LIB_ACCESS_CONDITION_H
