#ifndef METADATA_SERVER_SEED_DATA_H
#define METADATA_SERVER_SEED_DATA_H

#include <span>

#include "embedded.h"

namespace metadata::server {

/// The .json files; made at build time by tools/embed_bytes.
std::span<const EmbeddedFile> start_data();

}  // namespace metadata::server

#endif  // METADATA_SERVER_SEED_DATA_H
