#ifndef METADATA_LIB_JSON_PATCH_WORDS_H
#define METADATA_LIB_JSON_PATCH_WORDS_H

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace metadata::json {

/// "operation 2 (replace /a/b)", how the messages about a patch begin; without what is not known.
std::string name_operation(std::size_t index, std::string_view op, std::optional<std::string_view> path);

}  // namespace metadata::json

#endif  // METADATA_LIB_JSON_PATCH_WORDS_H
