#include <algorithm>

#include "metadata/json.h"
#include "render/page.h"
#include "routes/input.h"
#include "routes/routes.h"

namespace metadata::server {
namespace {

struct Hit {
  const TypeInfo* type;
  Entity entity;
};

/// The entity types that an index name covers. InvalidArgument when no type has that index.
Result<std::vector<const TypeInfo*>> types_of_index(const Call& call, const std::string& index) {
  std::vector<const TypeInfo*> types;
  for (const TypeInfo& type : call.server.catalog.registry().types()) {
    const auto& names = type.index_names;
    if (std::find(names.begin(), names.end(), index) != names.end()) types.push_back(&type);
  }
  if (types.empty()) return invalid_argument("query param index: there is no index '" + index + "'");
  return types;
}

Result<std::vector<Hit>> find_exact(const Call& call, const std::vector<const TypeInfo*>& types, const std::string& fqn,
                                    Include include) {
  std::vector<Hit> hits;
  for (const TypeInfo* type : types) {
    auto entity = call.server.catalog.get(EntityRef::by_fqn(type->name, fqn), {call.who, {}, include, call.interrupt});
    if (entity.ok()) hits.push_back({type, *std::move(entity)});
    // A value that is no FQN of this type finds nothing, as in an index.
    const bool absent =
        entity.ok() || entity.error().code() == Code::NotFound || entity.error().code() == Code::InvalidArgument;
    if (!absent) return entity.error();
  }
  return hits;
}

void write_hit(JsonWriter& out, const Call& call, const Hit& hit) {
  std::string source = render::entity_text(hit.entity, *hit.type, call.server.references, {call.base, false});
  source.insert(1, "\"entityType\":\"" + hit.type->name + "\",");
  out.begin_object();
  out.key("_index").string(hit.type->index_names.front());
  out.key("_id").string(hit.entity.id().text());
  out.key("_score").number(1.0);
  out.key("_source").raw(source);
  out.key("sort").begin_array().string(hit.entity.fqn()).end_array();
  out.end_object();
}

/// The answer in the shape of the search engine whose API this is.
std::string hits_text(const Call& call, const std::vector<Hit>& hits, std::size_t from, std::size_t size) {
  JsonWriter out;
  out.begin_object();
  out.key("took").integer(0).key("timed_out").boolean(false);
  out.key("hits").begin_object();
  out.key("total").begin_object();
  out.key("value").integer(static_cast<std::int64_t>(hits.size())).key("relation").string("eq").end_object();
  out.key("max_score");
  if (hits.empty()) {
    out.null();
  } else {
    out.number(1.0);
  }
  out.key("hits").begin_array();
  for (std::size_t i = from; i < hits.size() && i - from < size; ++i) write_hit(out, call, hits[i]);
  out.end_array().end_object().end_object();
  return std::move(out).text();
}

/// Clients ask this a moment after a write, so the exact form is answered from the store, which is never behind.
Reply field_query(const Call& call) {
  const std::string field = call.query.text("fieldName");
  const std::string value = call.query.text("fieldValue");
  if (field.empty()) return invalid_argument("query param fieldName is required");
  if (field != "fullyQualifiedName") {
    return unimplemented("GET /v1/search/fieldQuery answers fieldName=fullyQualifiedName only, not '" + field + "'");
  }
  if (value.find_first_of("*?") != std::string::npos) {
    return unimplemented("GET /v1/search/fieldQuery answers whole values only: wildcards need the search index");
  }
  MD_LET(types, types_of_index(call, call.query.text("index")));
  MD_LET(deleted, call.query.flag("deleted", false));
  MD_LET(from, call.query.number("from", 0));
  MD_LET(size, call.query.number("size", 10));
  if (from < 0 || size < 0) return invalid_argument("query params from and size must not be negative");
  MD_LET(hits, find_exact(call, types, value, deleted ? Include::Deleted : Include::Live));
  return render::json(hits_text(call, hits, static_cast<std::size_t>(from), static_cast<std::size_t>(size)));
}

}  // namespace

std::vector<Route> search_routes() {
  return {
      {"GET", "/api/v1/search/fieldQuery", field_query, needs("ViewBasic")},
  };
}

}  // namespace metadata::server
