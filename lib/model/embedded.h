#ifndef METADATA_LIB_MODEL_EMBEDDED_H
#define METADATA_LIB_MODEL_EMBEDDED_H

#include <span>
#include <string_view>

namespace metadata::model {

/// A data file of the source tree, compiled in. The build makes the functions below out of the folders of their names.
struct EmbeddedFile {
  std::string_view name;
  std::string_view text;
};

std::span<const EmbeddedFile> embedded_types();
std::span<const EmbeddedFile> embedded_traits();
std::span<const EmbeddedFile> embedded_entities();

}  // namespace metadata::model

#endif  // METADATA_LIB_MODEL_EMBEDDED_H
