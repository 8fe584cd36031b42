#ifndef METADATA_TESTS_CHANGE_TYPES_H
#define METADATA_TESTS_CHANGE_TYPES_H

// Entity types made by hand, so that these tests say what a description must hold for each rule.

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json/parse.h"
#include "model/registry.h"

namespace change_test {

using metadata::model::EntityType;
using metadata::model::Field;
using metadata::model::Format;
using metadata::model::Place;
using metadata::model::PutRule;
using metadata::model::Shape;
using metadata::model::StructType;
using metadata::model::ValueType;

inline metadata::json::Document parsed(std::string_view text) {
  metadata::json::Document document;
  REQUIRE(metadata::json::parse(text, document).ok());
  return document;
}

inline ValueType of(Shape shape, Format format = Format::None) {
  ValueType type;
  type.shape = shape;
  type.format = format;
  return type;
}

inline ValueType list_of(ValueType element) {
  ValueType type = of(Shape::Array);
  type.element = std::make_shared<const ValueType>(std::move(element));
  return type;
}

inline ValueType structure(std::shared_ptr<const StructType> fields) {
  ValueType type = of(Shape::Struct);
  type.fields = std::move(fields);
  return type;
}

inline Field field(std::string name, ValueType type) {
  Field made;
  made.name = std::move(name);
  made.type = std::move(type);
  return made;
}

inline Field labels() {
  Field made = field("tags", list_of(of(Shape::Struct, Format::TagLabel)));
  made.place = Place::Tags;
  made.match = {"tagFQN", "source"};
  made.order_by = "tagFQN";
  return made;
}

inline Field references(std::string name) {
  Field made = field(std::move(name), list_of(of(Shape::Struct, Format::Reference)));
  made.place = Place::Relation;
  return made;
}

inline Field managed(Field made) {
  made.managed = true;
  return made;
}

inline Field matched(Field made, std::vector<std::string> members) {
  made.match = std::move(members);
  return made;
}

inline Field nested(std::string name, const std::shared_ptr<StructType>& item) {
  Field made = matched(field(std::move(name), list_of(structure(item))), {"name", "dataType", "arrayDataType"});
  made.put = PutRule::Nested;
  made.breaking = {"removed", "narrowed"};
  return made;
}

/// A column, with children of its own kind. Lives as long as the program.
inline const std::shared_ptr<StructType>& column() {
  static const std::shared_ptr<StructType> type = [] {
    auto made = std::make_shared<StructType>();
    made->name = "Column";
    for (const char* name :
         {"name", "displayName", "dataType", "arrayDataType", "dataTypeDisplay", "description", "constraint"}) {
      made->fields.push_back(field(name, of(Shape::String)));
    }
    for (const char* name : {"dataLength", "precision", "scale", "ordinalPosition"}) {
      made->fields.push_back(field(name, of(Shape::Integer)));
    }
    made->fields.push_back(managed(field("fullyQualifiedName", of(Shape::String, Format::Fqn))));
    made->fields.push_back(labels());
    made->fields.push_back(matched(field("customMetrics", list_of(of(Shape::Object))), {"name"}));
    // Not owned by itself: an owning pointer to itself would never be freed.
    made->fields.push_back(nested("children", std::shared_ptr<StructType>(made.get(), [](StructType*) {})));
    return made;
  }();
  return type;
}

inline const EntityType& table() {
  static const EntityType type = [] {
    EntityType made;
    made.name = "table";
    Field name = field("name", of(Shape::String, Format::Name));
    name.place = Place::Row;
    made.fields = {name, field("displayName", of(Shape::String)), field("description", of(Shape::String))};
    made.fields.push_back(managed(field("version", of(Shape::Number))));
    Field password = field("password", of(Shape::String));
    password.place = Place::Write;
    made.fields.push_back(password);
    Field service = field("service", of(Shape::Struct, Format::Reference));
    service.place = Place::Ancestor;
    made.fields.push_back(service);
    made.fields.push_back(references("owners"));
    made.fields.push_back(labels());
    Field steward = field("steward", of(Shape::Struct, Format::Reference));
    steward.place = Place::Relation;
    made.fields.push_back(steward);
    made.fields.push_back(field("compressionEnabled", of(Shape::Boolean)));
    made.fields.push_back(field("rows", of(Shape::Number)));
    made.fields.push_back(field("packages", list_of(of(Shape::String))));
    made.fields.push_back(field("grants", list_of(of(Shape::Object))));
    made.fields.push_back(
        matched(field("tableConstraints", list_of(of(Shape::Object))), {"constraintType", "columns"}));
    made.fields.push_back(field("lifeCycle", of(Shape::Object)));
    made.fields.push_back(field("extension", of(Shape::Object)));
    Field quiet = field("pipelineStatus", of(Shape::Object));
    quiet.versioned = false;
    made.fields.push_back(quiet);
    made.fields.push_back(nested("columns", column()));
    return made;
  }();
  return type;
}

/// An entity whose nested list lies in an object that takes further members.
inline const EntityType& topic() {
  static const EntityType type = [] {
    auto schema = std::make_shared<StructType>();
    schema->name = "MessageSchema";
    schema->open = true;
    schema->fields = {field("schemaText", of(Shape::String)), nested("schemaFields", column())};
    EntityType made;
    made.name = "topic";
    made.fields = {field("description", of(Shape::String)), field("messageSchema", structure(schema))};
    return made;
  }();
  return type;
}

}  // namespace change_test

#endif  // METADATA_TESTS_CHANGE_TYPES_H
