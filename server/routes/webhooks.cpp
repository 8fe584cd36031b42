#include <algorithm>

#include "metadata/json.h"
#include "render/page.h"
#include "routes/input.h"
#include "routes/routes.h"

namespace metadata::server {
namespace {

Reply status(const Call& call) {
  MD_LET(target, by_id(call));
  MD_LET(text, call.server.catalog.events().delivery_status(target, {call.who, {}, Include::Live, call.interrupt}));
  return render::json(std::move(text));
}

/// `{"fromSeq": n}`: from that event on; without a body, or without the member, what waits is tried at once.
Result<std::optional<Seq>> from_seq(const Call& call) {
  if (call.request.body.empty()) return std::optional<Seq>();
  MD_LET(body, body_object(call));
  if (!body.contains("fromSeq")) return std::optional<Seq>();
  const auto from = body["fromSeq"].as_int();
  if (!from) return invalid_argument("fromSeq must be a whole number: the seq of an event", "fromSeq");
  return std::optional<Seq>(*from);
}

Reply redeliver(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  MD_LET(target, by_id(call));
  MD_LET(options, write_options(call));
  MD_LET(from, from_seq(call));
  MD_OK(call.server.catalog.events().redeliver(target, from, options));
  return status(call);
}

Reply test(const Call& call) {
  MD_LET(target, by_id(call));
  MD_LET(options, write_options(call));
  MD_LET(result, call.server.catalog.events().test_delivery(target, options));
  JsonWriter out;
  out.begin_object();
  out.key("delivered").boolean(result.status >= 200 && result.status <= 299);
  if (result.status != 0) out.key("statusCode").integer(result.status);
  if (!result.error.empty()) out.key("error").string(result.error);
  out.end_object();
  return render::json(std::move(out).text());
}

bool takes_deliveries(const TypeInfo& type) {
  return std::any_of(type.fields.begin(), type.fields.end(),
                     [](const FieldInfo& field) { return field.type == "DeliveryStatus"; });
}

}  // namespace

std::vector<Route> webhook_routes(const Registry& registry) {
  std::vector<Route> rows;
  for (const TypeInfo& type : registry.types()) {
    if (!takes_deliveries(type)) continue;
    const std::string path = "/api/v1/" + type.collection + "/{id}";
    rows.push_back({"GET", path + "/status", status, needs("ViewAll"), &type});
    rows.push_back({"POST", path + "/redeliver", redeliver, needs("EditAll"), &type});
    rows.push_back({"POST", path + "/test", test, needs("EditAll"), &type});
  }
  return rows;
}

}  // namespace metadata::server
