#ifndef METADATA_SERVER_QUALITY_POSTGRES_RUNNER_H
#define METADATA_SERVER_QUALITY_POSTGRES_RUNNER_H

#include <chrono>
#include <memory>
#include <string>

#include "metadata/quality.h"

namespace metadata::server {

/// Where a PostgreSQL database is, and who asks it.
struct PostgresTarget {
  std::string host, port, user, password, database;
  std::string ssl_mode;  ///< as libpq has it; empty: its default
};

/// Connects. All queries run in one read-only transaction, each for at most `time`. Unavailable: nobody answers, or the
/// server refuses the log-in.
Result<std::unique_ptr<Runner>> open_postgres(const PostgresTarget& target, std::chrono::milliseconds time,
                                              const Interrupt& interrupt);

}  // namespace metadata::server

#endif  // METADATA_SERVER_QUALITY_POSTGRES_RUNNER_H
