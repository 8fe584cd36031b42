#ifndef METADATA_LIB_MODEL_LABELS_H
#define METADATA_LIB_MODEL_LABELS_H

#include "json/value.h"

namespace metadata::model {

/// Whether two labels are the same one: equal tagFQN and source.
bool same_label(const json::Value& a, const json::Value& b);

/// Brings a list of checked labels into the form in which it is kept: sorted by tagFQN, the first of equal ones,
/// without derived ones (those follow from others and are worked out anew).
void settle_labels(json::Value& labels, json::Allocator& allocator);

}  // namespace metadata::model

#endif  // METADATA_LIB_MODEL_LABELS_H
