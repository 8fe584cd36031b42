#include "render/page.h"

#include "call.h"
#include "render/entity.h"

namespace metadata::server::render {

Response page(const Call& call, const Page& page, bool with_owner) {
  const View view{call.base, with_owner};
  JsonWriter out;
  out.begin_object().key("data").begin_array();
  for (const Entity& entity : page.entities) {
    out.raw(entity_text(entity, *call.type, call.server.references, view));
  }
  out.end_array().key("paging").begin_object();
  out.key("total").integer(page.total);
  if (!page.before.empty()) out.key("before").string(page.before);
  if (!page.after.empty()) out.key("after").string(page.after);
  out.end_object().end_object();
  return json(std::move(out).text());
}

Response history(const History& history) {
  JsonWriter out;
  out.begin_object().key("entityType").string(history.type).key("versions").begin_array();
  for (const std::string& version : history.versions) out.string(version);
  out.end_array().end_object();
  return json(std::move(out).text());
}

Response values(const std::vector<Json>& values) {
  JsonWriter out;
  out.begin_object().key("data").begin_array();
  for (const Json& value : values) out.raw(value.text());
  out.end_array().key("paging").begin_object();
  out.key("total").integer(static_cast<std::int64_t>(values.size()));
  out.end_object().end_object();
  return json(std::move(out).text());
}

Response value_page(const ValuePage& page) {
  JsonWriter out;
  out.begin_object().key("data").begin_array();
  for (const Json& value : page.values) out.raw(value.text());
  out.end_array().key("paging").begin_object().key("total").integer(page.total);
  if (!page.after.empty()) out.key("after").string(page.after);
  out.end_object().end_object();
  return json(std::move(out).text());
}

Response owned_values(const Call& call, const std::vector<OwnedValue>& values, std::int64_t total) {
  constexpr std::string_view kSuffix = "Profile";
  JsonWriter out;
  out.begin_object().key("data").begin_array();
  for (const OwnedValue& one : values) {
    out.begin_object().key("id").string(one.id.text());
    out.key("entityReference").raw(reference_text(one.owner, call.server.references, call.base));
    out.key("timestamp").integer(one.at);
    out.key("profileType").string(one.series.substr(0, one.series.size() - kSuffix.size()));
    out.key("profileData").raw(one.value.text()).end_object();
  }
  out.end_array().key("paging").begin_object().key("total").integer(total);
  out.key("after").null().key("before").null().end_object().end_object();
  return json(std::move(out).text());
}

Response item_page(const ItemPage& page, std::size_t offset, std::size_t limit) {
  JsonWriter out;
  out.begin_object().key("data").begin_array();
  for (const Json& item : page.items) out.raw(item.text());
  out.end_array().key("paging").begin_object().key("total").integer(page.total);
  out.key("offset").integer(static_cast<std::int64_t>(offset)).key("limit").integer(static_cast<std::int64_t>(limit));
  out.end_object().end_object();
  return json(std::move(out).text());
}

Response bulk_result(bool dry_run, const std::vector<std::string>& passed, const std::vector<std::string>& failed) {
  JsonWriter out;
  out.begin_object().key("dryRun").boolean(dry_run);
  out.key("status").string(failed.empty() ? "success" : passed.empty() ? "failure" : "partialSuccess");
  out.key("numberOfRowsProcessed").integer(static_cast<std::int64_t>(passed.size() + failed.size()));
  out.key("numberOfRowsPassed").integer(static_cast<std::int64_t>(passed.size()));
  out.key("numberOfRowsFailed").integer(static_cast<std::int64_t>(failed.size()));
  out.key("successRequest").begin_array();
  for (const std::string& item : passed) out.raw(item);
  out.end_array().key("failedRequest").begin_array();
  for (const std::string& item : failed) out.raw(item);
  return json(std::move(out.end_array().end_object()).text());
}

Response json(std::string text) {
  Response response;
  response.body = std::move(text);
  return response;
}

Response nothing() {
  Response response;
  response.status = 204;
  return response;
}

}  // namespace metadata::server::render
