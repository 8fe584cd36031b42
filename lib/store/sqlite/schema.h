#ifndef METADATA_LIB_STORE_SQLITE_SCHEMA_H
#define METADATA_LIB_STORE_SQLITE_SCHEMA_H

#include <cstdint>
#include <span>
#include <string>

#include "metadata/error.h"
#include "store/sqlite/connection.h"

namespace metadata::store::sqlite {

/// Marks a database file as a catalog ("MdCt").
inline constexpr std::int32_t kApplicationId = 0x4D644374;

/// The scripts that make the tables, oldest first: step n brings a file of format n to format n + 1.
/// Only ever appended to; a step that was released is never edited.
std::span<const std::string> schema_steps();

/// Brings the open database from its format to the one after the last step, in one transaction.
/// A newer format is Corrupt and stays untouched.
Error migrate(Connection& writer, std::span<const std::string> steps, const std::string& file);

/// The format number of the open database; 0 is an empty file.
Result<std::int64_t> format_of(Connection& connection);

enum class FileState { Missing, Catalog };

/// Looks at the file's first bytes without opening it as a database, so that a file that is not ours stays as it is.
/// Another program's file, an empty or a broken one, or a newer format than `formats` is Corrupt.
Result<FileState> inspect_file(const std::string& file, std::size_t formats);

}  // namespace metadata::store::sqlite

#endif  // METADATA_LIB_STORE_SQLITE_SCHEMA_H
