#include "entity/extension.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "json/parse.h"
#include "json/write.h"
#include "metadata/ids.h"
#include "model/formats.h"
#include "model/fqn.h"

namespace metadata::entity {

using json::Value;

std::string_view property_type(const Value& property) {
  const Value* type = json::find(property, "propertyType");
  return type == nullptr ? std::string_view() : json::string_or(*type, "name");
}

const Value* property_config(const Value& property, std::string_view name) {
  const Value* config = json::find(property, "customPropertyConfig");
  const Value* values = config == nullptr ? nullptr : json::find(*config, "config");
  return values == nullptr ? nullptr : json::find(*values, name);
}

namespace {

constexpr std::string_view kExtension = "extension";
constexpr std::size_t kMaxTableColumns = 3;

/// The configuration of a property; null when it has none.
const Value* config_of(const Value& property) {
  const Value* config = json::find(property, "customPropertyConfig");
  return config == nullptr ? nullptr : json::find(*config, "config");
}

bool is_texts(const Value* list) {
  return list != nullptr && list->IsArray() &&
         std::all_of(list->Begin(), list->End(), [](const Value& item) { return item.IsString(); });
}

bool contains(const Value& list, std::string_view text) {
  return std::any_of(list.Begin(), list.End(), [&](const Value& item) { return json::view(item) == text; });
}

Error invalid(const std::string& name, const Value& value, std::string_view must_be) {
  return invalid_argument("Custom field " + name + " has invalid JSON [" + model::shown(json::write(value)) +
                              " is not " + std::string(must_be) + "]",
                          std::string(kExtension) + "." + name);
}

/// Does the text look as the format says? Letters stand for digits ("yyyy-MM-dd"), `a` for AM or PM, `S` and `n` for
/// fractions, `Z`, `z` and `X` for a zone; what is between apostrophes, and all else, for itself.
bool is_as(std::string_view text, std::string_view format) {
  std::size_t at = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < format.size();) {
    const char letter = format[i];
    const std::size_t run = format.find_first_not_of(letter, i) == std::string_view::npos
                                ? format.size() - i
                                : format.find_first_not_of(letter, i) - i;
    if (letter == '\'') {
      quoted = run % 2 == 1 ? !quoted : quoted;
      i += run;
      continue;
    }
    i += run;
    const bool is_letter = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
    if (quoted || !is_letter) {
      if (text.substr(at, run) != std::string(run, letter)) return false;
      at += run;
    } else if (letter == 'a') {
      const std::string half = model::lower_ascii(text.substr(at, 2));
      if (half != "am" && half != "pm") return false;
      at += 2;
    } else if (letter == 'Z' || letter == 'z' || letter == 'X' || letter == 'E' || (letter == 'M' && run > 2)) {
      const std::size_t end = text.find_first_of(" ,-/", at + 1);
      if (at >= text.size()) return false;
      at = end == std::string_view::npos || letter != 'M' ? text.size() : end;
    } else {
      const std::size_t end = text.find_first_not_of("0123456789", at);
      const std::size_t digits = (end == std::string_view::npos ? text.size() : end) - at;
      const std::size_t taken = run == 1 ? digits : std::min(digits, run);
      if (taken == 0 || (run > 1 && taken != run)) return false;
      at += taken;
    }
  }
  return at == text.size();
}

Error check_date(const std::string& name, const Value& property, const Value& value, std::string_view otherwise) {
  const Value* config = config_of(property);
  const std::string_view format = config != nullptr && config->IsString() ? json::view(*config) : otherwise;
  if (value.IsString() && is_as(json::view(value), format)) return {};
  return invalid_argument("Custom field " + name + " value is not as per defined format " + std::string(format),
                          std::string(kExtension) + "." + name);
}

Error check_enum(const std::string& name, const Value& property, Value& value) {
  const Value* config = config_of(property);
  const Value* values = property_config(property, "values");
  if (!is_texts(&value)) return invalid(name, value, "a list of texts");
  const bool many = config != nullptr && json::bool_or(*config, "multiSelect", false);
  const std::string field = std::string(kExtension) + "." + name;
  if (!many && value.Size() > 1)
    return invalid_argument("Only one value allowed for non-multiSelect " + name + " property", field);
  for (const Value& item : value.GetArray()) {
    if (values != nullptr && is_texts(values) && contains(*values, json::view(item))) continue;
    return invalid_argument("Values '[" + model::shown(json::view(item)) + "]' not supported for property " + name,
                            field);
  }
  std::sort(value.Begin(), value.End(), [](const Value& a, const Value& b) { return json::view(a) < json::view(b); });
  return {};
}

Error check_reference(const std::string& name, const Value& property, const Value& value) {
  if (!value.IsObject() || !EntityId::parse(json::string_or(value, "id")) || json::string_or(value, "type").empty())
    return invalid(name, value, "a reference with id and type");
  const Value* allowed = config_of(property);
  if (!is_texts(allowed) || contains(*allowed, json::string_or(value, "type"))) return {};
  return invalid(name, value, "a reference of the types " + json::write(*allowed));
}

Error check_table(const std::string& name, const Value& property, const Value& value) {
  const Value* columns = property_config(property, "columns");
  const Value* rows = value.IsObject() ? json::find(value, "rows") : nullptr;
  if (rows == nullptr || !rows->IsArray() || !is_texts(columns))
    return invalid(name, value, "an object with columns and rows");
  for (const Value& row : rows->GetArray()) {
    if (!row.IsObject()) return invalid(name, value, "an object whose rows are objects");
    for (const auto& cell : row.GetObject()) {
      if (contains(*columns, json::view(cell.name))) continue;
      return invalid_argument("Expected columns: " + json::write(*columns) + ", but found undefined columns: [" +
                                  model::shown(json::view(cell.name)) + "]",
                              std::string(kExtension) + "." + name);
    }
  }
  return {};
}

bool is_interval(const Value& value) {
  if (!value.IsObject()) return false;
  const auto start = json::int_member(value, "start");
  const auto end = json::int_member(value, "end");
  return start && end && *start <= *end;
}

/// An ISO 8601 duration: P1Y2M3DT4H5M6S, or weeks.
bool is_duration(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  if (text.size() < 3 || text.front() != 'P' || text.back() == 'T') return false;
  bool digits = false;
  for (const char c : text.substr(1)) {
    if ((c >= '0' && c <= '9') || (c == '.' && digits)) {
      digits = true;
    } else if (c == 'T') {
      if (digits) return false;
    } else {
      if (!digits || std::string_view("YMWDHS").find(c) == std::string_view::npos) return false;
      digits = false;
    }
  }
  return !digits;
}

Error check_text(const std::string& name, std::string_view type, const Value& value) {
  if (!value.IsString()) return invalid(name, value, "a text");
  const std::string_view text = json::view(value);
  if (type == "email" && !model::check_format(model::Format::Email, text).ok())
    return invalid(name, value, "an e-mail address");
  if (type == "duration" && !is_duration(text)) return invalid(name, value, "a duration as P1DT2H");
  return {};
}

Error check_value(const std::string& name, const Value& property, Value& value) {
  const std::string_view type = property_type(property);
  if (type == "integer") return value.IsInt64() ? Error() : invalid(name, value, "an integer");
  if (type == "number") return value.IsNumber() ? Error() : invalid(name, value, "a number");
  if (type == "timestamp") {
    const bool good = value.IsInt64() && value.GetInt64() >= 0;
    return good ? Error() : invalid(name, value, "a moment in milliseconds");
  }
  if (type == "timeInterval") {
    return is_interval(value) ? Error() : invalid(name, value, "an interval with start and end");
  }
  if (type == "enum") return check_enum(name, property, value);
  if (type == "date-cp") return check_date(name, property, value, "yyyy-MM-dd");
  if (type == "dateTime-cp") return check_date(name, property, value, "yyyy-MM-dd HH:mm:ss");
  if (type == "time-cp") return check_date(name, property, value, "HH:mm:ss");
  if (type == "table-cp") return check_table(name, property, value);
  if (type == "entityReference") return check_reference(name, property, value);
  if (type == "entityReferenceList") {
    if (!value.IsArray()) return invalid(name, value, "a list of references");
    for (const Value& item : value.GetArray()) MD_OK(check_reference(name, property, item));
    return {};
  }
  if (type == "hyperlink-cp") {
    const bool good = value.IsObject() && !json::string_or(value, "url").empty();
    return good ? Error() : invalid(name, value, "a link with a url");
  }
  return check_text(name, type, value);
}

}  // namespace

