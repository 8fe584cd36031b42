#ifndef METADATA_SERVER_OPENAPI_DOCUMENT_H
#define METADATA_SERVER_OPENAPI_DOCUMENT_H

#include <string>

#include "http/router.h"
#include "metadata/error.h"
#include "metadata/registry.h"

namespace metadata::server {

/// The description of the API (OpenAPI 3.1) as JSON text: a path of it for every built route, entity types and nested
/// types from the registry, and what else there is to say of a route from operations.json and schemas.json.
///
/// Internal when a built route has no operation, or an operation names a parameter that is not there: both are faults
/// of the program, and a test makes the document.
Result<std::string> openapi_document(const Router& router, const Registry& registry);

}  // namespace metadata::server

#endif  // METADATA_SERVER_OPENAPI_DOCUMENT_H
