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
  std::size_t dot = changed.find('.');
  const Field* field = type.find(changed.substr(0, dot));
  if (field == nullptr) return kEditAll;
  // Into an object that is merged member by member: "messageSchema.schemaFields.…".
  while (dot != std::string_view::npos && field->type.shape == Shape::Struct && field->put == PutRule::Nested) {
    const std::string_view rest = changed.substr(dot + 1);
    const std::size_t next = rest.find('.');
    const Field* member = field->type.fields->find(rest.substr(0, next));
    if (member == nullptr || member->put != PutRule::Nested) return operation_of(*field);
    field = member;
    changed = rest;
    dot = next;
  }
  const bool nested = field->type.shape == Shape::Array && field->type.element->shape == Shape::Struct;
  if (dot == std::string_view::npos || !nested) return operation_of(*field);
  return operation_of_item(*field, changed.substr(dot + 1));
}

}  // namespace

std::string_view label_operation(const EntityType& type, std::string_view tag_fqn, std::string_view source) {
  for (const Field& field : type.fields) {
    if (field.place != Place::Tags) continue;
    for (const ItemEdit& item : field.edit_items) {
      const std::string_view said = item.member == "tagFQN" ? tag_fqn : item.member == "source" ? source : "";
      if (item.prefix ? said.starts_with(item.value) : said == item.value) return item.edit;
    }
    return operation_of(field);
  }
  return {};
}

std::vector<std::string> operations_on(const EntityType& type) {
  std::set<std::string> all{"Create", "Delete", "ViewAll", "ViewBasic", "EditAll", "EditLineage"};
  const auto add = [&](const std::string& operation) {
    if (!operation.empty()) all.insert(operation);
  };
  for (const Field& field : type.fields) {
    add(field.edit);
    add(field.view);
    for (const ItemEdit& item : field.edit_items) add(item.edit);
  }
  for (const Series& series : type.series) {
    add(series.edit);
    add(series.view);
  }
  all.erase("EditAdmins");  // no rule has it
  return {all.begin(), all.end()};
}

std::vector<std::string> view_operations(const EntityType& type, std::string_view fields) {
  constexpr std::string_view kBasic = "ViewBasic";
  std::set<std::string_view> operations{kBasic};
  const auto add = [&](const Field& field) {
    if (field.on_request)
      operations.insert(field.view.empty() ? std::string_view("ViewAll") : std::string_view(field.view));
  };
  while (!fields.empty()) {
    const auto comma = fields.find(',');
    std::string_view name = fields.substr(0, comma);
    fields = comma == std::string_view::npos ? std::string_view() : fields.substr(comma + 1);
    while (name.starts_with(' ')) name.remove_prefix(1);
    while (name.ends_with(' ')) name.remove_suffix(1);
    if (name == "*") {
      for (const Field& field : type.fields) add(field);
    } else if (const Field* field = type.find(name)) {
      add(*field);
    }
  }
  return {operations.begin(), operations.end()};
}

std::vector<std::string> operations_for(const EntityType& type, const std::vector<std::string>& changed_fields) {
  std::set<std::string_view> operations;
  for (const std::string& changed : changed_fields) operations.insert(operation_for(type, changed));
  return {operations.begin(), operations.end()};
}

}  // namespace metadata::model
