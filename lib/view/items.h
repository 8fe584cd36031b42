#ifndef METADATA_LIB_VIEW_ITEMS_H
#define METADATA_LIB_VIEW_ITEMS_H

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

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

/// Where a nested item stands. Made a text only when it is asked for: most items carry no labels.
class ItemPath {
 public:
  explicit ItemPath(const TaggedList& list) : list_(list) {}

  /// The item's label path: "columns", then folded names, joined by the key separator.
  std::string text() const {
    std::string path = list_.path;
    for (const json::Value* item : items_) path += model::kKeySeparator + folded(json::string_or(*item, "name"));
    return path;
  }

  void enter(const json::Value& item) { items_.push_back(&item); }
  void leave() {
    if (!items_.empty()) items_.pop_back();
  }

 private:
  const TaggedList& list_;
  std::vector<const json::Value*> items_;  // outermost first
};

/// Calls `visit(const ItemPath&, item, member)` with each item of the type's lists whose items carry labels, outer ones
/// first. `member` is the name of the item's labels. `visit` may change the item, but not the lists that it is in.
template <class Tree, class Visit>
void for_each_tagged_item(const TypeLayout& layout, Tree& entity, const Visit& visit) {
  using Value = std::conditional_t<std::is_const_v<Tree>, const json::Value, json::Value>;
  struct Level {
    Value* list;
    json::SizeType next;
  };
  for (const TaggedList& list : layout.nested_tagged) {
    const NestedTags members = nested_tags(*list.field);
    ItemPath path(list);
    std::vector<Level> levels;
    const auto enter = [&](Value* items) {
      const bool is_list = items != nullptr && items->IsArray();
      if (is_list) levels.push_back({items, 0});
      return is_list;
    };
    enter(find_list(list, entity));
    while (!levels.empty()) {
      Level& level = levels.back();
      if (level.next == level.list->Size()) {
        levels.pop_back();
        path.leave();
        continue;
      }
      Value& item = (*level.list)[level.next++];
      if (!item.IsObject()) continue;
      path.enter(item);
      visit(std::as_const(path), item, members.tags);
      if (members.children.empty() || !enter(json::find(item, members.children))) path.leave();
    }
  }
}

}  // namespace metadata::view

#endif  // METADATA_LIB_VIEW_ITEMS_H
