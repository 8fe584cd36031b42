#include "routes/input.h"

#include <algorithm>
#include <charconv>

#include "dialect/aliases.h"
#include "render/error.h"

namespace metadata::server {
namespace {

/// The two halves of `"<id>-<revision>"`.
struct Tag {
  EntityId id;
  Revision revision = 0;
};

constexpr std::size_t kUuidLength = 36;
constexpr std::size_t kMaxOverwrites = 50;

/// One tag without its blanks; a weak one (W/) never matches a write.
std::optional<Tag> parse_tag(std::string_view text) {
  if (text.size() < kUuidLength + 4 || text.front() != '"' || text.back() != '"') return std::nullopt;
  text = text.substr(1, text.size() - 2);
  const auto id = EntityId::parse(text.substr(0, kUuidLength));
  if (!id || text[kUuidLength] != '-') return std::nullopt;
  const std::string_view digits = text.substr(kUuidLength + 1);
  Tag tag{*id, 0};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), tag.revision);
  if (error != std::errc{} || end != digits.data() + digits.size() || tag.revision < 0) return std::nullopt;
  return tag;
}

std::vector<Tag> parse_tags(std::string_view header) {
  std::vector<Tag> tags;
  while (!header.empty()) {
    const auto comma = header.find(',');
    std::string_view one = header.substr(0, comma);
    header = comma == std::string_view::npos ? std::string_view{} : header.substr(comma + 1);
    const auto first = one.find_first_not_of(' ');
    if (first == std::string_view::npos) continue;
    one = one.substr(first, one.find_last_not_of(' ') - first + 1);
    if (const auto tag = parse_tag(one)) tags.push_back(*tag);
  }
  return tags;
}

Error does_not_match() {
  return precondition_failed("The entity has been modified by another user. Please refresh and retry.");
}

bool is_change_source(std::string_view word) {
  for (const std::string_view known : {"Manual", "Derived", "Automated", "Propagated", "Ingested", "Suggested"}) {
    if (word == known) return true;
  }
  return false;
}

std::string_view media_type(const Call& call) {
  const std::string_view header = call.request.headers.value("Content-Type");
  std::string_view type = header.substr(0, header.find(';'));
  while (!type.empty() && type.back() == ' ') type.remove_suffix(1);
  return type;
}

}  // namespace

Result<EntityRef> by_id(const Call& call) {
  const auto id = EntityId::parse(call.params.front());
  if (!id) return invalid_argument("'" + call.params.front() + "' is not the id of an entity: a UUID is expected");
  return EntityRef::by_id(call.type->name, *id);
}

Result<EntityId> id_of(const std::string& text, const char* name) {
  if (const auto id = EntityId::parse(text)) return *id;
  return invalid_argument(std::string(name) + ": '" + text.substr(0, 100) + "' is not a UUID", name);
}

std::string address_of(const Call& call, const std::string& path) {
  constexpr std::string_view kApi = "/api";
  return call.base.empty() ? path : call.base + path.substr(kApi.size());
}

bool is_own_job(const Call& call, const std::string& owner) {
  return owner == call.who.name || call.who.kind == Principal::Kind::Admin;
}

Result<EntityRef> by_name(const Call& call) {
  return EntityRef::by_fqn(call.type->name, canonical_fqn(call.type->name, call.params.front()));
}

std::vector<std::string> list_of(const Call& call, std::string_view name) {
  std::vector<std::string> words;
  std::string_view rest = call.query.get(name).value_or(std::string_view{});
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    if (comma != 0) words.emplace_back(rest.substr(0, comma));
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
  }
  return words;
}

Result<Moments> moments_of(const Call& call, std::string_view from, std::string_view to) {
  Moments moments;
  MD_LET(first, call.query.number(from, moments.from));
  MD_LET(last, call.query.number(to, moments.to));
  moments.from = first;
  moments.to = last;
  return moments;
}

Result<Response> answer_with(const Call& call, const EntityRef& target, const std::string& field) {
  auto entity = call.server.catalog.get(target, {call.who, field, Include::Live, call.interrupt});
  if (!entity.ok() && entity.error().code() == Code::PermissionDenied)
    entity = call.server.catalog.get(target, {call.who, {}, Include::Live, call.interrupt});
  if (!entity.ok()) return entity.error();
  return render::entity(call, *entity);
}