const Value* find_property(const Value* properties, std::string_view name) {
  if (properties == nullptr || !properties->IsArray()) return nullptr;
  for (const Value& property : properties->GetArray()) {
    if (json::string_or(property, "name") == name) return &property;
  }
  return nullptr;
}

Result<json::Document> custom_properties(store::Reader& reader, const model::EntityType& type) {
  json::Document properties;
  MD_LET(found, reader.find_key("type", type.name));
  if (!found) return properties;
  MD_OK(json::parse_trusted(found->body.document, properties));
  // The list takes the place of the document that it stands in, and lives on in its memory.
  Value list(json::rapid::kArrayType);
  if (Value* there = json::find(properties, "customProperties")) list.Swap(*there);
  static_cast<Value&>(properties).Swap(list);
  return properties;
}

Error check_extension(store::Reader& reader, const model::EntityType& type, const Value* before,
                      json::Document& working) {
  if (!type.has(kExtension)) return {};
  Value* extension = json::find(working, kExtension);
  if (extension == nullptr || !extension->IsObject() || extension->ObjectEmpty()) return {};
  const Value* stored = before == nullptr ? nullptr : json::find(*before, kExtension);
  if (stored != nullptr && json::equal(*stored, *extension)) return {};
  MD_LET(properties, custom_properties(reader, type));
  if (properties.IsNull()) return {};
  for (json::SizeType i = 0; i < extension->MemberCount(); ++i) {
    auto& member = *(extension->MemberBegin() + i);
    const std::string name(json::view(member.name));
    const Value* old = stored != nullptr && stored->IsObject() ? json::find(*stored, name) : nullptr;
    if (old != nullptr && json::equal(*old, member.value)) continue;
    const Value* property = find_property(&properties, name);
    if (property == nullptr)
      return invalid_argument("Unknown custom field " + model::shown(name),
                              std::string(kExtension) + "." + name.substr(0, 100));
    MD_OK(check_value(name, *property, member.value));
  }
  return {};
}

