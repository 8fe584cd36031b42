#ifndef METADATA_SERVER_HTTP_GZIP_H
#define METADATA_SERVER_HTTP_GZIP_H

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace metadata::server {

/// Does an Accept-Encoding take gzip? "gzip", "*", with a quality that is not 0; "gzip;q=0" beats "*".
bool accepts_gzip(std::string_view accept_encoding);

/// The text in gzip's form, at the level that costs least. Nothing when there is no memory for it.
std::optional<std::string> gzip(std::string_view text);

/// What gzip's form holds; for what the program itself holds so. Nothing when it is damaged or longer than `most`.
std::optional<std::string> gunzip(std::string_view packed, std::size_t most);

}  // namespace metadata::server

#endif  // METADATA_SERVER_HTTP_GZIP_H
