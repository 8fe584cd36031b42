#ifndef METADATA_LIB_STORE_SQLITE_OPERATIONS_H
#define METADATA_LIB_STORE_SQLITE_OPERATIONS_H

#include <cstddef>

#include "metadata/error.h"
#include "store/sqlite/connection.h"
#include "store/write_set.h"

// The operations of a write set as statements, run inside the open transaction of a writing connection. An entity that
// an operation needs and that is gone is a Conflict: it vanished after the verb had looked, so the verb looks again.
namespace metadata::store::sqlite {

Error check(Connection& writer, const Precondition& precondition);
/// The seq it logged, or 0.
Result<Seq> perform(Connection& writer, const Operation& operation);

// Set statements over the narrow rows; preconditions.cpp and operations.cpp have the rest.
Error mark_range(Connection& writer, const MarkRange& mark);
Error delete_range(Connection& writer, const DeleteRange& range);
Error rename_range(Connection& writer, const RenameRange& rename);

// lineage.cpp
Error check_lineage(Connection& writer, const LineageAt& at);
Error put_lineage(Connection& writer, const PutLineage& put);
Error delete_lineage(Connection& writer, const DeleteLineage& edge);
Error drop_lineage_columns(Connection& writer, const DropLineageColumns& drop);

/// Entities of one set whose leftovers go within the set itself; more of them are reaped in pieces after it.
inline constexpr std::size_t kReapedAtOnce = 256;
/// Takes at most so many rows of each table out of the file that hang on removed entities. See docs/architecture.md.
Error reap(Connection& writer, std::size_t rows);
/// Is anything left to be reaped?
Result<bool> has_leftovers(Connection& writer);

/// "the entity is gone" in the words above.
Error gone(const EntityId& id);
/// Ok when the last statement wrote a row, else gone().
Error wrote_row(Connection& writer, const EntityId& id);

}  // namespace metadata::store::sqlite

#endif  // METADATA_LIB_STORE_SQLITE_OPERATIONS_H
