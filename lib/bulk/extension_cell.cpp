#include "bulk/extension_cell.h"

#include <algorithm>
#include <charconv>

#include "bulk/cells.h"
#include "bulk/csv_text.h"
#include "bulk/references.h"
#include "entity/extension.h"
#include "json/parse.h"
#include "json/write.h"
#include "model/formats.h"

namespace metadata::bulk {
namespace {

using json::Value;

constexpr char kBetweenValues = '|';

std::string_view name_of(std::string_view entry) { return entry.substr(0, entry.find(':')); }

std::string_view value_of(std::string_view entry) {
  const std::size_t colon = entry.find(':');
  return colon == std::string_view::npos ? std::string_view() : entry.substr(colon + 1);
}

std::string reference_text(const Value& reference) {
  std::string_view name = json::string_or(reference, "fullyQualifiedName");
  if (name.empty()) name = json::string_or(reference, "id");
  return std::string(json::string_or(reference, "type")).append(":").append(name);
}

std::string row_text(const Value& columns, const Value& row) {
  std::vector<std::string> cells;
  for (const Value& column : columns.GetArray()) cells.emplace_back(json::string_or(row, json::view(column)));
  while (!cells.empty() && cells.back().empty()) cells.pop_back();
  return join_entries(cells, ',');
}

std::string table_text(const Value& columns, const Value& rows) {
  std::vector<std::string> texts;
  for (const Value& row : rows.GetArray()) texts.push_back(row_text(columns, row));
  return join_entries(texts, kBetweenValues);
}

std::string object_text(const Value& value) {
  const Value* start = json::find(value, "start");
  const Value* end = json::find(value, "end");
  if (start != nullptr && end != nullptr) return json::write(*start) + ":" + json::write(*end);
  const Value* columns = json::find(value, "columns");
  const Value* rows = json::find(value, "rows");
  if (columns != nullptr && rows != nullptr && columns->IsArray() && rows->IsArray())
    return table_text(*columns, *rows);
  if (json::find(value, "url") != nullptr) {
    std::vector<std::string> parts{std::string(json::string_or(value, "url"))};
    if (const auto shown = json::string_or(value, "displayText"); !shown.empty()) parts.emplace_back(shown);
    return join_entries(parts, kBetweenValues);
  }
  return json::find(value, "id") != nullptr ? reference_text(value) : json::write(value);
}

std::string value_text(const Value& value) {
  if (value.IsString()) return std::string(json::view(value));
  if (value.IsObject()) return object_text(value);
  if (!value.IsArray()) return json::write(value);
  std::vector<std::string> texts;
  for (const Value& item : value.GetArray())
    texts.push_back(item.IsObject()   ? reference_text(item)
                    : item.IsString() ? std::string(json::view(item))
                                      : json::write(item));
  return join_entries(texts, kBetweenValues);
}

/// One property, and what its text says.
class PropertyReader {
 public:
  PropertyReader(const entity::Context& context, store::Reader& reader, const Principal& as, const Value& property,
                 std::string_view text)
      : context_(context), reader_(reader), as_(as), property_(property), text_(text) {}

  Result<json::Document> read() {
    const std::string_view type = entity::property_type(property_);
    if (type == "integer" || type == "timestamp" || type == "number") return number();
    if (type == "enum") return texts();
    if (type == "timeInterval") return interval();
    if (type == "table-cp") return table();
    if (type == "hyperlink-cp") return link();
    if (type == "entityReference") return reference(text_);
    if (type == "entityReferenceList") return references();
    json::Document value;
    value.SetString(text_.data(), static_cast<json::SizeType>(text_.size()), value.GetAllocator());
    return value;
  }

 private:
  Error wrong(std::string_view form) const {
    return invalid_argument("Invalid value of Key = " + model::shown(json::string_or(property_, "name")) + " of type " +
                            std::string(entity::property_type(property_)) + ", Value = " + model::shown(text_) +
                            ": it should be " + std::string(form));
  }

  Result<json::Document> number() const {
    json::Document value;
    if (!json::parse(text_, value).ok() || !value.IsNumber()) return wrong("a number");
    return value;
  }

  Result<json::Document> texts() const {
    json::Document list;
    list.SetArray();
    for (const std::string& item : split_entries(text_, kBetweenValues))
      list.PushBack(json::make_string(item, list.GetAllocator()), list.GetAllocator());
    return list;
  }

  Result<json::Document> interval() const {
    json::Document value;
    value.SetObject();
    const std::size_t colon = text_.find(':');
    if (colon == std::string_view::npos) return wrong("of the form start:end");
    for (const auto& [name, part] : {std::pair{"start", text_.substr(0, colon)}, {"end", text_.substr(colon + 1)}}) {
      std::int64_t moment = 0;
      const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), moment);
      if (error != std::errc{} || end != part.data() + part.size()) return wrong("of the form start:end");
      json::append(value, name, Value(moment), value.GetAllocator());
    }
    return value;
  }

