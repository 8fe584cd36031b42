#ifndef METADATA_SERVER_APP_H
#define METADATA_SERVER_APP_H

#include <memory>

#include "config.h"
#include "log.h"
#include "metadata/catalog.h"

namespace metadata::server {

/// Opens the catalog of a configuration. The error's exit code is exit_code_of_open().
/// With a poster, events are delivered to webhooks; it must outlive the catalog.
Result<std::unique_ptr<Catalog>> open_catalog(const Config& config, Log& log, Poster* poster = nullptr);
/// The library's options of a configuration. The log must outlive the catalog.
Options catalog_options(const Config& config, Log& log);
int exit_code_of_open(const Error& error);

/// Serves until SIGTERM or SIGINT. Returns the exit code; says on standard error what went wrong.
int serve(const Config& config);

}  // namespace metadata::server

#endif  // METADATA_SERVER_APP_H
