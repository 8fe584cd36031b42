#include <algorithm>
#include <string>
#include <vector>

#include "render/entity.h"
#include "render/error.h"
#include "render/page.h"
#include "routes/input.h"
#include "routes/routes.h"

namespace metadata::server {
namespace {

/// The Python client's model of a result has no status.
bool shows_status(const Call& call) { return call.dialect == Dialect::Guide; }

std::string success_text(const Call& call, const BulkItem& item) {
  JsonWriter out;
  out.begin_object().key("request").string(item.name);
  std::string message(render::change_word(item.change));
  if (!item.kept.empty()) message += "; kept: " + render::kept_words(item.kept);
  out.key("message").string(message);
  if (shows_status(call)) out.key("status").integer(item.change == Written::Change::Created ? 201 : 200);
  return std::move(out.end_object()).text();
}

std::string failure_text(const Call& call, std::size_t place, const BulkItem& item) {
  const render::Told told = render::tell(item.error);
  JsonWriter out;
  out.begin_object().key("request").string(item.name);
  out.key("message").string("item " + std::to_string(place) + ": " + told.message);
  if (shows_status(call)) out.key("status").integer(told.status);
  return std::move(out.end_object()).text();
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
  std::vector<std::string> passed, failed;
  Seq last = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const bool good = items[i].error.ok();
    (good ? passed : failed).push_back(good ? success_text(call, items[i]) : failure_text(call, i, items[i]));
    last = std::max(last, items[i].seq);
  }
  Response response = render::bulk_result(dry_run, passed, failed);
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