  Result<json::Document> table() const {
    json::Document value;
    value.SetObject();
    auto& allocator = value.GetAllocator();
    const Value* columns = entity::property_config(property_, "columns");
    if (columns == nullptr || !columns->IsArray()) return wrong("of a property that has columns");
    Value rows = empty_list();
    for (const std::string& line : split_entries(text_, kBetweenValues)) {
      const std::vector<std::string> cells = split_entries(line, ',');
      if (cells.size() > columns->Size())
        return wrong("rows of at most " + std::to_string(columns->Size()) + " columns");
      Value row = empty_object();
      for (std::size_t i = 0; i < cells.size(); ++i)
        json::set_string(row, json::view((*columns)[static_cast<json::SizeType>(i)]), cells[i], allocator);
      rows.PushBack(row, allocator);
    }
    json::append(value, "columns", json::copy(*columns, allocator), allocator);
    json::append(value, "rows", std::move(rows), allocator);
    return value;
  }

  Result<json::Document> link() const {
    const std::vector<std::string> parts = split_entries(text_, kBetweenValues);
    if (parts.empty() || parts.size() > 2) return wrong("of the form url or url|text");
    json::Document value;
    value.SetObject();
    json::set_string(value, "url", parts[0], value.GetAllocator());
    if (parts.size() == 2) json::set_string(value, "displayText", parts[1], value.GetAllocator());
    return value;
  }

  Result<json::Document> reference(std::string_view text) const {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return wrong("of the form type:name");
    MD_LET(found,
           bulk::find_named(context_, reader_, as_, {std::string(text.substr(0, colon))}, text.substr(colon + 1)));
    json::Document value;
    return json::parse_trusted(view::reference_text(found), value).ok() ? Result<json::Document>(std::move(value))
                                                                        : wrong("of the form type:name");
  }

  Result<json::Document> references() const {
    json::Document list;
    list.SetArray();
    for (const std::string& item : split_entries(text_, kBetweenValues)) {
      MD_LET(one, reference(item));
      list.PushBack(json::copy(one, list.GetAllocator()), list.GetAllocator());
    }
    return list;
  }

  const entity::Context& context_;
  store::Reader& reader_;
  const Principal& as_;
  const Value& property_;
  const std::string_view text_;
};

}  // namespace

std::vector<std::string> property_entries(const Value& extension) {
  std::vector<std::string> entries;
  if (!extension.IsObject()) return entries;
  for (const auto& member : extension.GetObject())
    entries.push_back(std::string(json::view(member.name)) + ":" + value_text(member.value));
  std::ranges::sort(entries);
  return entries;
}

Result<std::vector<std::pair<std::string, json::Document>>> read_properties(const entity::Context& context,
                                                                            store::Reader& reader, const Principal& as,
                                                                            const model::EntityType& type,
                                                                            const std::vector<std::string>& entries) {
  std::vector<std::pair<std::string, json::Document>> values;
  if (entries.empty()) return values;
  MD_LET(properties, entity::custom_properties(reader, type));
  for (const std::string& entry : entries) {
    const std::string_view name = name_of(entry);
    if (name.empty() || value_of(entry).empty())
      return invalid_argument("Invalid key-value pair in extension string: Key = " + model::shown(name) +
                              ", Value = " + model::shown(value_of(entry)) +
                              " . Extensions should be of format customPropertyName:customPropertyValue");
    const Value* property = entity::find_property(&properties, name);
    if (property == nullptr) return invalid_argument("Unknown custom field: " + model::shown(name));
    MD_LET(value, PropertyReader(context, reader, as, *property, value_of(entry)).read());
    values.emplace_back(name, std::move(value));
  }
  return values;
}

void apply_properties(const Change& change, Value& tree, json::Allocator& allocator) {
  const std::string& field = change.column->leaf->name;
  Value* extension = json::find(tree, field);
  if (extension == nullptr || !extension->IsObject()) {
    json::set(tree, field, empty_object(), allocator);
    extension = json::find(tree, field);
  }
  for (const std::string& entry : change.from) {
    const auto is_same = [&](const std::string& other) { return name_of(other) == name_of(entry); };
    if (std::ranges::none_of(change.to, is_same)) json::erase(*extension, name_of(entry));
  }
  for (const auto& [name, value] : change.properties)
    json::set(*extension, name, json::copy(value, allocator), allocator);
  if (extension->ObjectEmpty()) json::erase(tree, field);
}

}  // namespace metadata::bulk
