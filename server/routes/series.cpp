#include <cstdint>
#include <limits>

#include "render/entity.h"
#include "render/page.h"
#include "routes/input.h"
#include "routes/routes.h"

namespace metadata::server {
namespace {

constexpr std::size_t kMaxValues = 1000;

/// The answer to a write: the value, or the entity with its newest value where clients expect that.
Reply answer(const Call& call, const EntityRef& target, const Json& value) {
  if (!call.series->answers_entity) return render::json(std::string(value.text()));
  MD_LET(entity, call.server.catalog.get(target, {call.who, call.series->shown_as, Include::Live, call.interrupt}));
  return render::entity(call, entity);
}

/// The values between two moments, newest first.
Reply list_values(const Call& call) {
  MD_LET(target, by_name(call));
  MD_LET(from, call.query.number("startTs", 0));
  MD_LET(to, call.query.number("endTs", std::numeric_limits<std::int64_t>::max()));
  MD_OK(call.server.catalog.check_allowed(call.who, {"ViewBasic"}, target, call.interrupt));
  MD_LET(values, call.server.catalog.values(target, call.series->name, from, to, kMaxValues, call.interrupt));
  return render::values(values);
}

Reply put_value(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  MD_LET(target, by_name(call));
  MD_LET(options, write_options(call));
  MD_LET(value, call.server.catalog.put_value(target, call.series->name, call.request.body, options));
  return answer(call, target, value);
}

/// One value by its key. One that is not known is no failure (204): clients ask before they write the first time.
Reply read_value(const Call& call) {
  MD_LET(target, by_name(call));
  MD_OK(call.server.catalog.check_allowed(call.who, {"ViewBasic"}, target, call.interrupt));
  auto value = call.server.catalog.value(target, call.series->name, call.params.back(), call.interrupt);
  if (value.ok()) return render::json(value->text());
  if (value.error().code() != Code::NotFound) return value.error();
  MD_LET(entity, call.server.catalog.get(target, {call.who, {}, Include::Live, call.interrupt}));
  return render::nothing();
}

Reply remove_value(const Call& call) {
  MD_LET(target, by_name(call));
  MD_LET(options, write_options(call));
  const std::string& key = call.params.back();
  MD_OK(call.server.catalog.check_allowed(call.who, {"ViewBasic"}, target, call.interrupt));
  MD_LET(value, call.server.catalog.value(target, call.series->name, key, call.interrupt));
  MD_OK(call.server.catalog.remove_value(target, call.series->name, key, options));
  return answer(call, target, value);
}

}  // namespace

std::vector<Route> series_routes(const Registry& registry) {
  std::vector<Route> rows;
  for (const TypeInfo& type : registry.types()) {
    for (const SeriesInfo& series : type.series) {
      if (series.path.empty()) continue;
      // Clients do not encode the FQN here, and a name may hold a slash.
      const std::string path = "/api/v1/" + type.collection + "/{fqn...}/" + series.path;
      const Need edit = needs(series.edit);
      rows.push_back({"GET", path, list_values, needs("ViewBasic"), &type, &series});
      rows.push_back({"PUT", path, put_value, edit, &type, &series});
      rows.push_back({"GET", path + "/{key}", read_value, needs("ViewBasic"), &type, &series});
      rows.push_back({"DELETE", path + "/{key}", remove_value, edit, &type, &series});
    }
  }
  return rows;
}

}  // namespace metadata::server
