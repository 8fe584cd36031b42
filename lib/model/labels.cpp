#include "model/labels.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace metadata::model {
namespace {

std::pair<std::string_view, std::string_view> identity(const json::Value& label) {
  return {json::string_or(label, "tagFQN"), json::string_or(label, "source")};
}

}  // namespace

bool same_label(const json::Value& a, const json::Value& b) { return identity(a) == identity(b); }

void settle_labels(json::Value& labels, json::Allocator& allocator) {
  if (labels.Empty()) return;
  std::vector<json::Value*> order;
  for (json::Value& label : labels.GetArray()) {
    if (json::string_or(label, "labelType") != "Derived") order.push_back(&label);
  }
  std::ranges::stable_sort(order, {}, [](const json::Value* label) { return identity(*label); });
  const auto same = [](const json::Value* a, const json::Value* b) { return same_label(*a, *b); };
  order.erase(std::unique(order.begin(), order.end(), same), order.end());
  json::Value settled(json::rapid::kArrayType);
  settled.Reserve(static_cast<json::SizeType>(order.size()), allocator);
  for (json::Value* label : order) settled.PushBack(std::move(*label), allocator);
  labels = std::move(settled);
}

}  // namespace metadata::model
