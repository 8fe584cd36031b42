#ifndef METADATA_LIB_MODEL_PUT_RULES_H
#define METADATA_LIB_MODEL_PUT_RULES_H

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "json/value.h"
#include "metadata/error.h"
#include "model/registry.h"

namespace metadata::model {

/// Whose PUT it is, and how it is meant.
struct PutManner {
  bool by_bot = false;
  bool replace = false;                     ///< the body is the whole truth
  std::vector<std::string> overwrite = {};  ///< fields in which what was sent counts: as WriteOptions::overwrite
  /// Did a person set the value at a path of provenance ("columns.id.description") last? Unset: of all of them.
  std::function<bool(std::string_view path)> by_person = {};
};

/// Merges what a PUT sent into an entity that exists, in place: `incoming` becomes the entity as it shall be.
/// `stored` is the entity in its working form (all versioned fields, references as {id,type}); `incoming` a validated
/// body with its references resolved the same way. By each field's PutRule; nested lists by their items' rules (column:
/// matched by name without case, dataType and arrayDataType; a bot keeps a description or displayName that a person
/// set last; labels united; a column whose data type changed keeps its description when the new one has none).
/// The paths of values that were sent and not taken because a person set them last, at most 100.
std::vector<std::string> merge_put(const EntityType& type, const json::Value& stored, json::Document& incoming,
                                   const PutManner& manner);

/// InvalidArgument names the first that is neither "*" nor a field of the type, by its path without items
/// ("columns.description").
Error check_overwrite(const EntityType& type, const std::vector<std::string>& names);

}  // namespace metadata::model

#endif  // METADATA_LIB_MODEL_PUT_RULES_H
