#include "change/record.h"

#include <utility>

#include "json/write.h"

namespace metadata::change {
namespace {

void begin_entry(std::string& list, std::string_view name) {
  if (!list.empty()) list += ',';
  list += R"({"name":)";
  json::append_quoted(list, name);
}

void add_value(std::string& list, std::string_view key, std::string_view json_text) {
  list.append(",\"").append(key).append("\":").append(json_text);
}

}  // namespace

std::string as_string(std::string_view json_text) {
  std::string text;
  json::append_quoted(text, json_text);
  return text;
}

std::string shown(const json::Value& value) {
  std::string text = json::write(value);
  return value.IsObject() || value.IsArray() ? as_string(text) : text;
}

void Record::added(const std::string& name, std::string_view new_value, Weight weight) {
  note(name, weight);
  begin_entry(added_, name);
  add_value(added_, "newValue", new_value);
  added_ += '}';
}

void Record::updated(const std::string& name, std::string_view old_value, std::string_view new_value, Weight weight) {
  note(name, weight);
  begin_entry(updated_, name);
  add_value(updated_, "oldValue", old_value);
  add_value(updated_, "newValue", new_value);
  updated_ += '}';
}

void Record::deleted(const std::string& name, std::string_view old_value, Weight weight) {
  note(name, weight);
  begin_entry(deleted_, name);
  add_value(deleted_, "oldValue", old_value);
  deleted_ += '}';
}

Change Record::take(Version previous) {
  if (!empty()) {
    change_.description = R"({"fieldsAdded":[)" + added_ + R"(],"fieldsUpdated":[)" + updated_ +
                          R"(],"fieldsDeleted":[)" + deleted_ + R"(],"previousVersion":)" + previous.text() + '}';
  }
  return std::move(change_);
}

void Record::mention(const std::string& name) {
  if (names_.insert(name).second) change_.fields.push_back(name);
}

void Record::note(const std::string& name, Weight weight) {
  mention(name);
  if (weight == Weight::Versioned) change_.versioned = true;
}

}  // namespace metadata::change
