#include <algorithm>
#include <charconv>
#include <cstdint>

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
  return answer_with(call, target, call.series->shown_as);
}

/// What there is one of, in the entity.
Reply read_only_value(const Call& call) {
  MD_LET(target, by_id(call));
  MD_LET(entity, call.server.catalog.get(target, {call.who, call.series->shown_as, Include::Live, call.interrupt}));
  return render::entity(call, entity);
}

Reply put_only_value(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  MD_LET(target, by_id(call));
  MD_LET(options, write_options(call));
  MD_LET(value, call.server.catalog.put_value(target, call.series->name, call.request.body, options));
  return answer(call, target, value);
}

Reply remove_only_value(const Call& call) {
  MD_LET(target, by_id(call));
  MD_LET(options, write_options(call));
  MD_OK(call.server.catalog.remove_value(target, call.series->name, {}, options));
  return answer_with(call, target, call.series->shown_as);
}

Result<TimeOptions> time_options(const Call& call) {
  MD_LET(when, moments_of(call));
  MD_LET(limit, call.query.number("limit", 100));
  if (limit < 0) return invalid_argument("[query param limit must be greater than or equal to 0]");
  TimeOptions options;
  options.as = call.who;
  options.from_ms = when.from;
  options.to_ms = when.to;
  options.limit = static_cast<std::size_t>(limit);
  options.after = call.query.text("after");
  options.interrupt = call.interrupt;
  return options;
}

/// A page of values between two moments, the newest first.
Reply page_of_values(const Call& call) {
  MD_LET(target, by_name(call));
  MD_LET(options, time_options(call));
  if (call.series->of_items && (call.query.text("startTs").empty() || call.query.text("endTs").empty()))
    return invalid_argument("[query params startTs and endTs must not be null]", "startTs");
  MD_LET(page, call.server.catalog.values_by_time(target, call.series->name, options));
  return render::value_page(page);
}

const SeriesSetInfo& set_of(const Call& call) {
  const auto is_it = [&](const SeriesSetInfo& set) { return set.path == call.series->name; };
  return *std::find_if(call.type->series_sets.begin(), call.type->series_sets.end(), is_it);
}

/// Clients name the entity by its id here, and by its name everywhere else on these paths.
Result<EntityRef> by_id_or_name(const Call& call) {
  return EntityId::parse(call.params.front()) ? by_id(call) : by_name(call);
}

/// Values of several series at once.
Reply put_set(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  MD_LET(target, by_id_or_name(call));
  MD_LET(options, write_options(call));
  MD_OK(call.server.catalog.put_values(target, set_of(call).path, call.request.body, options));
  return answer_with(call, target, set_of(call).shown_as);
}

/// The newest values, in the entity.
Reply read_newest(const Call& call) {
  MD_LET(target, by_name(call));
  MD_LET(entity, call.server.catalog.get(target, {call.who, set_of(call).shown_as, Include::Live, call.interrupt}));
  return render::entity(call, entity);
}

/// The series of the set that a word of a path means: "table" is the tableProfile.
Result<std::string> series_of_word(const SeriesSetInfo& set, std::string_view word) {
  const std::string suffix = "Profile";
  for (const std::string& name : set.series) {
    if (name == std::string(word) + suffix) return name;
  }
  return not_found("there is no profile of the kind " + std::string(word.substr(0, 100)));
}

/// Removes what one series has of one moment.
Reply remove_values(const Call& call) {
  MD_LET(series, series_of_word(set_of(call), call.params[1]));
  std::int64_t at = 0;
  const std::string& text = call.params[2];
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), at);
  if (failed != std::errc{} || end != text.data() + text.size())
    return invalid_argument("'" + text.substr(0, 100) + "' is not a moment: milliseconds since 1970 are expected");
  MD_LET(target, by_name(call));
  MD_LET(options, write_options(call));
  MD_OK(call.server.catalog.remove_values(target, series, at, options));
  return render::json("{}");
}

/// Profiles of all entities of a type.
Reply profiles_of_type(const Call& call) {
  const TypeInfo* type = call.server.catalog.registry().find(call.params.front());
  if (type == nullptr || type->series_sets.empty())
    return not_found("there are no profiles of " + call.params.front().substr(0, 100));
  const SeriesSetInfo& set = type->series_sets.front();
  std::vector<std::string> series = set.series;
  if (const std::string word = call.query.text("profileType"); !word.empty()) {
    const auto named = series_of_word(set, word);
    if (!named.ok()) return invalid_argument("profileType: unknown value '" + word.substr(0, 100) + "'", "profileType");
    series = {*named};
  }
  MD_LET(options, time_options(call));
  MD_LET(found, call.server.catalog.values_of_type(type->name, series, options));
  return render::owned_values(call, found.first, found.second);
}

/// The values between two moments, newest first.
Reply list_values(const Call& call) {
  MD_LET(target, by_name(call));
  MD_LET(when, moments_of(call));
  MD_OK(call.server.catalog.check_allowed(call.who, {"ViewBasic"}, target, call.interrupt));
  MD_LET(values, call.server.catalog.values(target, call.series->name, when.from, when.to, kMaxValues, call.interrupt));
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

/// Routes of sets; each stands under the series that bears the set's name.
void add_sets(const TypeInfo& type, std::vector<Route>& rows) {
  for (const SeriesSetInfo& set : type.series_sets) {
    const auto series = std::find_if(type.series.begin(), type.series.end(),
                                     [&](const SeriesInfo& one) { return one.name == set.path; });
    if (series == type.series.end()) continue;
    const std::string path = "/api/v1/" + type.collection;
    rows.push_back({"PUT", path + "/{fqn}/" + set.path, put_set, needs(set.edit), &type, &*series});
    rows.push_back({"GET", path + "/{fqn}/" + set.path + "/latest", read_newest, needs(set.view), &type, &*series});
    rows.push_back(
        {"DELETE", path + "/{fqn}/{entityType}/{timestamp}/profile", remove_values, needs(set.edit), &type, &*series});
  }
}

}  // namespace

std::vector<Route> series_routes(const Registry& registry) {
  std::vector<Route> rows;
  for (const TypeInfo& type : registry.types()) {
    for (const SeriesInfo& series : type.series) {
      if (series.path.empty()) continue;
      const Need sees = needs(series.view);
      if (series.single) {
        const std::string at = "/api/v1/" + type.collection + "/{id}/" + series.path;
        rows.push_back({"GET", at, read_only_value, sees, &type, &series});
        rows.push_back({"PUT", at, put_only_value, needs(series.edit), &type, &series});
        rows.push_back({"DELETE", at, remove_only_value, needs(series.edit), &type, &series});
        continue;
      }
      if (series.ordered) {
        rows.push_back(
            {"GET", "/api/v1/" + type.collection + "/{fqn}/" + series.path, page_of_values, sees, &type, &series});
        continue;
      }
      // Clients do not encode the FQN here, and a name may hold a slash.
      const std::string path = "/api/v1/" + type.collection + "/{fqn...}/" + series.path;
      const Need edit = needs(series.edit);
      rows.push_back({"GET", path, list_values, needs("ViewBasic"), &type, &series});
      rows.push_back({"PUT", path, put_value, edit, &type, &series});
      rows.push_back({"GET", path + "/{key}", read_value, needs("ViewBasic"), &type, &series});
      rows.push_back({"DELETE", path + "/{key}", remove_value, edit, &type, &series});
    }
    add_sets(type, rows);
  }
  rows.push_back({"GET", "/api/v1/entity/profiles/{entityType}", profiles_of_type, needs("ViewDataProfile")});
  return rows;
}

}  // namespace metadata::server
