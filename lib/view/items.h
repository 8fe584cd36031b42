#ifndef METADATA_LIB_VIEW_ITEMS_H
#define METADATA_LIB_VIEW_ITEMS_H

#include <functional>
#include <string>
#include <string_view>

#include "json/value.h"
#include "model/fqn.h"
#include "view/layout.h"

namespace metadata::view {

/// The name of a nested item in a label's path: letters without case, as column names are matched.
inline std::string folded(std::string_view name) {
  std::string text(name);
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

/// Calls `visit` with the label path ("columns", then folded names, joined by the key separator) and each item of the
/// type's lists whose items carry labels, outer ones first. `visit` gets the member name of the labels as well.
inline void for_each_tagged_item(
    const TypeLayout& layout, json::Value& entity,
    const std::function<void(const std::string& path, json::Value& item, const std::string& tags)>& visit) {
  // Depth is bounded by the JSON depth limit of everything that was parsed.
  const std::function<void(json::Value&, const std::string&, const NestedTags&)> walk =
      [&](json::Value& list, const std::string& prefix, const NestedTags& members) {
        if (!list.IsArray()) return;
        for (auto& item : list.GetArray()) {
          if (!item.IsObject()) continue;
          const std::string path = prefix + model::kKeySeparator + folded(json::string_or(item, "name", ""));
          visit(path, item, members.tags);
          if (members.children.empty()) continue;
          if (json::Value* children = json::find(item, members.children)) walk(*children, path, members);
        }
      };
  for (const TaggedList& list : layout.nested_tagged) {
    if (json::Value* items = find_list(list, entity)) walk(*items, list.path, nested_tags(*list.field));
  }
}

}  // namespace metadata::view

#endif  // METADATA_LIB_VIEW_ITEMS_H
