#include "metadata/json.h"

#include <utility>

#include "json/bridge.h"
#include "json/parse.h"
#include "json/pointer.h"
#include "json/write.h"

namespace metadata {
namespace {

// A part of the same tree.
Json part(const std::shared_ptr<const Json::Impl>& whole, const json::Value& value) {
  return Json(std::make_shared<const Json::Impl>(Json::Impl{whole->tree, &value}));
}

}  // namespace

Json::Json() = default;
Json::~Json() = default;
Json::Json(const Json&) = default;
Json::Json(Json&&) noexcept = default;
Json& Json::operator=(const Json&) = default;
Json& Json::operator=(Json&&) noexcept = default;
Json::Json(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}

Result<Json> Json::parse(std::string_view text, const JsonLimits& limits) {
  json::Document document;
  MD_OK(json::parse(text, document, limits));
  return json::wrap(std::move(document));
}

Json::Type Json::type() const noexcept {
  const json::Value& value = json::tree(*this);
  switch (value.GetType()) {
    case json::rapid::kNullType:
      return Type::Null;
    case json::rapid::kFalseType:
    case json::rapid::kTrueType:
      return Type::Boolean;
    case json::rapid::kObjectType:
      return Type::Object;
    case json::rapid::kArrayType:
      return Type::Array;
    case json::rapid::kStringType:
      return Type::String;
    case json::rapid::kNumberType:
      return value.IsDouble() ? Type::Number : Type::Integer;
  }
  return Type::Null;
}

std::optional<bool> Json::as_bool() const noexcept {
  const json::Value& value = json::tree(*this);
  if (!value.IsBool()) return std::nullopt;
  return value.IsTrue();
}

std::optional<std::int64_t> Json::as_int() const noexcept {
  const json::Value& value = json::tree(*this);
  if (!value.IsInt64()) return std::nullopt;
  return value.GetInt64();
}

std::optional<double> Json::as_double() const noexcept {
  const json::Value& value = json::tree(*this);
  if (!value.IsNumber()) return std::nullopt;
  return value.GetDouble();
}

std::optional<std::string_view> Json::as_string() const noexcept {
  const json::Value& value = json::tree(*this);
  if (!value.IsString()) return std::nullopt;
  return json::view(value);
}

std::size_t Json::size() const noexcept {
  const json::Value& value = json::tree(*this);
  if (value.IsArray()) return value.Size();
  return value.IsObject() ? value.MemberCount() : 0;
}

Json Json::at(std::size_t index) const {
  const json::Value& value = json::tree(*this);
  if (!value.IsArray() || index >= value.Size()) return Json();
  return part(impl_, value[static_cast<json::SizeType>(index)]);
}

Json Json::operator[](std::string_view key) const {
  const json::Value* member = json::find(json::tree(*this), key);
  return member == nullptr ? Json() : part(impl_, *member);
}

bool Json::contains(std::string_view key) const noexcept { return json::find(json::tree(*this), key) != nullptr; }

std::optional<Json> Json::get(std::string_view pointer) const {
  const Result<json::Pointer> path = json::Pointer::parse(pointer, json::kMaxTreeDepth);
  if (!path.ok()) return std::nullopt;
  const json::Value* value = json::resolve(json::tree(*this), *path);
  if (value == nullptr) return std::nullopt;
  return impl_ == nullptr ? Json() : part(impl_, *value);
}

void Json::for_each_member(const std::function<void(std::string_view name, const Json& value)>& visit) const {
  const json::Value& value = json::tree(*this);
  if (!value.IsObject()) return;
  const std::shared_ptr<const Impl> keep = impl_;  // `visit` may assign to this Json
  for (const auto& member : value.GetObject()) visit(json::view(member.name), part(keep, member.value));
}

std::string Json::text() const { return json::write(json::tree(*this)); }

bool operator==(const Json& a, const Json& b) { return json::equal(json::tree(a), json::tree(b)); }

namespace json {

Json wrap(Document&& document) { return wrap(std::make_shared<const Document>(std::move(document))); }

Json wrap(std::shared_ptr<const Document> document) {
  const Value* root = document.get();
  return Json(std::make_shared<const Json::Impl>(Json::Impl{std::move(document), root}));
}

const Value& tree(const Json& json) noexcept {
  static const Value null;
  return json.impl() == nullptr ? null : *json.impl()->value;
}

}  // namespace json
}  // namespace metadata
