#ifndef METADATA_SERVER_RENDER_ERROR_H
#define METADATA_SERVER_RENDER_ERROR_H

#include <chrono>
#include <string>
#include <string_view>

#include "http/response.h"
#include "metadata/error.h"
#include "metadata/options.h"

namespace metadata::server::render {

/// A failure in the words of an answer, for those that stand in the body of another answer.
struct Told {
  int status = 500;
  std::string message;
};
Told tell(const Error& error);

/// The answer to a failure: `{code, message, responseType, details{field, error}}` and the status that belongs to the
/// code. Corrupt and Internal say nothing of the inside.
Response error(const Error& error);
/// The same for a request that has a body: when a field of it is at fault, the message says "Invalid request body".
Response body_error(const Error& error);

/// The answer to what the store could not do: it says whether writing has stopped, and nothing of the inside.
Response store_trouble(Writes writes);
/// The answer to a request whose work was given up after this time.
Response took_too_long(std::chrono::milliseconds limit);

/// A failure that HTTP itself knows and the library does not.
Response refusal(int status, const std::string& message);
Response no_route(std::string_view method, std::string_view target);
Response method_not_allowed(std::string_view method, std::string_view target, const std::string& allow);
Response unsupported_media_type(std::string_view type, std::string_view wanted);

}  // namespace metadata::server::render

#endif  // METADATA_SERVER_RENDER_ERROR_H
