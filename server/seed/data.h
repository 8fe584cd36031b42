#ifndef METADATA_SERVER_SEED_DATA_H
#define METADATA_SERVER_SEED_DATA_H

#include <span>
#include <string_view>

namespace metadata::server {

/// A file of this folder, compiled into the program.
struct EmbeddedFile {
  std::string_view name;
  std::string_view text;
};

/// The .json files; made at build time by tools/embed_bytes.
std::span<const EmbeddedFile> start_data();

}  // namespace metadata::server

#endif  // METADATA_SERVER_SEED_DATA_H
