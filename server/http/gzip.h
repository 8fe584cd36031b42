#ifndef METADATA_SERVER_HTTP_GZIP_H
#define METADATA_SERVER_HTTP_GZIP_H

#include <optional>
#include <string>
#include <string_view>

namespace metadata::server {

/// Does an Accept-Encoding take gzip? "gzip", "*", with a quality that is not 0; "gzip;q=0" beats "*".
bool accepts_gzip(std::string_view accept_encoding);

/// The text in gzip's form, at the level that costs least. Nothing when there is no memory for it.
std::optional<std::string> gzip(std::string_view text);

}  // namespace metadata::server

#endif  // METADATA_SERVER_HTTP_GZIP_H
