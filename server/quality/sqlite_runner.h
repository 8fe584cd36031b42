#ifndef METADATA_SERVER_QUALITY_SQLITE_RUNNER_H
#define METADATA_SERVER_QUALITY_SQLITE_RUNNER_H

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "metadata/quality.h"

namespace metadata::server {

/// Which SQLite files tests may read.
struct SqliteFiles {
  std::string own;                       ///< the server's data directory: never anything of it
  std::vector<std::string> directories;  ///< only files below one of these; empty: any, unless `only_listed`
  bool only_listed = false;              ///< the server listens beyond loopback
};

/// Opens a database file for reading only. InvalidArgument: not a path, or not a file that may be read.
/// PermissionDenied: outside of what may be read. Each statement is stopped after `time`.
Result<std::unique_ptr<Runner>> open_sqlite(const std::string& path, const SqliteFiles& files,
                                            std::chrono::milliseconds time);

}  // namespace metadata::server

#endif  // METADATA_SERVER_QUALITY_SQLITE_RUNNER_H
