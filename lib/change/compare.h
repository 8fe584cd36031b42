#ifndef METADATA_LIB_CHANGE_COMPARE_H
#define METADATA_LIB_CHANGE_COMPARE_H

#include <vector>

#include "change/record.h"
#include "json/value.h"
#include "model/field.h"
#include "model/item_path.h"

namespace metadata::change {

/// Records how the described members of two objects differ. `weight` is what a versioned member counts for.
/// Takes time in proportion to the objects; recursion is bounded by the depth of a tree.
void compare_members(const std::vector<model::Field>& fields, const json::Value& before, const json::Value& after,
                     Weight weight, Record& record);

/// Does that member of the two objects differ?
bool differs(const model::Field& field, const json::Value& before, const json::Value& after);

/// Is the field one that describe() looks at? The server's own, write-only and looked-up ones are not.
bool is_compared(const model::Field& field);

/// A list of items that are compared member by member (columns).
bool is_nested_list(const model::Field& field);
/// An object with such a list among its members (a topic's messageSchema).
bool holds_nested_list(const model::Field& field);
using model::is_same_kind;

/// The member's value; null when it is absent or null.
const json::Value* given(const json::Value& object, std::string_view name);

using model::item_label;
using model::path_part;

}  // namespace metadata::change

#endif  // METADATA_LIB_CHANGE_COMPARE_H
