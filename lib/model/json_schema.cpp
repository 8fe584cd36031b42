#include "model/json_schema.h"

#include <map>
#include <vector>

#include "metadata/json.h"

namespace metadata::model {
namespace {

/// Whose eyes a schema is for.
enum class For { Body, Answer };

std::string_view format_name(Format format) {
  switch (format) {
    case Format::Uuid:
      return "uuid";
    case Format::Email:
      return "email";
    case Format::Uri:
      return "uri-reference";
    case Format::Date:
      return "date";
    case Format::DateTime:
      return "date-time";
    case Format::None:
    case Format::Name:
    case Format::Fqn:
    case Format::Timestamp:
    case Format::Reference:
    case Format::TagLabel:
      break;
  }
  return {};
}

class Schemas {
 public:
  explicit Schemas(const Limits& limits) : limits_(limits) {}

  std::string of(const Registry& registry) {
    out_.begin_object();
    for (const auto& type : registry.types()) {
      entity(*type);
      if (type->client_creates) create_body(*type);
      for (const Series& series : type->series) use(series.type);
    }
    // Nested types use further ones, until there is none left that has not been written.
    for (std::size_t next = 0; next < structs_.size(); ++next) structure(*structs_[next]);
    out_.end_object();
    return std::move(out_).text();
  }

 private:
  void reference_to(std::string_view name) {
    out_.begin_object().key("$ref").string("#/components/schemas/" + std::string(name)).end_object();
  }

  void use(const ValueType& type) {
    if (type.fields != nullptr && known_.emplace(type.fields->name, structs_.size()).second)
      structs_.push_back(type.fields.get());
  }

  void bounds(const ValueType& type, std::string_view least, std::string_view most) {
    if (type.min_length) out_.key(least).integer(*type.min_length);
    if (type.max_length) out_.key(most).integer(*type.max_length);
  }

  /// One value of the type.
  void value(const ValueType& type) {
    use(type);
    if (type.fields != nullptr) return reference_to(type.fields->name);
    out_.begin_object();
    switch (type.shape) {
      case Shape::Any:
      case Shape::Struct:
        break;
      case Shape::Boolean:
        out_.key("type").string("boolean");
        break;
      case Shape::Integer:
        out_.key("type").string("integer").key("format").string("int64");
        if (type.format == Format::Timestamp) out_.key("description").string("milliseconds since 1970-01-01 UTC");
        range(type);
        break;
      case Shape::Number:
        out_.key("type").string("number");
        range(type);
        break;
      case Shape::String:
        text(type);
        break;
      case Shape::Object:
        out_.key("type").string("object");
        break;
      case Shape::Array:
        out_.key("type").string("array").key("items");
        value(*type.element);
        bounds(type, "minItems", "maxItems");
        break;
      case Shape::Map:
        out_.key("type").string("object").key("additionalProperties");
        value(*type.element);
        break;
    }
    out_.end_object();
  }

  void range(const ValueType& type) {
    if (type.minimum) out_.key("minimum").number(*type.minimum);
    if (type.maximum) out_.key("maximum").number(*type.maximum);
  }

  void text(const ValueType& type) {
    out_.key("type").string("string");
    if (const auto format = format_name(type.format); !format.empty()) out_.key("format").string(format);
    bounds(type, "minLength", "maxLength");
    if (type.values.empty()) return;
    out_.key("enum").begin_array();
    for (const std::string& one : type.values) out_.string(one);
    out_.end_array();
  }

  /// A reference in a body: by FQN, or as an object that names an entity.
  void given_reference() {
    out_.begin_object().key("anyOf").begin_array();
    out_.begin_object().key("type").string("string").key("minLength").integer(1).key("description");
    out_.string("fully qualified name").end_object();
    reference_to("EntityReference");
    out_.end_array().end_object();
  }

  void member(const Field& field, For whom) {
    out_.key(field.name);
    const bool refers =
        field.place == Place::Relation || field.place == Place::Container || field.place == Place::Ancestor;
    if (whom == For::Answer || !refers) return value(field.type);
    if (field.place == Place::Relation && field.relation.many) {
      out_.begin_object().key("type").string("array").key("items");
      given_reference();
      out_.key("maxItems").integer(static_cast<std::int64_t>(limits_.max_reference_list)).end_object();
      return;
    }
    given_reference();
  }

  void names(std::string_view key, const std::vector<std::string>& list) {
    if (list.empty()) return;
    out_.key(key).begin_array();
    for (const std::string& name : list) out_.string(name);
    out_.end_array();
  }

  void entity(const EntityType& type) {
    out_.key(schema_name(type.name)).begin_object().key("type").string("object").key("properties").begin_object();
    std::vector<std::string> always;
    for (const Field& field : type.fields) {
      if (field.place == Place::Write) continue;
      member(field, For::Answer);
      if (field.name == "id" || field.name == "name") always.push_back(field.name);
    }
    if (type.has("owners")) {
      out_.key("owner").begin_object().key("allOf").begin_array();
      reference_to("EntityReference");
      out_.end_array().key("description").string("the first owner, when `fields` names it").end_object();
    }
    out_.end_object();
    names("required", always);
    out_.key("additionalProperties").boolean(false).end_object();
  }

  void create_body(const EntityType& type) {
    out_.key("Create" + schema_name(type.name)).begin_object().key("type").string("object").key("properties");
    out_.begin_object();
    std::vector<std::string> required;
    for (const Field& field : type.fields) {
      if (!field.in_create || field.managed) continue;
      member(field, For::Body);
      if (field.required) required.push_back(field.name);
    }
    out_.end_object();
    names("required", required);
    out_.key("additionalProperties").boolean(false).end_object();
  }

  void structure(const StructType& type) {
    out_.key(type.name).begin_object().key("type").string("object").key("properties").begin_object();
    std::vector<std::string> required;
    for (const Field& field : type.fields) {
      out_.key(field.name);
      value(field.type);
      if (field.required) required.push_back(field.name);
    }
    out_.end_object();
    names("required", required);
    if (!type.open) out_.key("additionalProperties").boolean(false);
    out_.end_object();
  }

  const Limits& limits_;
  JsonWriter out_;
  std::vector<const StructType*> structs_;  // in the order in which they were first used
  std::map<std::string, std::size_t, std::less<>> known_;
};

}  // namespace

std::string json_schemas(const Registry& registry, const Limits& limits) { return Schemas(limits).of(registry); }

std::string schema_name(std::string_view type) {
  std::string name(type);
  if (!name.empty() && name.front() >= 'a' && name.front() <= 'z')
    name.front() = static_cast<char>(name.front() - 'a' + 'A');
  return name;
}

}  // namespace metadata::model
