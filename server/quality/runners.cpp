#include "quality/runners.h"

#include "guard/outbound.h"
#include "quality/postgres_runner.h"
#include "quality/sqlite_runner.h"

namespace metadata::server {
namespace {

std::string text_of(const Json& object, std::string_view member) {
  return std::string(object[member].as_string().value_or(std::string_view{}));
}

SqliteFiles sqlite_files(const Config& config) {
  return {config.data, config.quality_directories, !is_loopback_only(config.hosts)};
}

Result<PostgresTarget> postgres_target(const Json& connection, const TestTarget& target) {
  PostgresTarget to;
  MD_OK(read_host_port(text_of(connection, "hostPort"), to));
  to.user = text_of(connection, "username");
  to.password = text_of(connection["authType"], "password");
  to.database = target.database.empty() ? text_of(connection, "database") : target.database;
  to.ssl_mode = text_of(connection, "sslMode");
  return to;
}

AddressRules postgres_addresses(const Config& config) {
  return {config.quality_allow, is_loopback_only(config.hosts), "--quality-allow", config.outbound_ports};
}

}  // namespace

Result<std::unique_ptr<Runner>> open_runner(const Catalog& catalog, const Config& config, const TestTarget& target,
                                            const Interrupt& interrupt) {
  if (target.service_type != "SQLite" && target.service_type != "Postgres") {
    return unimplemented("tests cannot be run on " + target.service_type +
                         " services; SQLite and Postgres services are supported, and results of others can be posted");
  }
  ReadOptions options;  // the host itself, who sees the connection's secrets
  options.interrupt = interrupt;
  MD_LET(service, catalog.get(target.service, options));
  MD_LET(whole, Json::parse(service.text()));
  const Json connection = whole["connection"]["config"];
  if (!connection.is_object())
    return invalid_argument("the service " + target.service.fqn + " has no connection to reach its data by");
  if (target.service_type == "SQLite")
    return open_sqlite(text_of(connection, "databaseMode"), sqlite_files(config), config.quality_timeout);
  MD_LET(postgres, postgres_target(connection, target));
  return open_postgres(postgres, postgres_addresses(config), config.quality_timeout, interrupt);
}

}  // namespace metadata::server
