#ifndef METADATA_SERVER_HTTP_URL_H
#define METADATA_SERVER_HTTP_URL_H

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "metadata/error.h"

namespace metadata::server {

/// Is the text valid UTF-8 (RFC 3629)?
bool is_utf8(std::string_view text);

/// %XX decoded. Nothing when an escape is broken or the result is not UTF-8.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_blank = false);

/// Everything but unreserved characters escaped: fit for one path segment.
std::string percent_encode(std::string_view text);

/// The path of a request target, without query and fragment.
std::string_view path_of(std::string_view target);

/// The parts of a path between slashes, still encoded; a slash at the end adds none.
std::vector<std::string_view> segments_of(std::string_view path);

/// The query of a request, decoded pair by pair; keys may repeat, keys that nobody asks for are ignored.
class Query {
 public:
  /// InvalidArgument names the pair that cannot be decoded.
  static Result<Query> parse(std::string_view target);

  /// The first value of a key.
  std::optional<std::string_view> get(std::string_view key) const;
  /// The same, or the empty text.
  std::string text(std::string_view key) const;
  /// true or false, in any case; absent or empty is the default. Anything else is InvalidArgument.
  Result<bool> flag(std::string_view key, bool otherwise) const;
  /// A whole number; absent or empty is the default. Anything else is InvalidArgument.
  Result<long long> number(std::string_view key, long long otherwise) const;

  const std::vector<std::pair<std::string, std::string>>& pairs() const { return pairs_; }

 private:
  std::vector<std::pair<std::string, std::string>> pairs_;
};

}  // namespace metadata::server

#endif  // METADATA_SERVER_HTTP_URL_H
