#include "metadata/search.h"

#include <algorithm>
#include <chrono>

#include "metadata/json.h"
#include "render/error.h"
#include "render/page.h"
#include "render/search.h"
#include "routes/input.h"
#include "routes/routes.h"
#include "routes/search_input.h"

namespace metadata::server {
namespace {

using Clock = std::chrono::steady_clock;

Search& search_of(const Call& call) { return call.server.catalog.search(); }

/// Says how far an index is that does not serve yet. Other trouble is told as everywhere.
Reply trouble(const Call& call, const Error& error) {
  // A search has a deadline of its own, well before the request's.
  if (error.code() == Code::Interrupted && Clock::now() < call.interrupt.deadline)
    return render::took_too_long(SearchLimits{}.deadline);
  if (error.code() != Code::Unavailable) return error;
  const SearchStatus status = search_of(call).status();
  if (status.documents > 0 && !status.rebuilding) return error;
  return render::no_index(status);
}

Reply answer(const Call& call, const SearchQuery& query, const Result<SearchHits>& found, Clock::time_point began) {
  if (!found.ok()) return trouble(call, found.error());
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began);
  return render::hits(call, query, *found, took);
}

Reply run(const Call& call, const SearchQuery& query) {
  const auto began = Clock::now();
  return answer(call, query, search_of(call).query(query), began);
}

Reply query(const Call& call) {
  MD_LET(search, search_query(call));
  return run(call, search);
}

Reply query_body(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  MD_LET(body, body_object(call));
  MD_LET(search, search_body(call, body));
  return run(call, search);
}

/// One entity of each searched type at most has this FQN. Answered from the store, which is never behind, because
/// clients ask this a moment after a write.
Result<SearchHits> find_exact(const Call& call, const SearchQuery& query, const std::string& fqn) {
  SearchHits found;
  found.seq = query.at_least;
  for (const TypeInfo& type : call.server.catalog.registry().types()) {
    const auto& names = type.index_names;
    const bool searched = std::any_of(query.indexes.begin(), query.indexes.end(), [&](const std::string& index) {
      return std::find(names.begin(), names.end(), index) != names.end();
    });
    if (!searched) continue;
    const ReadOptions options{call.who, {}, *query.include, call.interrupt};
    auto entity = call.server.catalog.get(EntityRef::by_fqn(type.name, fqn), options);
    // A value that is no FQN of this type finds nothing, as in an index.
    const Code code = entity.ok() ? Code::Ok : entity.error().code();
    if (code == Code::NotFound || code == Code::InvalidArgument) continue;
    if (!entity.ok()) return entity.error();
    SearchQuery one = query;
    one.indexes = {type.name};
    auto document = search_of(call).document(one, entity->id());
    if (!document.ok() && document.error().code() != Code::NotFound) return document.error();
    if (!document.ok()) continue;
    found.hits.push_back({type.index_names.front(), type.name, entity->id(), 1.0, *std::move(document), {fqn}, {}});
  }
  found.total = static_cast<std::int64_t>(found.hits.size());
  found.max_score = 1.0;
  return found;
}

/// The page that was asked for, of hits that are all there.
SearchHits page_of(SearchHits found, const SearchQuery& query) {
  const auto from = std::min(query.from, found.hits.size());
  const auto end = std::min(found.hits.size(), from + query.size);
  found.hits = {found.hits.begin() + static_cast<std::ptrdiff_t>(from),
                found.hits.begin() + static_cast<std::ptrdiff_t>(end)};
  return found;
}

Reply find_field(const Call& call, const SearchQuery& search, const std::string& field, const std::string& value) {
  const auto began = Clock::now();
  const bool exact = field == "fullyQualifiedName" && value.find_first_of("*?\\") == std::string::npos;
  if (exact) {
    auto found = find_exact(call, search, value);
    if (found.ok() && found->total > 0) {
      found->seq = search_of(call).status().position;
      return answer(call, search, page_of(*std::move(found), search), began);
    }
    if (!found.ok() && found.error().code() != Code::Unimplemented) return trouble(call, found.error());
  }
  return answer(call, search, search_of(call).field_query(search, field, value), began);
}

Reply field_query(const Call& call) {
  MD_LET(search, search_query(call));
  const std::string field = call.query.text("fieldName");
  if (field.empty()) return invalid_argument("query param fieldName is required", "fieldName");
  return find_field(call, search, field, call.query.text("fieldValue"));
}

Reply source_url(const Call& call) {
  MD_LET(search, search_query(call));
  const std::string url = call.query.text("sourceUrl");
  if (url.empty()) return invalid_argument("query param sourceUrl is required", "sourceUrl");
  return find_field(call, search, "sourceUrl", url);
}

Reply get_document(const Call& call) {
  SearchQuery search;
  search.as = call.who;
  search.interrupt = call.interrupt;
  search.indexes = index_names(call.params.front());
  const auto id = EntityId::parse(call.params.back());
  if (!id)
    return invalid_argument("'" + call.params.back().substr(0, 100) +
                            "' is not the id of a document: a UUID is expected");
  auto document = search_of(call).document(search, *id);
  if (!document.ok()) return trouble(call, document.error());
  MD_LET(parsed, Json::parse(*document));
  const Json type = parsed["entityType"];
  return render::document(call, type.as_string().value_or(""), *document);
}

/// The texts that names which begin so offer, each once.
Result<std::vector<std::string>> suggested_names(const Call& call, const SearchQuery& search,
                                                 const std::string& field) {
  std::vector<std::string> names;
  SearchQuery query = search;
  query.include_fields = {"name", "displayName", "fullyQualifiedName"};
  MD_LET(found, search_of(call).suggest(query));
  for (const SearchHit& hit : found.hits) {
    MD_LET(source, Json::parse(hit.source));
    const Json value = source.contains(field) ? source[field] : source["name"];
    std::string name(value.as_string().value_or(""));
    if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
  }
  return names;
}

Reply run_aggregation(const Call& call, SearchQuery search, std::string field, const std::string& value) {
  MD_LET(containing, contained_text(value));
  search.facet_size = std::clamp<std::size_t>(search.size, 1, 1000);
  std::vector<std::string> suggested;
  if (!search.text.empty() && search.text != "*" && value.empty()) {
    auto names = suggested_names(call, search, field);
    if (!names.ok()) return trouble(call, names.error());
    suggested = *std::move(names);
  }
  if (field.empty()) field = "name";
  auto facet = search_of(call).aggregate(search, field, containing);
  if (!facet.ok()) return trouble(call, facet.error());
  return render::aggregation(*facet, suggested);
}

Reply aggregate(const Call& call) {
  MD_LET(search, search_query(call));
  const std::string field = call.query.text("field");
  if (field.empty() && search.text.empty()) return invalid_argument("query param field is required", "field");
  return run_aggregation(call, std::move(search), field, call.query.text("value"));
}

Result<std::string> text_member(const Json& body, std::string_view name) {
  const Json value = body[name];
  if (value.is_null()) return std::string();
  if (const auto text = value.as_string()) return std::string(*text);
  return invalid_argument(std::string(name) + " must be a text", std::string(name));
}

Reply aggregate_body(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  MD_LET(body, body_object(call));
  MD_LET(search, search_query(call));
  MD_LET(text, text_member(body, "query"));
  MD_LET(index, text_member(body, "index"));
  MD_LET(field, text_member(body, "fieldName"));
  MD_LET(value, text_member(body, "fieldValue"));
  if (field.empty()) return invalid_argument("fieldName field is required", "fieldName");
  // The API has a query body here, the client's second interface a text.
  (text.starts_with('{') ? search.query_filter : search.text) = text;
  if (!index.empty()) search.indexes = index_names(index);
  if (body["deleted"].as_bool().value_or(false)) search.include = Include::Deleted;
  if (const auto size = body["size"].as_int()) {
    if (*size < 0) return invalid_argument("size must not be negative", "size");
    search.size = static_cast<std::size_t>(std::min<std::int64_t>(*size, 1000));
  }
  return run_aggregation(call, std::move(search), field, value);
}

Reply suggest(const Call& call) {
  MD_LET(search, search_query(call));
  auto found = search_of(call).suggest(search);
  if (!found.ok()) return trouble(call, found.error());
  return render::suggestions(call, search, *found);
}

Reply entity_type_counts(const Call& call) {
  MD_LET(search, search_query(call));
  if (!call.query.get("index")) search.indexes = {"all"};
  search.size = 0;
  search.facets = {"entityType"};
  search.facet_size = 1000;
  return run(call, search);
}

/// A search with settings to try out. There are none to set here, so only one without them is answered.
Reply preview(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  MD_LET(body, body_object(call));
  if (body["searchSettings"].size() > 0) return unimplemented("this server has no search settings to try out");
  MD_LET(search, search_query(call));
  MD_LET(text, text_member(body, "query"));
  MD_LET(index, text_member(body, "index"));
  MD_LET(filter, text_member(body, "queryFilter"));
  MD_LET(post_filter, text_member(body, "postFilter"));
  search.text = text;
  search.query_filter = filter;
  search.post_filter = post_filter;
  if (!index.empty()) search.indexes = index_names(index);
  return run(call, search);
}

Reply nlq(const Call&) { return unimplemented("this server does not understand questions in natural language"); }

/// The whole index is built anew, whichever type is named: there is only one.
Reply reindex(const Call& call) {
  if (call.who.kind != Principal::Kind::Admin)
    return permission_denied("only admins may have the search index rebuilt");
  if (!call.params.empty() && call.server.catalog.registry().find(call.params.front()) == nullptr)
    return not_found("there is no entity type '" + call.params.front().substr(0, 100) + "'");
  if (const Error error = search_of(call).rebuild(false); !error.ok()) return trouble(call, error);
  const SearchStatus status = search_of(call).status();
  JsonWriter out;
  out.begin_object().key("status").string(status.rebuilding ? "running" : "success");
  out.key("documents").integer(status.documents).key("rebuilt").integer(status.rebuilt);
  out.key("total").integer(status.to_rebuild).end_object();
  return render::json(std::move(out).text());
}

}  // namespace

