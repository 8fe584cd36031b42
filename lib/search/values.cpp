#include "search/values.h"

#include <vector>

namespace metadata::search {
namespace {

/// A value still to be walked into, and how much of the path leads to it.
struct Open {
  const json::Value* value;
  std::size_t depth;
  std::string item;
};

std::string item_path(const std::string& parent, const json::Value& item) {
  const std::string_view name = json::string_or(item, "name");
  if (parent.empty()) return std::string(name);
  return parent + "." + std::string(name);
}

// What was put on the stack from `first` on is taken off in the order it has in the document.
void reverse_from(std::vector<Open>& open, std::size_t first) {
  for (std::size_t low = first, high = open.size(); low + 1 < high; ++low, --high) std::swap(open[low], open[high - 1]);
}

}  // namespace

bool scalar_text(const json::Value& value, std::string& text) {
  if (value.IsString()) {
    text = json::view(value);
  } else if (value.IsBool()) {
    text = value.GetBool() ? "true" : "false";
  } else if (value.IsInt64()) {
    text = std::to_string(value.GetInt64());
  } else if (value.IsNumber()) {
    text = std::to_string(value.GetDouble());
  } else {
    return false;
  }
  return true;
}

void for_each_value(const json::Value& document, const model::SearchPath& path, std::size_t most,
                    const std::function<void(const std::string& item, std::string_view value)>& visit) {
  std::vector<Open> open{{&document, 0, {}}};
  std::string text;
  while (!open.empty() && most > 0) {
    const Open here = std::move(open.back());
    open.pop_back();
    if (here.value->IsArray()) {
      const std::size_t first = open.size();
      for (const json::Value& element : here.value->GetArray()) {
        open.push_back({&element, here.depth, element.IsObject() ? item_path(here.item, element) : here.item});
      }
      reverse_from(open, first);
    } else if (here.value->IsObject()) {
      if (here.depth == path.members.size()) continue;
      const std::size_t first = open.size();
      if (const json::Value* member = json::find(*here.value, path.members[here.depth]))
        open.push_back({member, here.depth + 1, here.item});
      // Further items of the same kind lie one step back: their members are named by the same part of the path.
      if (here.depth > 0 && !path.children[here.depth - 1].empty()) {
        if (const json::Value* children = json::find(*here.value, path.children[here.depth - 1]))
          open.push_back({children, here.depth, here.item});
      }
      reverse_from(open, first);
    } else if (here.depth == path.members.size() && scalar_text(*here.value, text)) {
      --most;
      visit(here.item, text);
    }
  }
}

bool exists(const json::Value& document, std::string_view member) {
  const json::Value* value = json::find(document, member);
  if (value == nullptr || value->IsNull()) return false;
  if (value->IsString()) return value->GetStringLength() > 0;
  if (value->IsArray()) return !value->Empty();
  return !value->IsObject() || !value->ObjectEmpty();
}

}  // namespace metadata::search
