#ifndef METADATA_LIB_MODEL_ITEM_PATH_H
#define METADATA_LIB_MODEL_ITEM_PATH_H

#include <string>
#include <string_view>
#include <vector>

#include "json/value.h"
#include "model/field.h"

namespace metadata::model {

// How paths name the items of nested lists: "columns.address.city", `columns."a.b"`.

/// Does an item of `outer` hold items of its own kind in `inner` (a column's children)? They share their parents' path.
bool is_same_kind(const Field& outer, const Field& inner);
/// An item's name as it stands in paths; the text of its first matched member when it has no name.
std::string item_label(const json::Value& item, const std::vector<std::string>& match);
/// A label as one part of a path: in double quotes when it has a dot.
std::string path_part(std::string_view label);

}  // namespace metadata::model

#endif  // METADATA_LIB_MODEL_ITEM_PATH_H
