#ifndef METADATA_SERVER_QUALITY_RUNNERS_H
#define METADATA_SERVER_QUALITY_RUNNERS_H

#include <memory>

#include "config.h"
#include "metadata/catalog.h"
#include "metadata/quality.h"

namespace metadata::server {

/// A runner on the data of the test's service, by the service's own connection. Unimplemented, naming what is
/// supported, for services of other kinds. InvalidArgument: the connection does not say what is needed.
Result<std::unique_ptr<Runner>> open_runner(const Catalog& catalog, const Config& config, const TestTarget& target,
                                            const Interrupt& interrupt);

}  // namespace metadata::server

#endif  // METADATA_SERVER_QUALITY_RUNNERS_H
