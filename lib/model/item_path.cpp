#include "model/item_path.h"

#include "json/write.h"

namespace metadata::model {

bool is_same_kind(const Field& outer, const Field& inner) {
  const auto& a = outer.type.element->fields;
  const auto& b = inner.type.element->fields;
  return a == b || (!a->name.empty() && a->name == b->name);
}

std::string item_label(const json::Value& item, const std::vector<std::string>& match) {
  const auto given = [&](std::string_view member) {
    const json::Value* value = json::find(item, member);
    return value == nullptr || value->IsNull() ? nullptr : value;
  };
  const json::Value* name = given("name");
  if (name == nullptr && !match.empty()) name = given(match.front());
  if (name == nullptr) return {};
  return name->IsString() ? std::string(json::view(*name)) : json::write(*name);
}

std::string path_part(std::string_view label) {
  const bool quoted = label.size() > 2 && label.front() == '"' && label.back() == '"';
  std::string part(label);
  return label.find('.') == std::string_view::npos || quoted ? part : '"' + part + '"';
}

}  // namespace metadata::model
