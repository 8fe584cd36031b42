#include "model/operations.h"

#include <set>

namespace metadata::model {
namespace {

constexpr std::string_view kEditAll = "EditAll";

std::string_view operation_of(const Field& field) {
  return field.edit.empty() ? kEditAll : std::string_view(field.edit);
}

// "columns.<name>" says that items came or went; only a longer path says that a member of an item changed. The name
// between may hold dots itself.
std::string_view operation_of_item(const Field& list, std::string_view path) {
  const std::size_t last = path.rfind('.');
  if (last == std::string_view::npos) return operation_of(list);
  const Field* member = list.type.element->fields->find(path.substr(last + 1));
  return member == nullptr || member->edit.empty() ? operation_of(list) : std::string_view(member->edit);
}

std::string_view operation_for(const EntityType& type, std::string_view changed) {
  const std::size_t dot = changed.find('.');
  const Field* field = type.find(changed.substr(0, dot));
  if (field == nullptr) return kEditAll;
  const bool nested = field->type.shape == Shape::Array && field->type.element->shape == Shape::Struct;
  if (dot == std::string_view::npos || !nested) return operation_of(*field);
  return operation_of_item(*field, changed.substr(dot + 1));
}

}  // namespace

std::vector<std::string> operations_for(const EntityType& type, const std::vector<std::string>& changed_fields) {
  std::set<std::string_view> operations;
  for (const std::string& changed : changed_fields) operations.insert(operation_for(type, changed));
  return {operations.begin(), operations.end()};
}

}  // namespace metadata::model
