#ifndef METADATA_SERVER_OPENAPI_DATA_H
#define METADATA_SERVER_OPENAPI_DATA_H

#include <span>

#include "embedded.h"

namespace metadata::server {

/// operations.json and schemas.json; made at build time by tools/embed_bytes.
std::span<const EmbeddedFile> openapi_data();

/// The files of Swagger UI and of the page that starts it; those with ".gz" behind their names are packed. Without
/// Swagger UI, which is fetched apart from the build, only the page.
std::span<const EmbeddedFile> ui_data();

}  // namespace metadata::server

#endif  // METADATA_SERVER_OPENAPI_DATA_H
