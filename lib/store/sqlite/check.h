#ifndef METADATA_LIB_STORE_SQLITE_CHECK_H
#define METADATA_LIB_STORE_SQLITE_CHECK_H

#include <vector>

#include "store/backend.h"
#include "store/sqlite/transaction.h"

namespace metadata::store::sqlite {

/// Proves the store's rules (rules.cpp) on one connection.
Result<std::vector<Problem>> check_rules(Connection& connection);

/// Mends what the rules find broken and what follows from the rest, each rule in a transaction of its own, and appends
/// what it mended. What does not help is taken back. After a failure the rules before it stay mended.
Error mend_rules(Writer& writer, std::vector<Problem>& mended);

}  // namespace metadata::store::sqlite

#endif  // METADATA_LIB_STORE_SQLITE_CHECK_H
