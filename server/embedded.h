#ifndef METADATA_SERVER_EMBEDDED_H
#define METADATA_SERVER_EMBEDDED_H

#include <string_view>

namespace metadata::server {

/// A data file that was compiled into the program (tools/embed_bytes).
struct EmbeddedFile {
  std::string_view name;
  std::string_view text;
};

}  // namespace metadata::server

#endif  // METADATA_SERVER_EMBEDDED_H
