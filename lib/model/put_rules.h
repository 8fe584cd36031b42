#ifndef METADATA_LIB_MODEL_PUT_RULES_H
#define METADATA_LIB_MODEL_PUT_RULES_H

#include "json/value.h"
#include "metadata/error.h"
#include "model/registry.h"

namespace metadata::model {

/// Merges what a PUT sent into an entity that exists, in place: `incoming` becomes the entity as it shall be.
/// `stored` is the entity in its working form (all versioned fields, references as {id,type}); `incoming` a validated
/// body with its references resolved the same way. By each field's PutRule; nested lists by their items' rules (column:
/// matched by name without case, dataType and arrayDataType; a bot keeps a non-empty description or displayName; labels
/// united; a column whose data type changed keeps its description when the new one has none).
void merge_put(const EntityType& type, const json::Value& stored, json::Document& incoming, bool by_bot);

}  // namespace metadata::model

#endif  // METADATA_LIB_MODEL_PUT_RULES_H
