#ifndef METADATA_SERVER_SEED_SEED_H
#define METADATA_SERVER_SEED_SEED_H

#include <string>

#include "config.h"
#include "metadata/catalog.h"
#include "metadata/error.h"

namespace metadata::server {

/// What the first start did that only it can tell.
struct Seeded {
  std::string generated_password;  ///< the admin's; empty when it was given or set before
};

/// Puts the start-up data into a catalog: rules, the admin, the ingestion bot and its token, classifications, test
/// connections. Adds what is missing and changes nothing that is there, so that it may be cut off and run again;
/// a marker in the data directory says that it ran to its end.
Result<Seeded> seed(Catalog& catalog, const Config& config);

/// Gives the ingestion bot a new token, in its file too; the one so far is refused from now on.
Error renew_token(Catalog& catalog, const Config& config);

/// The file that holds a bot's token, readable by the owner only. InvalidArgument for a name that is no file name.
Result<std::string> token_path(const Config& config, const std::string& bot);

}  // namespace metadata::server

#endif  // METADATA_SERVER_SEED_SEED_H
