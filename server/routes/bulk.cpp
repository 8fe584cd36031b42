#include <algorithm>
#include <string>

#include "render/entity.h"
#include "render/error.h"
#include "render/page.h"
#include "routes/input.h"
#include "routes/routes.h"

namespace metadata::server {
namespace {

/// The Python client's model of a result has no status.
bool shows_status(const Call& call) { return call.dialect == Dialect::Guide; }

void write_success(JsonWriter& out, const Call& call, const BulkItem& item) {
  out.begin_object().key("request").string(item.name);
  std::string message(render::change_word(item.change));
  if (!item.kept.empty()) message += "; kept: " + render::kept_words(item.kept);
  out.key("message").string(message);
  if (shows_status(call)) out.key("status").integer(item.change == Written::Change::Created ? 201 : 200);
  out.end_object();
}

void write_failure(JsonWriter& out, const Call& call, std::size_t place, const BulkItem& item) {
  const render::Told told = render::tell(item.error);
  out.begin_object().key("request").string(item.name);
  out.key("message").string("item " + std::to_string(place) + ": " + told.message);
  if (shows_status(call)) out.key("status").integer(told.status);
  out.end_object();
}

std::string result_text(const Call& call, const std::vector<BulkItem>& items, bool dry_run) {
  const auto failed = std::count_if(items.begin(), items.end(), [](const BulkItem& item) { return !item.error.ok(); });
  const auto all = static_cast<std::int64_t>(items.size());
  JsonWriter out;
  out.begin_object().key("dryRun").boolean(dry_run);
  out.key("status").string(failed == 0 ? "success" : failed == all ? "failure" : "partialSuccess");
  out.key("numberOfRowsProcessed").integer(all);
  out.key("numberOfRowsPassed").integer(all - failed);
  out.key("numberOfRowsFailed").integer(failed);
  out.key("successRequest").begin_array();
  for (const BulkItem& item : items) {
    if (item.error.ok()) write_success(out, call, item);
  }
  out.end_array().key("failedRequest").begin_array();
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!items[i].error.ok()) write_failure(out, call, i, items[i]);
  }
  out.end_array().end_object();
  return std::move(out).text();
}

/// Each item is put as PUT of the collection puts one, under the same rights. The answer is 200 whatever becomes of
/// them: it says what became of each.
Reply put_all(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  MD_LET(options, write_options(call));
  MD_OK(read_put_manner(call, options));
  MD_LET(dry_run, call.query.flag("dryRun", false));
  MD_LET(items, call.server.catalog.put_all(call.type->name, call.request.body, options,
                                            dry_run ? BulkMode::Trial : BulkMode::Write));
  Response response = render::json(result_text(call, items, dry_run));
  Seq last = 0;
  for (const BulkItem& item : items) last = std::max(last, item.seq);
  if (last > 0 && !dry_run) response.set("X-Metadata-Seq", std::to_string(last));
  if (const int share = call.server.config.bulk_items_a_request; share > 0) {
    const std::size_t begun = (items.size() + static_cast<std::size_t>(share) - 1) / static_cast<std::size_t>(share);
    response.requests = static_cast<unsigned>(std::max<std::size_t>(1, begun));
  }
  return response;
}

}  // namespace

std::vector<Route> bulk_routes(const Registry& registry) {
  std::vector<Route> rows;
  for (const TypeInfo& type : registry.types()) {
    rows.push_back({"PUT", "/api/v1/" + type.collection + "/bulk", put_all, needs("EditAll"), &type});
  }
  return rows;
}

}  // namespace metadata::server
