#ifndef METADATA_LIB_STORE_COPY_H
#define METADATA_LIB_STORE_COPY_H

#include <atomic>
#include <cstdint>
#include <string>

#include "metadata/error.h"
#include "metadata/ids.h"

namespace metadata::store {

// Copies of a store's database file, and looks at one, without opening the store.

/// The name of the database within the directory of a store.
inline constexpr const char* kDatabaseName = "catalog.db";
/// The name of the file that whoever has the store open holds locked.
inline constexpr const char* kLockName = "lock";

/// What a database file says of itself.
struct DatabaseFacts {
  std::string store_id;
  std::int64_t format = 0;
  Seq last_seq = 0;  ///< of the last change in it
};

/// The newest format that this program knows.
std::int64_t newest_format();

/// Copies the database of the directory, as it is at one moment, over the empty file `target`, which is not synced.
///
/// Works while this process or another one has the store open, and holds up neither readers nor writers. Nothing in the
/// directory is changed; but when a process left its log behind when it died, SQLite's index of that log is made anew.
/// NotFound: there is no database. Corrupt: it is not a catalog's, or of a newer format. `cancel`, when given, ends it
/// as Unavailable.
Result<DatabaseFacts> copy_database(const std::string& directory, const std::string& target,
                                    const std::atomic<bool>* cancel);

enum class Depth {
  Pages,  ///< the file's structure
  Rules   ///< and, when the format is the newest, the store's rules
};

/// Proves a database file that nobody has open, and changes nothing. What is broken is Corrupt, and the error says
/// where.
Result<DatabaseFacts> prove_database(const std::string& file, Depth depth);

}  // namespace metadata::store

#endif  // METADATA_LIB_STORE_COPY_H
