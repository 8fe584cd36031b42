#ifndef METADATA_LIB_STORE_SQLITE_FORMER_FORMAT_H
#define METADATA_LIB_STORE_SQLITE_FORMER_FORMAT_H

#include <cstdint>
#include <string>

#include "metadata/error.h"
#include "store/sqlite/connection.h"

namespace metadata::store::sqlite {

// Before a database is brought to a newer format, it is copied to "<file>.format-<number>" beside it. That copy is kept
// until the next migration has made its own. Only for the process that holds the catalog's lock.

/// Where the copy of that format lies.
std::string former_file(const std::string& file, std::int64_t format);

/// Copies what the connection sees, and puts the copy in place when the disk has it. Also removes what an attempt that
/// was cut off may have left.
Error keep_former(Connection& connection, const std::string& file, std::int64_t format);

/// Removes the copies of all formats but this one. What cannot be removed stays: it costs space and nothing else.
void forget_formers(const std::string& file, std::int64_t but);

}  // namespace metadata::store::sqlite

#endif  // METADATA_LIB_STORE_SQLITE_FORMER_FORMAT_H
