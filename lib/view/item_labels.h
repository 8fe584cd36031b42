#ifndef METADATA_LIB_VIEW_ITEM_LABELS_H
#define METADATA_LIB_VIEW_ITEM_LABELS_H

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "view/layout.h"

namespace metadata::view {

/// The texts of label lists by the path of the nested item that they hang on, as items.h has it.
using LabelTexts = std::unordered_map<std::string, std::string>;

/// A stored document with its labels hung on its nested items: each item gets a list as its last member, an empty one
/// when it has no labels, for the client adds to the list that it was shown. Done on the text, in one pass. Nothing
/// when the text alone does not show where the labels belong (an escape in a name, a name after the children).
std::optional<std::string> hang_labels_on_text(const TypeLayout& layout, std::string_view document,
                                               const LabelTexts& labels);

}  // namespace metadata::view

#endif  // METADATA_LIB_VIEW_ITEM_LABELS_H