Result<Include> include_of(const Call& call) {
  const std::string word = call.query.text("include");
  if (word.empty() || word == "non-deleted") return Include::Live;
  if (word == "deleted") return Include::Deleted;
  if (word == "all") return Include::All;
  return invalid_argument("query param include must be non-deleted, deleted or all, not '" + word + "'");
}

Fields fields_of(const Call& call) {
  FieldsAsked asked = canonical_fields(call.query.get("fields").value_or(std::string_view{}));
  return {std::move(asked.fields), asked.owner && shows_owner(call.dialect)};
}

Result<std::optional<Revision>> if_match(const Call& call, const EntityRef& target) {
  const Headers::Field* header = call.request.headers.field("If-Match");
  if (header == nullptr || header->second == "*") return std::optional<Revision>{};
  EntityId id = target.id;
  if (id.empty()) {
    ReadOptions options;
    options.as = call.who;
    options.include = Include::All;
    options.interrupt = call.interrupt;
    MD_LET(entity, call.server.catalog.get(target, options));
    id = entity.id();
  }
  for (const Tag& tag : parse_tags(header->second)) {
    if (tag.id == id) return std::optional<Revision>{tag.revision};
  }
  return does_not_match();
}

Result<std::optional<Revision>> if_match_put(const Call& call) {
  const Headers::Field* header = call.request.headers.field("If-Match");
  if (header == nullptr || header->second == "*") return std::optional<Revision>{};
  MD_LET(body, body_object(call));
  ReadOptions options;
  options.as = call.who;
  options.include = Include::All;
  options.interrupt = call.interrupt;
  for (const Tag& tag : parse_tags(header->second)) {
    const auto entity = call.server.catalog.get(EntityRef::by_id(call.type->name, tag.id), options);
    if (!entity.ok() && entity.error().code() != Code::NotFound) return entity.error();
    if (entity.ok() && body["name"].as_string() == entity->name()) return std::optional<Revision>{tag.revision};
  }
  return does_not_match();
}

Result<WriteOptions> write_options(const Call& call) {
  WriteOptions options;
  options.as = call.who;
  options.interrupt = call.interrupt;
  const std::string source = call.query.text("changeSource");
  if (source.empty()) return options;
  if (!is_change_source(source)) return invalid_argument("query param changeSource: unknown source '" + source + "'");
  options.change_source = source;
  return options;
}

Error read_put_manner(const Call& call, WriteOptions& options) {
  MD_LET(replace, call.query.flag("replace", false));
  options.replace = replace;
  options.overwrite = list_of(call, "overwrite");
  if (options.overwrite.size() <= kMaxOverwrites) return {};
  return invalid_argument("query param overwrite names more than " + std::to_string(kMaxOverwrites) + " fields");
}

std::optional<Response> refuse_media_type(const Call& call, bool patch) {
  const std::string_view type = media_type(call);
  if (type.empty() || same_header_name(type, "application/json")) return std::nullopt;
  if (patch && same_header_name(type, "application/json-patch+json")) return std::nullopt;
  return render::unsupported_media_type(type, patch ? "application/json-patch+json" : "application/json");
}

std::optional<Response> refuse_other_than_text(const Call& call) {
  const std::string_view type = media_type(call);
  const bool text = type.empty() || same_header_name(type, "text/plain") || same_header_name(type, "text/csv");
  const std::string_view header = call.request.headers.value("Content-Type");
  std::string parameters(header.substr(std::min(header.find(';'), header.size())));
  std::erase_if(parameters, [](char c) { return c == ' ' || c == '"' || c == ';'; });
  constexpr std::string_view kCharset = "charset=";
  const bool other = parameters.size() > kCharset.size() &&
                     same_header_name(std::string_view(parameters).substr(0, kCharset.size()), kCharset) &&
                     !same_header_name(std::string_view(parameters).substr(kCharset.size()), "utf-8");
  if (text && !other) return std::nullopt;
  return render::unsupported_media_type(header.substr(0, 100), "text/plain; charset=utf-8");
}

Result<Json> body_object(const Call& call) {
  MD_LET(body, Json::parse(call.request.body));
  if (!body.is_object()) return invalid_argument("the request body must be a JSON object");
  return body;
}

Result<std::string> required_text(const Json& body, std::string_view name) {
  const auto value = body[name].as_string();
  if (value && !value->empty()) return std::string(*value);
  return invalid_argument(std::string(name) + " field is required", std::string(name));
}

}  // namespace metadata::server
