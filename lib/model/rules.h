#ifndef METADATA_LIB_MODEL_RULES_H
#define METADATA_LIB_MODEL_RULES_H

#include <string_view>

#include "json/value.h"
#include "metadata/error.h"
#include "metadata/options.h"

namespace metadata::model {

/// A rule of a whole body that fields alone cannot say. Runs after every member was checked; may fill in what follows
/// from others.
using Rule = Error (*)(json::Value& body, json::Allocator& allocator, const Limits& limits);

/// The rule of that name ("columns"); null when there is none.
Rule find_rule(std::string_view name);

}  // namespace metadata::model

#endif  // METADATA_LIB_MODEL_RULES_H
