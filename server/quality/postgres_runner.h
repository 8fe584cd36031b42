#ifndef METADATA_SERVER_QUALITY_POSTGRES_RUNNER_H
#define METADATA_SERVER_QUALITY_POSTGRES_RUNNER_H

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "guard/outbound.h"
#include "metadata/quality.h"

namespace metadata::server {

/// Where a PostgreSQL database is, and who asks it.
struct PostgresTarget {
  std::string host, user, password, database;
  std::uint16_t port = 0;
  std::string ssl_mode;  ///< as libpq has it; empty: its default
};

/// Reads "host", "host:5432" or "[::1]:5432" into the target. Whatever libpq would understand beside one name or
/// address and one port (paths of sockets, lists, settings) is InvalidArgument.
Error read_host_port(const std::string& host_port, PostgresTarget& target);

/// Connects to an address that the rules allow, found once and held to. All queries run in one read-only transaction,
/// each for at most `time`, and bring at most 16 MiB. Unavailable: nobody answers within 10 s, or the server refuses
/// the log-in. PermissionDenied: the rules allow none of the host's addresses.
Result<std::unique_ptr<Runner>> open_postgres(const PostgresTarget& target, const AddressRules& rules,
                                              std::chrono::milliseconds time, const Interrupt& interrupt);

}  // namespace metadata::server

#endif  // METADATA_SERVER_QUALITY_POSTGRES_RUNNER_H
