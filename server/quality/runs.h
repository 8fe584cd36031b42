#ifndef METADATA_SERVER_QUALITY_RUNS_H
#define METADATA_SERVER_QUALITY_RUNS_H

#include <optional>
#include <string>

#include "metadata/catalog.h"
#include "jobs/jobs.h"

namespace metadata::server {

/// Keeps in the catalog what a job is at. One that could not be kept is not told of after a restart, and nothing else
/// comes of it.
Error note_run(Catalog& catalog, const Jobs::State& state);

/// A job of an earlier process, or one that is not remembered any more: what had not ended then is "interrupted".
Result<std::optional<Jobs::State>> find_run(Catalog& catalog, const std::string& id, const Interrupt& interrupt);

}  // namespace metadata::server

#endif  // METADATA_SERVER_QUALITY_RUNS_H
