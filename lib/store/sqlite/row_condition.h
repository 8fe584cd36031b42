#ifndef METADATA_LIB_STORE_SQLITE_ROW_CONDITION_H
#define METADATA_LIB_STORE_SQLITE_ROW_CONDITION_H

#include <string>
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

}  // namespace metadata::store::sqlite

#endif  // METADATA_LIB_STORE_SQLITE_ROW_CONDITION_H
