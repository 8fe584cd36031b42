#include "json/splice.h"

#include <utility>

#include "base/text.h"
#include "json/write.h"

namespace metadata::json {
std::string_view object_body(std::string_view object_text) noexcept {
  const std::string_view object = base::trimmed(object_text);
  if (object.size() < 2 || object.front() != '{' || object.back() != '}') return {};
  return base::trimmed(object.substr(1, object.size() - 2));
}

ObjectText::ObjectText(std::size_t reserve) {
  text_.reserve(reserve);
  text_ += '{';
}

void ObjectText::begin_member(std::string_view key) {
  if (!empty()) text_ += ',';
  append_quoted(text_, key);
  text_ += ':';
}

ObjectText& ObjectText::add_raw(std::string_view key, std::string_view json) {
  begin_member(key);
  text_ += json;
  return *this;
}

std::string& ObjectText::open(std::string_view key) {
  begin_member(key);
  return text_;
}

ObjectText& ObjectText::add_string(std::string_view key, std::string_view text) {
  begin_member(key);
  append_quoted(text_, text);
  return *this;
}

ObjectText& ObjectText::add_int(std::string_view key, std::int64_t number) {
  return add_raw(key, std::to_string(number));
}

ObjectText& ObjectText::add_bool(std::string_view key, bool value) { return add_raw(key, value ? "true" : "false"); }

ObjectText& ObjectText::add_members(std::string_view object_text) {
  const std::string_view members = object_body(object_text);
  if (members.empty()) return *this;
  if (!empty()) text_ += ',';
  text_ += members;
  return *this;
}

std::string ObjectText::take() {
  text_ += '}';
  return std::move(text_);
}

}  // namespace metadata::json