std::vector<Route> search_routes() {
  return {
      {"GET", "/api/v1/search/query", query, needs("ViewBasic")},
      {"POST", "/api/v1/search/query", query_body, needs("ViewBasic")},
      {"GET", "/api/v1/search/fieldQuery", field_query, needs("ViewBasic")},
      {"GET", "/api/v1/search/sourceUrl", source_url, needs("ViewBasic")},
      {"GET", "/api/v1/search/get/{index}/doc/{id}", get_document, needs("ViewBasic")},
      {"GET", "/api/v1/search/aggregate", aggregate, needs("ViewBasic")},
      {"POST", "/api/v1/search/aggregate", aggregate_body, needs("ViewBasic")},
      {"GET", "/api/v1/search/suggest", suggest, needs("ViewBasic")},
      {"GET", "/api/v1/search/entityTypeCounts", entity_type_counts, needs("ViewBasic")},
      {"POST", "/api/v1/search/preview", preview, needs("ViewBasic")},
      {"GET", "/api/v1/search/nlq/query", nlq, needs("ViewBasic")},
      {"POST", "/api/v1/search/reindex", reindex, needs("EditAll")},
      {"POST", "/api/v1/search/reindex/{type}", reindex, needs("EditAll")},
  };
}

}  // namespace metadata::server
