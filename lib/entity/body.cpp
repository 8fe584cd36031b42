#include "entity/body.h"

#include <algorithm>
#include <map>

#include "json/parse.h"
#include "model/secrets.h"

namespace metadata::entity {
namespace {

constexpr std::string_view kSealed = "sealed:v1:";

bool is_sealed_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

}  // namespace

Result<json::Document> read_body(const Context& context, const view::TypeLayout& layout, std::string_view text) {
  json::Document body;
  MD_OK(json::parse(text, body, context.limits.body));
  if (!body.IsObject()) return invalid_argument("the body must be a JSON object");
  drop_inherited(layout, body);
  MD_OK(model::validate(*layout.type, model::Body::Create, body, context.limits));
  return body;
}

void drop_inherited(const view::TypeLayout& layout, json::Value& entity) {
  for (const model::Field* field : layout.relations) {
    json::Value* refs = json::find(entity, field->name);
    if (refs == nullptr || !refs->IsArray()) continue;
    auto* const kept = std::remove_if(refs->Begin(), refs->End(),
                                      [](const json::Value& ref) { return json::bool_or(ref, "inherited", false); });
    if (kept != refs->End()) refs->Erase(kept, refs->End());
  }
}

void drop_unkept(const view::TypeLayout& layout, json::Value& working) {
  for (const auto& field : layout.containers) json::erase(working, field.field->name);
  for (const model::Field& field : layout.type->fields) {
    if (field.place == model::Place::Write || field.place == model::Place::Children) json::erase(working, field.name);
  }
}

Error seal_secrets(const Context& context, const model::EntityType& type, json::Document* before,
                   json::Document& after) {
  std::map<std::string, std::string, std::less<>> stored;
  if (before != nullptr) {
    MD_OK(model::for_each_secret(type, *before, before->GetAllocator(),
                                 [&](std::string_view path, std::string_view text) -> Result<std::string> {
                                   stored.emplace(path, text);
                                   return std::string(text);
                                 }));
  }
  return model::for_each_secret(type, after, after.GetAllocator(),
                                [&](std::string_view path, std::string_view text) -> Result<std::string> {
                                  const auto old = stored.find(path);
                                  if (old != stored.end()) {
                                    if (text == model::kMask || text == old->second)
                                      return old->second;  // as shown, or kept by a merge
                                    const auto clear = context.box.open(old->second);
                                    if (clear.ok() && *clear == text) return old->second;
                                  }
                                  return context.box.seal(text);
                                });
}

Error keep_secrets(const Context& context, const view::TypeLayout& layout, const Loaded& before,
                   json::Document& after) {
  if (layout.secrets.empty()) return {};
  json::Document old = json::copy(before.working);
  return seal_secrets(context, *layout.type, &old, after);
}

std::string mask_sealed(std::string text) {
  for (auto at = text.find(kSealed); at != std::string::npos; at = text.find(kSealed, at)) {
    auto end = at + kSealed.size();
    while (end < text.size() && is_sealed_letter(text[end])) ++end;
    text.replace(at, end - at, model::kMask);
    at += model::kMask.size();
  }
  return text;
}

}  // namespace metadata::entity
