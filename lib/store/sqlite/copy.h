#ifndef METADATA_LIB_STORE_SQLITE_COPY_H
#define METADATA_LIB_STORE_SQLITE_COPY_H

#include <atomic>
#include <string>

#include "metadata/error.h"
#include "store/sqlite/connection.h"

namespace metadata::store::sqlite {

/// Copies all pages that the connection sees over the empty file `target`, without syncing it. The connection may stand
/// in a transaction; otherwise what is written meanwhile by others makes it begin again. In pieces, between which
/// `cancel` is looked at.
Error copy_pages(Connection& source, const std::string& target, const std::atomic<bool>* cancel);

}  // namespace metadata::store::sqlite

#endif  // METADATA_LIB_STORE_SQLITE_COPY_H
