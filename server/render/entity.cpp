#include "render/entity.h"

#include <algorithm>

#include "call.h"
#include "http/url.h"
#include "render/members.h"

namespace metadata::server::render {
namespace {

std::string_view unquoted(std::string_view value) {
  return value.size() >= 2 && value.front() == '"' ? value.substr(1, value.size() - 2) : std::string_view{};
}

/// Writes one reference object, with its href in front when it names an entity of a known type.
void write_reference(std::string& out, std::string_view object, const References& references, std::string_view base) {
  std::string_view id;
  std::string_view type;
  bool has_href = false;
  Members members(object);
  for (Member member; members.next(member);) {
    if (member.name == "id") id = unquoted(member.value);
    if (member.name == "type") type = unquoted(member.value);
    has_href = has_href || member.name == "href";
  }
  const bool linkable = !base.empty() && !id.empty() && !type.empty() && !has_href;
  const TypeInfo* known = linkable ? references.registry().find(type) : nullptr;
  if (known == nullptr) {
    out += object;
    return;
  }
  out.append("{\"href\":\"").append(href(base, *known, id)).append("\",");
  out += object.substr(1);
}

void write_references(std::string& out, std::string_view value, const References& references, std::string_view base) {
  if (value.starts_with('{')) return write_reference(out, value, references, base);
  if (!value.starts_with('[')) {
    out += value;
    return;
  }
  out.push_back('[');
  bool first = true;
  Members elements(value);
  for (Member element; elements.next(element);) {
    if (!first) out.push_back(',');
    first = false;
    write_references(out, element.value, references, base);
  }
  out.push_back(']');
}

void write_first(std::string& out, std::string_view array, const References& references, std::string_view base) {
  Members elements(array);
  Member first;
  if (!elements.next(first)) return;
  out += ",\"owner\":";
  write_references(out, first.value, references, base);
}

// A reference in an entity's text begins with these members (Entity::references()).
constexpr std::string_view kIdMember = "{\"id\":\"";
constexpr std::string_view kTypeMember = "\",\"type\":\"";
constexpr std::size_t kUuidLength = 36;
// A header that clients and proxies take.
constexpr std::size_t kMaxKeptBytes = 2000;

void append_href(std::string& out, std::string_view base, const TypeInfo& type, std::string_view id) {
  out.append("\"href\":\"").append(base).append("/v1/").append(type.collection).append("/").append(id).append("\",");
}

/// The href of the reference that stands at the beginning of the text; nothing when it is of no known type.
void append_reference_href(std::string& out, std::string_view text, const References& references,
                           std::string_view base) {
  constexpr std::size_t type_at = kIdMember.size() + kUuidLength + kTypeMember.size();
  if (text.size() < type_at) return;
  const std::string_view id = text.substr(kIdMember.size(), kUuidLength);
  const std::string_view name = text.substr(type_at, text.find('"', type_at) - type_at);
  if (const TypeInfo* type = references.type(name)) append_href(out, base, *type, id);
}

/// Is the reference at `at` the first of the list `owners`?
bool is_first_owner(std::string_view text, std::size_t at) { return text.substr(0, at).ends_with("\"owners\":["); }

void tell_change(Response& response, const Written& written) {
  response.set("X-OpenMetadata-Change", std::string(change_word(written.change)));
  if (written.seq > 0) response.set("X-Metadata-Seq", std::to_string(written.seq));
}

const TypeInfo& type_of(const Call& call, const Entity& entity) {
  if (call.type != nullptr && call.type->name == entity.type()) return *call.type;
  const TypeInfo* type = call.server.references.type(entity.type());
  return type == nullptr ? *call.type : *type;
}

}  // namespace

std::string_view change_word(Written::Change change) {
  switch (change) {
    case Written::Change::Created:
      return "entityCreated";
    case Written::Change::Updated:
      return "entityUpdated";
    case Written::Change::None:
      return "entityNoChange";
    case Written::Change::SoftDeleted:
      return "entitySoftDeleted";
    case Written::Change::Deleted:
      return "entityDeleted";
    case Written::Change::Restored:
      return "entityRestored";
  }
  return "entityUpdated";
}

std::string kept_words(const std::vector<std::string>& paths) {
  std::string words;
  for (const std::string& path : paths) {
    if (words.size() + path.size() > kMaxKeptBytes) return words += words.empty() ? "..." : ",...";
    if (!words.empty()) words += ',';
    words += percent_encode(path);
  }
  return words;
}

References::References(const Registry& registry) : registry_(registry) {
  for (const TypeInfo& type : registry.types()) {
    types_.emplace(type.name, &type);
    auto& names = fields_[&type];
    for (const FieldInfo& field : type.fields) {
      if (field.reference) names.push_back(field.name);
    }
  }
}

bool References::has(const TypeInfo& type, std::string_view member) const {
  const auto found = fields_.find(&type);
  return found != fields_.end() && std::find(found->second.begin(), found->second.end(), member) != found->second.end();
}

const TypeInfo* References::type(std::string_view name) const {
  const auto found = types_.find(name);
  return found == types_.end() ? nullptr : found->second;
}

std::string href(std::string_view base, const TypeInfo& type, std::string_view id) {
  if (base.empty()) return {};
  return std::string(base).append("/v1/").append(type.collection).append("/").append(id);
}

std::string entity_text(std::string_view text, const TypeInfo& type, const References& references, const View& view) {
  if (view.base.empty() && !view.owner) return std::string(text);
  std::string out;
  out.reserve(text.size() + text.size() / 4 + 256);
  std::string owner;
  std::string_view id;
  std::size_t copied = 1;
  Members members(text);
  for (Member member; members.next(member);) {
    if (member.name == "id") id = unquoted(member.value);
    if (view.owner && member.name == "owners") write_first(owner, member.value, references, view.base);
    if (view.base.empty() || !references.has(type, member.name)) continue;
    out += text.substr(copied, member.value_at - copied);
    write_references(out, member.value, references, view.base);
    copied = member.value_at + member.value.size();
  }
  out += text.substr(copied, text.size() - copied - 1);  // all but the closing brace
  out += owner;
  out.push_back('}');
  std::string head = "{";
  if (!view.base.empty() && !id.empty()) head.append("\"href\":\"").append(href(view.base, type, id)).append("\",");
  return out.insert(0, head);
}

std::string entity_text(const Entity& entity, const TypeInfo& type, const References& references, const View& view) {
  const std::string_view text = entity.text();
  const auto& places = entity.references();
  std::string out;
  out.reserve(text.size() + (places.size() + 2) * (view.base.size() + 128));
  out.push_back('{');
  if (!view.base.empty()) append_href(out, view.base, type, entity.id().text());
  std::size_t copied = 1;
  std::string_view owner;
  for (const std::size_t at : places) {
    if (view.owner && owner.empty() && is_first_owner(text, at)) owner = text.substr(at, end_of_value(text, at) - at);
    if (view.base.empty()) continue;
    out += text.substr(copied, at + 1 - copied);
    append_reference_href(out, text.substr(at), references, view.base);
    copied = at + 1;
  }
  out += text.substr(copied, text.size() - copied - 1);  // all but the closing brace
  if (!owner.empty()) {
    out += ",\"owner\":{";
    if (!view.base.empty()) append_reference_href(out, owner, references, view.base);
    out += owner.substr(1);
  }
  out.push_back('}');
  return out;
}

std::string reference_text(std::string_view text, const References& references, std::string_view base) {
  if (base.empty() || text.empty()) return std::string(text);
  std::string out = "{";
  append_reference_href(out, text, references, base);
  return out.append(text.substr(1));
}

std::string etag(const Entity& entity) {
  return "\"" + entity.id().text() + "-" + std::to_string(entity.revision()) + "\"";
}

Response entity(const Call& call, const Entity& entity, bool with_owner) {
  Response response;
  response.body = entity_text(entity, type_of(call, entity), call.server.references, {call.base, with_owner});
  response.set("ETag", etag(entity));
  return response;
}

Response written(const Call& call, const Written& written) {
  Response response = entity(call, written.entity);
  tell_change(response, written);
  if (!written.kept.empty()) response.set("X-Metadata-Kept-Fields", kept_words(written.kept));
  if (!written.created()) return response;
  response.status = 201;
  const TypeInfo& type = type_of(call, written.entity);
  const std::string_view base = call.base.empty() ? std::string_view("/api") : std::string_view(call.base);
  response.set("Location", href(base, type, written.entity.id().text()));
  return response;
}

Response removed(const Call& call, const Written& written) {
  Response response;
  if (delete_answers_entity(call.dialect)) {
    response = entity(call, written.entity);
  } else {
    response.status = 204;
  }
  tell_change(response, written);
  return response;
}

}  // namespace metadata::server::render
