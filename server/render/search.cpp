#include "render/search.h"

#include "call.h"
#include "metadata/json.h"
#include "render/entity.h"
#include "render/error.h"
#include "render/page.h"

namespace metadata::server::render {
namespace {

/// The document with the links that a client follows.
std::string linked(const Call& call, std::string_view type, std::string_view text) {
  const TypeInfo* known = call.server.references.type(type);
  if (known == nullptr) return std::string(text);
  return entity_text(text, *known, call.server.references, {call.base, false});
}

bool is_by_score(const SearchQuery& query) { return query.sort_field.empty() || query.sort_field == "_score"; }

void write_score(JsonWriter& out, std::string_view key, bool known, double score) {
  out.key(key);
  if (known) {
    out.number(score);
  } else {
    out.null();
  }
}

void write_hit(JsonWriter& out, const Call& call, const SearchQuery& query, const SearchHit& hit) {
  out.begin_object();
  out.key("_index").string(hit.index).key("_type").string("_doc").key("_id").string(hit.id.text());
  write_score(out, "_score", is_by_score(query), hit.score);
  if (query.source) out.key("_source").raw(linked(call, hit.type, hit.source));
  out.key("sort").begin_array();
  for (const std::string& value : hit.sort) out.string(value);
  out.end_array();
  if (!hit.highlights.empty()) {
    out.key("highlight").begin_object();
    for (const auto& [field, fragments] : hit.highlights) {
      out.key(field).begin_array();
      for (const std::string& fragment : fragments) out.string(fragment);
      out.end_array();
    }
    out.end_object();
  }
  out.end_object();
}

void write_buckets(JsonWriter& out, const Facet& facet) {
  out.begin_object();
  out.key("doc_count_error_upper_bound").integer(0).key("sum_other_doc_count").integer(0);
  out.key("exact").boolean(facet.exact);
  out.key("buckets").begin_array();
  for (const FacetCount& count : facet.counts)
    out.begin_object().key("key").string(count.value).key("doc_count").integer(count.count).end_object();
  out.end_array().end_object();
}

/// Twice: under the name with its kind, as the engine's Java client has it, and under the plain one.
void write_facet(JsonWriter& out, const Facet& facet) {
  out.key("sterms#" + facet.field);
  write_buckets(out, facet);
  out.key(facet.field);
  write_buckets(out, facet);
}

void write_head(JsonWriter& out, std::chrono::milliseconds took) {
  out.key("took").integer(took.count()).key("timed_out").boolean(false);
  out.key("_shards").begin_object();
  out.key("total").integer(1).key("successful").integer(1).key("skipped").integer(0).key("failed").integer(0);
  out.end_object();
}

void tell_position(Response& response, const SearchHits& hits) {
  response.set("X-Metadata-Search-Seq", std::to_string(hits.seq));
  response.set("X-Search-Complete", hits.complete ? "true" : "false");
}

}  // namespace

Response hits(const Call& call, const SearchQuery& query, const SearchHits& hits, std::chrono::milliseconds took) {
  JsonWriter out;
  out.begin_object();
  write_head(out, took);
  out.key("hits").begin_object();
  out.key("total").begin_object();
  out.key("value").integer(hits.total).key("relation").string(hits.total_exact ? "eq" : "gte").end_object();
  write_score(out, "max_score", is_by_score(query) && !hits.hits.empty(), hits.max_score);
  out.key("hits").begin_array();
  for (const SearchHit& hit : hits.hits) write_hit(out, call, query, hit);
  out.end_array().end_object();
  if (!hits.facets.empty()) {
    out.key("aggregations").begin_object();
    for (const Facet& facet : hits.facets) write_facet(out, facet);
    out.end_object();
  }
  if (!hits.suggestion.empty()) {
    out.key("suggest").begin_object().key("spelling").begin_array().begin_object();
    out.key("text").string(query.text).key("offset").integer(0);
    out.key("length").integer(static_cast<std::int64_t>(query.text.size()));
    out.key("options").begin_array().begin_object().key("text").string(hits.suggestion).end_object().end_array();
    out.end_object().end_array().end_object();
  }
  out.end_object();
  Response response = json(std::move(out).text());
  tell_position(response, hits);
  return response;
}

Response suggestions(const Call& call, const SearchQuery& query, const SearchHits& hits) {
  JsonWriter out;
  out.begin_object();
  out.key("suggest").begin_object().key("metadata-suggest").begin_array().begin_object();
  out.key("text").string(query.text).key("offset").integer(0);
  out.key("length").integer(static_cast<std::int64_t>(query.text.size()));
  out.key("options").begin_array();
  for (const SearchHit& hit : hits.hits) {
    const auto source = Json::parse(hit.source);
    const Json name = source.ok() ? (*source)["name"] : Json();
    out.begin_object();
    out.key("text").string(name.as_string().value_or("")).key("_index").string(hit.index).key("_type").string("_doc");
    out.key("_id").string(hit.id.text());
    write_score(out, "_score", true, hit.score);
    if (query.source) out.key("_source").raw(linked(call, hit.type, hit.source));
    out.end_object();
  }
  out.end_array().end_object().end_array().end_object().end_object();
  Response response = json(std::move(out).text());
  tell_position(response, hits);
  return response;
}

Response aggregation(const Facet& facet, const std::vector<std::string>& suggested) {
  JsonWriter out;
  out.begin_object();
  write_head(out, std::chrono::milliseconds(0));
  out.key("aggregations").begin_object();
  write_facet(out, facet);
  if (!suggested.empty() && facet.field != "suggest") {
    out.key("suggest").begin_object().key("buckets").begin_array();
    for (const std::string& name : suggested)
      out.begin_object().key("key").string(name).key("doc_count").integer(1).end_object();
    out.end_array().end_object();
  }
  out.end_object().end_object();
  return json(std::move(out).text());
}

Response document(const Call& call, std::string_view type, std::string_view text) {
  return json(linked(call, type, text));
}

Response no_index(const SearchStatus& status) {
  return refusal(503, "The search index is being built: it has " + std::to_string(status.rebuilt) + " of " +
                          std::to_string(status.to_rebuild) + " documents. Try again soon");
}

}  // namespace metadata::server::render
