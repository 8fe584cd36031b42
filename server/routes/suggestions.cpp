#include <algorithm>

#include "dialect/aliases.h"
#include "dialect/choose.h"
#include "metadata/suggestions.h"
#include "render/entity.h"
#include "render/page.h"
#include "routes/input.h"
#include "routes/routes.h"

namespace metadata::server {
namespace {

constexpr char kChange[] = "X-OpenMetadata-Change";

Suggestions& suggestions_of(const Call& call) { return call.server.catalog.suggestions(); }

/// With its address, and its author's.
std::string text_of(const Call& call, const Json& suggestion) {
  JsonWriter out;
  out.begin_object();
  suggestion.for_each_member([&](std::string_view name, const Json& value) {
    const std::string text = value.text();
    out.key(name).raw(name == "createdBy" ? render::reference_text(text, call.server.references, call.base) : text);
  });
  if (!call.base.empty())
    out.key("href").string(call.base + "/v1/suggestions/" + std::string(suggestion["id"].as_string().value_or("")));
  return std::move(out.end_object()).text();
}

Response answer(const Call& call, const Json& suggestion, const char* change = nullptr) {
  Response response = render::json(text_of(call, suggestion));
  if (change != nullptr) response.set(kChange, change);
  return response;
}

Response answer_all(const Call& call, const std::vector<Json>& suggestions, const char* change) {
  JsonWriter out;
  out.begin_array();
  for (const Json& one : suggestions) out.raw(text_of(call, one));
  Response response = render::json(std::move(out.end_array()).text());
  response.set(kChange, change);
  return response;
}

Reply create(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  MD_LET(options, write_options(call));
  MD_LET(made, suggestions_of(call).create(call.request.body, options));
  Response response = answer(call, made, "suggestionCreated");
  response.status = 201;
  return response;
}

Reply list(const Call& call) {
  SuggestionQuery query;
  query.as = call.who;
  query.interrupt = call.interrupt;
  query.entity_fqn = call.query.text("entityFQN");
  query.type = call.query.text("suggestionType");
  query.status = call.query.text("status");
  if (query.status.empty()) query.status = "Open";
  if (const std::string user = call.query.text("userId"); !user.empty()) {
    MD_LET(id, id_of(user, "userId"));
    query.author = id;
  }
  MD_LET(limit, call.query.number("limit", 10));
  query.limit = std::min(limit, max_page(call.dialect));
  query.before = call.query.text("before");
  query.after = call.query.text("after");
  MD_LET(page, suggestions_of(call).list(query));
  JsonWriter out;
  out.begin_object().key("data").begin_array();
  for (const Json& one : page.suggestions) out.raw(text_of(call, one));
  out.end_array().key("paging").begin_object().key("total").integer(page.total);
  if (!page.before.empty()) out.key("before").string(page.before);
  if (!page.after.empty()) out.key("after").string(page.after);
  return render::json(std::move(out.end_object().end_object()).text());
}

Reply read(const Call& call) {
  MD_LET(id, id_of(call.params.front(), "id"));
  MD_LET(found, suggestions_of(call).get(id, {call.who, {}, Include::Live, call.interrupt}));
  return answer(call, found);
}

Reply update(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  MD_LET(id, id_of(call.params.front(), "id"));
  MD_LET(options, write_options(call));
  MD_LET(updated, suggestions_of(call).update(id, call.request.body, options));
  return answer(call, updated, "suggestionUpdated");
}

Reply remove(const Call& call) {
  MD_LET(id, id_of(call.params.front(), "id"));
  MD_LET(options, write_options(call));
  MD_LET(removed, suggestions_of(call).remove(id, options));
  return answer(call, removed, "suggestionDeleted");
}

/// All of an entity: how many there were.
Reply remove_all(const Call& call) {
  const TypeInfo* type = call.server.catalog.registry().find(call.params[0]);
  if (type == nullptr) return not_found("there is no entity type '" + call.params[0].substr(0, 100) + "'");
  const EntityRef about = EntityRef::by_fqn(type->name, canonical_fqn(type->name, call.params[1]));
  MD_LET(options, write_options(call));
  MD_LET(count, suggestions_of(call).remove_all(about, options));
  JsonWriter out;
  Response response = render::json(out.begin_object().key("deleted").integer(count).end_object().text());
  response.set(kChange, "suggestionDeleted");
  return response;
}

constexpr char kAccepted[] = "suggestionAccepted";
constexpr char kRejected[] = "suggestionRejected";

/// Bodies are not looked at: the client sends none, though it says that it is JSON.
template <auto decide, const char* change>
Reply decide_one(const Call& call) {
  MD_LET(id, id_of(call.params.front(), "id"));
  MD_LET(options, write_options(call));
  MD_LET(decided, (suggestions_of(call).*decide)(id, options));
  return answer(call, decided, change);
}

template <auto decide, const char* change>
Reply decide_all(const Call& call) {
  SuggestionChoice choice;
  choice.entity_fqn = call.query.text("entityFQN");
  if (choice.entity_fqn.empty()) return invalid_argument("query param entityFQN is required", "entityFQN");
  MD_LET(author, id_of(call.query.text("userId"), "userId"));
  choice.author = author;
  choice.type = call.query.text("suggestionType");
  if (choice.type.empty()) choice.type = "SuggestDescription";
  MD_LET(options, write_options(call));
  MD_LET(decided, (suggestions_of(call).*decide)(choice, options));
  return answer_all(call, decided, change);
}

}  // namespace

std::vector<Route> suggestion_routes() {
  const std::string at = "/api/v1/suggestions";
  const Need view = needs("ViewBasic"), edit = needs("EditDescription");
  return {
      {"GET", at, list, view},
      {"POST", at, create, view},
      {"PUT", at + "/accept-all", decide_all<&Suggestions::accept_all, kAccepted>, edit},
      {"PUT", at + "/reject-all", decide_all<&Suggestions::reject_all, kRejected>, edit},
      {"GET", at + "/{id}", read, view},
      {"PUT", at + "/{id}", update, view},
      {"DELETE", at + "/{id}", remove, view},
      {"PUT", at + "/{id}/accept", decide_one<&Suggestions::accept, kAccepted>, edit},
      {"PUT", at + "/{id}/reject", decide_one<&Suggestions::reject, kRejected>, edit},
      {"DELETE", at + "/{entityType}/name/{fqn...}", remove_all, needs("Delete")},
  };
}

}  // namespace metadata::server
