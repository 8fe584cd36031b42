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
};
/// Gives the connection the functions that such texts call; an SQLite code.
int add_functions(sqlite3* connection);
ConditionSql sql_of(const RowCondition& condition);

/// How rows of which a condition holds are found without looking at all of their type: by the indexes of what it asks
/// for, edges, labels and ranges below containers. Facts of the condition; of each row that it holds of, one is true.
struct Covers {
  std::optional<std::vector<std::size_t>> held;      ///< of rows that it holds of; nothing: it may hold of any
  std::optional<std::vector<std::size_t>> not_held;  ///< of rows that it does not hold of
};
Covers covers_of(const RowCondition& condition);
/// The rids of the rows of the type of which one of the facts is true, as a SELECT.
ConditionSql rows_with(const RowCondition& condition, const std::vector<std::size_t>& facts, std::string_view type);
/// The opposite.
RowCondition negated(const RowCondition& condition);

}  // namespace metadata::store::sqlite

#endif  // METADATA_LIB_STORE_SQLITE_ROW_CONDITION_H
