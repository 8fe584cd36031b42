#include "model/csv_rule.h"

#include <algorithm>
#include <utility>

#include "model/members.h"
#include "model/read_csv.h"

namespace metadata::model {
namespace {

Result<CsvColumn> read_column(std::string_view header, const CsvColumns& columns) {
  CsvColumn column;
  column.required = header.ends_with('*');
  if (column.required) header.remove_suffix(1);
  column.header = header;
  column.field = header;
  const json::Value* described = columns(header);
  if (described == nullptr) return column;
  using As = CsvColumn::As;
  MD_OK(only_members(*described, {"as", "field", "source", "prefix", "except", "members"}));
  MD_OK(read_word<As>(*described, "as",
                      {{"name", As::Name}, {"parent", As::Parent}, {"type", As::Type}, {"fqn", As::Fqn}}, column.as));
  MD_OK(read_text(*described, "field", column.field));
  MD_OK(read_text(*described, "source", column.source));
  MD_OK(read_text(*described, "prefix", column.prefix));
  MD_OK(read_text(*described, "except", column.except));
  MD_OK(read_texts(*described, "members", column.members));
  return column;
}

Result<CsvFile> read_file(const json::Value& object, const CsvColumns& columns) {
  CsvFile file;
  std::vector<std::string> headers;
  MD_OK(read_texts(object, "columns", headers));
  MD_OK(read_texts(object, "rows", file.rows));
  bool named = false;
  for (const std::string& header : headers) {
    auto column = read_column(header, columns);
    if (!column.ok()) return within("column " + header, column.error());
    named = named || (column->as == CsvColumn::As::Name && column->required);
    file.columns.push_back(*std::move(column));
  }
  if (!named) return invalid_argument("\"columns\" must have one as name, and it must be required");
  return file;
}

Error read_items(const json::Value& csv, const EntityType& type, CsvRule& rule) {
  const json::Value* items = json::find(csv, "items");
  if (items == nullptr) return {};
  MD_OK(within("items", only_members(*items, {"list", "called"})));
  MD_OK(read_text(*items, "list", rule.items));
  MD_OK(read_text(*items, "called", rule.item_type));
  const Field* list = type.find(rule.items);
  const bool fits = list != nullptr && list->type.shape == Shape::Array && list->type.element->shape == Shape::Struct &&
                    list->type.element->fields->find("fullyQualifiedName") != nullptr;
  if (fits && !rule.item_type.empty()) return {};
  return invalid_argument("items: \"list\" must be a list of items with an FQN, and \"called\" a word");
}

Error read_group(const json::Value& csv, const EntityType& type, CsvRule& rule) {
  const json::Value* group = json::find(csv, "group");
  if (group == nullptr) return {};
  MD_OK(within("group", only_members(*group, {"type", "field"})));
  MD_OK(read_text(*group, "type", rule.group));
  MD_OK(read_text(*group, "field", rule.group_field));
  const auto names_it = [&](const RelationFilter& filter) { return filter.field == rule.group_field; };
  if (!rule.group.empty() && std::ranges::any_of(type.relation_filters, names_it)) return {};
  return invalid_argument("group: \"field\" must be one that relationFilters name");
}

}  // namespace

Error read_csv(const json::Value& description, const CsvColumns& columns, EntityType& type) {
  const json::Value* csv = json::find(description, "csv");
  if (csv == nullptr) return {};
  MD_OK(only_members(*csv, {"columns", "rows", "recursive", "items", "group", "alone"}));
  CsvRule rule;
  MD_OK(read_bool(*csv, "alone", rule.alone));
  MD_OK(read_items(*csv, type, rule));
  MD_OK(read_group(*csv, type, rule));
  if (json::find(*csv, "columns") != nullptr) {
    MD_LET(file, read_file(*csv, columns));
    rule.file = std::move(file);
    if (rule.file->rows.empty() && rule.items.empty())
      return invalid_argument("without \"rows\" it has those of \"items\"");
  }
  if (const json::Value* recursive = json::find(*csv, "recursive")) {
    MD_OK(within("recursive", only_members(*recursive, {"columns", "rows"})));
    auto file = read_file(*recursive, columns);
    if (!file.ok()) return within("recursive", file.error());
    rule.recursive = *std::move(file);
  }
  type.csv = std::move(rule);
  return {};
}

Error check_csv(const EntityType& type, const std::vector<std::string>& known) {
  const auto is_known = [&](const std::string& name) { return std::ranges::find(known, name) != known.end(); };
  for (const auto* file : {&type.csv.file, &type.csv.recursive}) {
    if (!file->has_value()) continue;
    for (const std::string& row : (*file)->rows) {
      if (!is_known(row)) return invalid_argument("csv: unknown entity type \"" + row + "\"");
    }
  }
  if (type.csv.group.empty() || is_known(type.csv.group)) return {};
  return invalid_argument("csv: unknown entity type \"" + type.csv.group + "\"");
}

}  // namespace metadata::model
