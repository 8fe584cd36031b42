#include "dialect/aliases.h"
#include "metadata/patch.h"
#include "render/entity.h"
#include "render/error.h"
#include "render/page.h"
#include "routes/input.h"
#include "routes/routes.h"

namespace metadata::server {
namespace {

// A verb on one entity, however the route names it: `on<by_id, read>`.
template <auto address, auto verb>
Reply on(const Call& call) {
  MD_LET(target, address(call));
  return verb(call, target);
}

Reply list(const Call& call) {
  const Fields fields = fields_of(call);
  MD_LET(include, include_of(call));
  MD_LET(limit, call.query.number("limit", 10));
  if (limit < 0) return invalid_argument("[query param limit must be greater than or equal to 0]");
  ListOptions options;
  options.as = call.who;
  options.fields = fields.names;
  options.include = include;
  options.limit = std::min(limit, max_page(call.dialect));
  options.before = call.query.text("before");
  options.after = call.query.text("after");
  options.interrupt = call.interrupt;
  options.filters = canonical_filters(call.type->name, call.type->filters, call.query);
  MD_LET(page, call.server.catalog.list(call.type->name, options));
  return render::page(call, page, fields.owner);
}

Reply read(const Call& call, const EntityRef& target) {
  const Fields fields = fields_of(call);
  MD_LET(include, include_of(call));
  MD_LET(entity, call.server.catalog.get(target, {call.who, fields.names, include, call.interrupt}));
  return render::entity(call, entity, fields.owner);
}

Reply create(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  MD_LET(options, write_options(call));
  MD_LET(written, call.server.catalog.create(call.type->name, call.request.body, options));
  return render::written(call, written);
}

Reply put(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  MD_LET(options, write_options(call));
  MD_LET(revision, if_match_put(call));
  options.if_revision = revision;
  MD_OK(read_put_manner(call, options));
  MD_LET(written, call.server.catalog.put(call.type->name, call.request.body, options));
  return render::written(call, written);
}

Reply patch(const Call& call, const EntityRef& target) {
  if (auto refused = refuse_media_type(call, true)) return *std::move(refused);
  MD_LET(patch, Patch::parse(canonical_patch(call.request.body)));
  MD_LET(options, write_options(call));
  MD_LET(revision, if_match(call, target));
  options.if_revision = revision;
  MD_LET(written, call.server.catalog.patch(target, patch, options));
  return render::written(call, written);
}

Reply remove(const Call& call, const EntityRef& target) {
  MD_LET(hard, call.query.flag("hardDelete", false));
  MD_LET(recursive, call.query.flag("recursive", false));
  MD_LET(revision, if_match(call, target));
  MD_LET(written, call.server.catalog.remove(target, {call.who, hard, recursive, revision, call.interrupt}));
  return render::removed(call, written);
}

Reply restore(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  MD_LET(body, body_object(call));
  MD_LET(text, required_text(body, "id"));
  const auto id = EntityId::parse(text);
  if (!id) return invalid_argument("id: '" + text + "' is not a UUID", "id");
  const EntityRef target = EntityRef::by_id(call.type->name, *id);
  MD_LET(options, write_options(call));
  MD_LET(revision, if_match(call, target));
  options.if_revision = revision;
  MD_LET(written, call.server.catalog.restore(target, options));
  return render::written(call, written);
}

Reply versions(const Call& call, const EntityRef& target) {
  HistoryOptions options;
  options.as = call.who;
  options.interrupt = call.interrupt;
  MD_LET(limit, call.query.number("limit", static_cast<long long>(options.limit)));
  MD_LET(offset, call.query.number("offset", 0));
  if (limit < 0 || offset < 0) return invalid_argument("query params limit and offset must not be negative");
  options.limit = static_cast<std::size_t>(limit);
  options.offset = static_cast<std::size_t>(offset);
  MD_LET(history, call.server.catalog.versions(target, options));
  return render::history(history);
}

Reply version(const Call& call, const EntityRef& target) {
  const auto number = Version::parse(call.params.back());
  if (!number) return invalid_argument("'" + call.params.back() + "' is not a version: a number like 0.1 is expected");
  ReadOptions options;
  options.as = call.who;
  options.include = Include::All;
  options.interrupt = call.interrupt;
  MD_LET(entity, call.server.catalog.version(target, *number, options));
  return render::json(render::entity_text(entity.text(), *call.type, call.server.references, {call.base, false}));
}

}  // namespace

std::vector<Route> entity_routes(const Registry& registry) {
  std::vector<Route> rows;
  for (const TypeInfo& type : registry.types()) {
    const std::string path = "/api/v1/" + type.collection;
    const std::vector<Route> of_type = {
        {"GET", path, list, needs("ViewBasic"), &type},
        {"POST", path, create, needs("Create"), &type},
        {"PUT", path, put, needs("EditAll"), &type},
        {"PUT", path + "/restore", restore, needs("EditAll"), &type},
        {"GET", path + "/name/{fqn...}", on<by_name, read>, needs("ViewBasic"), &type},
        {"PATCH", path + "/name/{fqn...}", on<by_name, patch>, needs("EditAll"), &type},
        {"DELETE", path + "/name/{fqn...}", on<by_name, remove>, needs("Delete"), &type},
        {"GET", path + "/{id}", on<by_id, read>, needs("ViewBasic"), &type},
        {"PATCH", path + "/{id}", on<by_id, patch>, needs("EditAll"), &type},
        {"DELETE", path + "/{id}", on<by_id, remove>, needs("Delete"), &type},
        {"GET", path + "/{id}/versions", on<by_id, versions>, needs("ViewBasic"), &type},
        {"GET", path + "/{id}/versions/{version}", on<by_id, version>, needs("ViewBasic"), &type},
    };
    rows.insert(rows.end(), of_type.begin(), of_type.end());
  }
  return rows;
}

}  // namespace metadata::server
