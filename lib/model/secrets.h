#ifndef METADATA_LIB_MODEL_SECRETS_H
#define METADATA_LIB_MODEL_SECRETS_H

#include <functional>
#include <string>
#include <string_view>

#include "json/value.h"
#include "metadata/error.h"
#include "model/registry.h"

namespace metadata::model {

/// What a secret looks like to those who may not read it.
inline constexpr std::string_view kMask = "*********";

/// Is the field a secret, or may something in it be one? So do all that for_each_secret() visits.
bool holds_secrets(const Field& field);

/// Calls `visit` with every non-empty secret text of an entity, with its path; what it returns takes the text's place.
/// An error stops the walk and is returned. Secret are fields so marked, and inside a marked object the members whose
/// names are listed as secret in the descriptions (password, privateKey …), at any depth.
Error for_each_secret(const EntityType& type, json::Value& entity, json::Allocator& allocator,
                      const std::function<Result<std::string>(std::string_view path, std::string_view text)>& visit);

}  // namespace metadata::model

#endif  // METADATA_LIB_MODEL_SECRETS_H
