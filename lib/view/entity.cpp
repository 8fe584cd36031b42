#include "metadata/entity.h"

namespace metadata {

std::optional<Json> Entity::get(std::string_view pointer) const {
  JsonLimits own;  // the text was made here; it may be larger than what a stranger may send
  own.max_bytes = own.max_values = own.max_members = own.max_elements = own.max_string_bytes = std::size_t{1} << 40;
  own.max_depth = 256;
  const auto json = Json::parse(data_->text, own);
  return json.ok() ? json->get(pointer) : std::nullopt;
}

}  // namespace metadata