Error check_property(const Value& property) {
  const std::string name(json::string_or(property, "name"));
  const std::string_view type = property_type(property);
  const Value* config = config_of(property);
  const auto refused = [&](std::string_view what) {
    return invalid_argument(
        "Custom property " + model::shown(name) + " of type " + std::string(type) + " " + std::string(what),
        "customPropertyConfig");
  };
  if (type == "enum") {
    const Value* values = property_config(property, "values");
    if (!is_texts(values) || values->Empty()) return refused("must have values");
    std::set<std::string_view> seen;
    for (const Value& value : values->GetArray()) {
      if (!seen.insert(json::view(value)).second)
        return refused("cannot have duplicates: " + model::shown(json::view(value)));
    }
  }
  if (type == "table-cp") {
    const Value* columns = property_config(property, "columns");
    if (!is_texts(columns) || columns->Empty() || columns->Size() > kMaxTableColumns)
      return refused("must have from 1 to 3 columns");
  }
  if (type == "entityReference" || type == "entityReferenceList") {
    if (!is_texts(config) || config->Empty()) return refused("must have a list of entity types");
  }
  const bool dated = type == "date-cp" || type == "dateTime-cp" || type == "time-cp";
  if (dated && config != nullptr && !config->IsString()) return refused("must have its format as a text");
  return {};
}

}  // namespace metadata::entity
