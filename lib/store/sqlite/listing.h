#ifndef METADATA_LIB_STORE_SQLITE_LISTING_H
#define METADATA_LIB_STORE_SQLITE_LISTING_H

#include <string>
#include <string_view>

#include "metadata/error.h"
#include "store/rows.h"
#include "store/sqlite/row_condition.h"
#include "store/sqlite/statement.h"

namespace metadata::store::sqlite {

/// Attributes one query may ask for; each is a look-up per row.
inline constexpr std::size_t kMaxAttributes = 16;

/// The statement text of a listing or of its count. It depends on which conditions there are, never on their values.
///
/// Without attributes the rows come from the key index of the type; with attributes from the index of the first one,
/// which is in key order too. So a page costs the same wherever it lies.
std::string list_sql(const ListQuery& query, const ConditionSql& condition, std::string_view columns);
std::string count_sql(const ListQuery& query, const ConditionSql& condition);
/// The same without an order: `join` is added to the tables, and its parameters come before those of bind_query().
std::string rows_sql(const ListQuery& query, const ConditionSql& condition, std::string_view columns,
                     std::string_view join);
/// The column with the keys, by which a statement is in order already.
std::string_view order_column(const ListQuery& query);
/// Gives such a statement its values, without the limit.
void bind_query(Statement& statement, const ListQuery& query, const ConditionSql& condition);
/// The query's condition; without text when it has none.
ConditionSql condition_of(const ListQuery& query, Lead lead);

/// Refuses more attributes than kMaxAttributes.
Error check_query(const ListQuery& query);

/// A size as an SQL number; one beyond int64 means "all".
std::int64_t sql_limit(std::size_t limit);

}  // namespace metadata::store::sqlite

#endif  // METADATA_LIB_STORE_SQLITE_LISTING_H
