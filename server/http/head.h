#ifndef METADATA_SERVER_HTTP_HEAD_H
#define METADATA_SERVER_HTTP_HEAD_H

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "http/request.h"

namespace metadata::server {

/// Bounds on the head of a request; beyond them it is refused before more of it is read.
struct HeadLimits {
  std::size_t max_line = 8192;      ///< the request line, and any field line: 414, 431
  std::size_t max_head = 16384;     ///< request line and fields together: 431
  std::size_t max_fields = 100;     ///< 431
  std::size_t max_body = 16 << 20;  ///< 413
};

/// A request that is not taken: the status, and in words what was wrong.
struct Refused {
  int status = 400;
  std::string message;
};

/// Finds where a head ends, in bytes that come piece by piece; a line that is whole is not looked at again.
/// Not thread-safe.
class HeadScan {
 public:
  /// Looks at what has come so far: the same bytes as at the last call, and more. The length of the whole head with
  /// its empty line; 0 when its end has not come; Refused as soon as it cannot become a head.
  std::variant<std::size_t, Refused> scan(std::string_view bytes, const HeadLimits& limits);

 private:
  std::size_t line_ = 0;   // where the line begins whose end has not come
  std::size_t lines_ = 0;  // lines that are whole
};

/// What a whole head says. Checked: whoever gets one needs no further look at the framing.
struct Head {
  Request request;  ///< method, target in origin form (or "*"), fields as they came
  std::size_t content_length = 0;
  bool chunked = false;
  bool expects_continue = false;
  bool keep_alive = true;
};

/// Reads a head whose end HeadScan has found. Pure.
///
/// 400: not HTTP, or framing that two readers could understand differently. 413: the announced body is too large.
/// 415: a compressed body. 417: an unknown expectation. 501: an unknown transfer coding. 505: another HTTP. Methods
/// that no route has are the router's business.
std::variant<Head, Refused> parse_head(std::string_view bytes, const HeadLimits& limits);

/// Does a list such as that of Connection hold this word? Words have no case.
bool list_has(std::string_view list, std::string_view word);

/// Without blanks and tabs at both ends.
std::string_view trimmed(std::string_view text);

}  // namespace metadata::server

#endif  // METADATA_SERVER_HTTP_HEAD_H
