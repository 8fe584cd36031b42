#ifndef METADATA_LIB_MODEL_MEMBERS_H
#define METADATA_LIB_MODEL_MEMBERS_H

// Reading the members of a description: each has one kind, and a member that nobody reads is a mistake.

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json/value.h"
#include "metadata/error.h"

namespace metadata::model {

/// An object has no members but these.
inline Error only_members(const json::Value& object, std::initializer_list<std::string_view> allowed) {
  if (!object.IsObject()) return invalid_argument("must be an object");
  for (const auto& member : object.GetObject()) {
    bool known = false;
    for (const std::string_view name : allowed) known = known || name == json::view(member.name);
    if (!known) return invalid_argument("unknown member \"" + std::string(json::view(member.name)) + "\"");
  }
  return {};
}

inline Error wrong_member(std::string_view name, std::string_view kind) {
  return invalid_argument("member \"" + std::string(name) + "\" must be " + std::string(kind));
}

inline Error read_bool(const json::Value& object, std::string_view name, bool& into) {
  const json::Value* value = json::find(object, name);
  if (value == nullptr) return {};
  if (!value->IsBool()) return wrong_member(name, "true or false");
  into = value->GetBool();
  return {};
}

inline Error read_text(const json::Value& object, std::string_view name, std::string& into) {
  const json::Value* value = json::find(object, name);
  if (value == nullptr) return {};
  if (!value->IsString() || value->GetStringLength() == 0) return wrong_member(name, "a text");
  into = json::view(*value);
  return {};
}

inline Error read_texts(const json::Value& object, std::string_view name, std::vector<std::string>& into) {
  const json::Value* value = json::find(object, name);
  if (value == nullptr) return {};
  if (!value->IsArray()) return wrong_member(name, "a list of texts");
  for (const json::Value& item : value->GetArray()) {
    if (!item.IsString() || item.GetStringLength() == 0) return wrong_member(name, "a list of texts");
    into.emplace_back(json::view(item));
  }
  return {};
}

inline Error read_integer(const json::Value& object, std::string_view name, std::optional<std::int64_t>& into) {
  const json::Value* value = json::find(object, name);
  if (value == nullptr) return {};
  if (!value->IsInt64()) return wrong_member(name, "an integer");
  into = value->GetInt64();
  return {};
}

inline Error read_number(const json::Value& object, std::string_view name, std::optional<double>& into) {
  const json::Value* value = json::find(object, name);
  if (value == nullptr) return {};
  if (!value->IsNumber()) return wrong_member(name, "a number");
  into = value->GetDouble();
  return {};
}

/// A word out of a list, as its meaning.
template <class T>
Error read_word(const json::Value& object, std::string_view name,
                std::initializer_list<std::pair<std::string_view, T>> words, T& into) {
  std::string text;
  MD_OK(read_text(object, name, text));
  if (text.empty()) return {};
  std::string allowed;
  for (const auto& [word, meaning] : words) {
    if (word == text) {
      into = meaning;
      return {};
    }
    allowed.append(allowed.empty() ? "" : ", ").append(word);
  }
  return invalid_argument("member \"" + std::string(name) + "\": unknown word \"" + text + "\", known are " + allowed);
}

/// The same failure, said of something: "table: columns: …".
inline Error within(std::string_view what, const Error& error) {
  if (error.ok()) return {};
  return Error(error.code(), std::string(what) + ": " + std::string(error.message()), std::string(error.field()));
}

}  // namespace metadata::model

#endif  // METADATA_LIB_MODEL_MEMBERS_H
