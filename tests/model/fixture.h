#ifndef METADATA_TESTS_MODEL_FIXTURE_H
#define METADATA_TESTS_MODEL_FIXTURE_H

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "json/parse.h"
#include "json/write.h"
#include "model/registry.h"
#include "model/validate.h"

namespace metadata::test {

/// The built-in types, loaded once.
inline const model::EntityType& type(std::string_view name) {
  static const auto registry = model::Registry::load();
  INFO(std::string(registry.ok() ? std::string() : registry.error().text()));
  REQUIRE(registry.ok());
  const model::EntityType* found = (*registry)->type(name);
  REQUIRE(found != nullptr);
  return *found;
}

/// The tree of a body; it may have more elements than a stranger's text may.
inline json::Document parsed(std::string_view text) {
  json::Document document;
  const Error error = json::parse(text, document, {.max_elements = 100'000});
  INFO(error.text());
  REQUIRE(error.ok());
  return document;
}

/// What a body becomes, as text.
inline std::string accepted(std::string_view type_name, std::string_view body, model::Body kind = model::Body::Create) {
  json::Document document = parsed(body);
  const Error error = model::validate(type(type_name), kind, document, Limits());
  INFO(error.text());
  CHECK(error.ok());
  return json::write(document);
}

/// Why a body is refused.
inline Error refused(std::string_view type_name, std::string_view body, model::Body kind = model::Body::Create) {
  json::Document document = parsed(body);
  const Error error = model::validate(type(type_name), kind, document, Limits());
  CHECK(error.code() == Code::InvalidArgument);
  return error;
}

inline bool says(const Error& error, std::string_view part) {
  return error.message().find(part) != std::string_view::npos;
}

/// A table body with these columns.
inline std::string table(std::string_view columns) {
  return R"({"name":"t","databaseSchema":"s.d.x","columns":)" + std::string(columns) + "}";
}

}  // namespace metadata::test

#endif  // METADATA_TESTS_MODEL_FIXTURE_H
