#ifndef METADATA_LIB_STORE_SQLITE_ROW_CONDITION_H
#define METADATA_LIB_STORE_SQLITE_ROW_CONDITION_H

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/row_condition.h"

struct sqlite3;

namespace metadata::store::sqlite {

/// A condition as SQL about the row `e` of `entity`. Lists are parameters, so the text depends on the condition's shape
/// only.
struct ConditionSql {
  std::string text;
  std::vector<std::string> parameters;  ///< in the order of their question marks
  bool leads = false;                   ///< it names the rows to look at, so no index of the type is to lead
};
/// Gives the connection the functions that such texts call; an SQLite code.
int add_functions(sqlite3* connection);
ConditionSql sql_of(const RowCondition& condition);

/// How rows of which a condition holds are found without looking at all of their type: by the indexes of what it asks
/// for, edges, labels and ranges below containers.
struct Cover {
  std::vector<std::size_t> facts;  ///< of the condition; of each row that it holds of, one is true
  bool exact = false;              ///< and it holds of each row of which one is true
};
struct Covers {
  std::optional<Cover> held;      ///< of rows that it holds of; nothing: it may hold of any
  std::optional<Cover> not_held;  ///< of rows that it does not hold of
};
/// What a statement makes of the rows that a condition can hold of.
enum class Lead {
  Key,   ///< they come in the order of their keys, so that a page ends early; others are passed over cheaply
  Rows,  ///< they are all looked at, so they lead
};
Covers covers_of(const RowCondition& condition, Lead lead);

/// The rids of a cover's rows, each as a SELECT; without text when there are none. There may be rows of other types.
struct CoveredRows {
  ConditionSql certain;   ///< the condition holds of them
  ConditionSql possible;  ///< it may hold of them
};
CoveredRows rows_of_cover(const RowCondition& condition, const Cover& cover, std::string_view type);
/// The opposite.
RowCondition negated(const RowCondition& condition);

}  // namespace metadata::store::sqlite

#endif  // METADATA_LIB_STORE_SQLITE_ROW_CONDITION_H
