#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>

#include "access/sight.h"
#include "base/hash.h"
#include "entity/allowed.h"
#include "entity/items.h"
#include "entity/mask.h"
#include "entity/series.h"
#include "entity/slice.h"
#include "entity/verbs.h"
#include "json/bridge.h"
#include "json/parse.h"
#include "json/write.h"
#include "model/fqn.h"
#include "model/validate.h"
#include "view/cursor.h"
#include "view/item_values.h"

namespace metadata::entity {
namespace {

using view::moment;

Result<const model::SeriesSet*> find_set(const model::EntityType& type, std::string_view path) {
  const auto at = std::ranges::find(type.series_sets, path, &model::SeriesSet::path);
  if (at != type.series_sets.end()) return &*at;
  return not_found("entity type " + type.name + " has no " + std::string(path.substr(0, 100)));
}

Result<const model::Series*> find_ordered(const view::TypeLayout& layout, std::string_view name) {
  MD_LET(series, find_series(layout, name));
  if (series->ordered) return series;
  return not_found("the values of " + series->name + " are not kept in order of time");
}

std::vector<std::string> edits_of_set(const model::EntityType& type, const model::SeriesSet& set) {
  std::set<std::string> edits;
  for (const std::string& name : set.series) {
    for (std::string& edit : edits_of(*type.find_series(name))) edits.insert(std::move(edit));
  }
  return {edits.begin(), edits.end()};
}

/// What tells a value from the others of its series: its item, its moment, and what else the series says.
std::string id_of(const model::Series& series, const json::Value& value, const std::string& item) {
  std::string id = item.empty() ? std::string() : item + model::kKeySeparator;
  id += moment(json::int_member(value, series.timestamp).value_or(0));
  if (series.also.empty()) return id;
  return (id += model::kKeySeparator).append(json::string_or(value, series.also));
}

/// The values of one request, each with its series.
struct Sent {
  const model::Series* series = nullptr;
  json::Value* value = nullptr;
};

Result<std::vector<Sent>> values_in(const Context& context, const model::EntityType& type, const model::SeriesSet& set,
                                    json::Document& body) {
  if (!body.IsObject()) return invalid_argument("the body must be a JSON object");
  std::vector<Sent> sent;
  for (json::SizeType at = 0; at < body.MemberCount(); ++at) {
    const auto member = body.MemberBegin() + static_cast<std::ptrdiff_t>(at);
    const std::string name(json::view(member->name));
    if (std::ranges::find(set.series, name) == set.series.end())
      return invalid_argument("unknown field '" + name.substr(0, 100) + "'", name.substr(0, 100));
    if (member->value.IsNull()) continue;
    const model::Series* series = type.find_series(name);
    const auto take = [&](json::Value& value, const std::string& path) -> Error {
      MD_OK(model::validate_value(series->type, path, value, body.GetAllocator(), context.limits));
      sent.push_back({series, &value});
      return {};
    };
    if (!member->value.IsArray()) {
      MD_OK(take(member->value, name));
      continue;
    }
    for (json::SizeType i = 0; i < member->value.Size(); ++i)
      MD_OK(take(member->value[i], name + "[" + std::to_string(i) + "]"));
  }
  if (sent.empty()) return invalid_argument("one of the fields of " + set.path + " is required", set.series.front());
  return sent;
}

/// The operations that write the values, and what must be the case.
Error write_values(const Context& context, store::Reader& reader, const std::vector<Sent>& sent,
                   const store::StoredEntity& stored, std::int64_t now, store::WriteSet& set) {
  std::map<std::string, std::set<std::string>> items;  // by list
  std::set<const model::Series*> touched;
  for (const Sent& one : sent) {
    std::string item;
    if (!one.series->item.empty()) {
      auto [known, fresh] = items.try_emplace(one.series->of);
      if (fresh) MD_OK(view::item_paths(stored, known->second));
      const std::string_view name = json::string_or(*one.value, one.series->item);
      item = view::item_path(name, known->second);
      if (item.empty()) return invalid_argument("Invalid column name " + std::string(name.substr(0, 300)));
    }
    const std::int64_t at = json::int_member(*one.value, one.series->timestamp).value_or(now);
    store::SeriesRow row{id_of(*one.series, *one.value, item), at, json::write(*one.value)};
    set.operations.push_back(store::PutSeries{stored.row.id, one.series->name, std::move(row)});
    if (touched.insert(one.series).second) MD_OK(drop_old(context, reader, stored, *one.series, now, set));
  }
  return {};
}

/// The entity, and the path of the item of it that an FQN names.
Result<Place> place_of(store::Reader& reader, const view::TypeLayout& layout, const model::Series& series,
                       const EntityRef& target) {
  if (series.item.empty()) {
    MD_LET(stored, find(reader, layout, target, Include::Live));
    return Place{std::move(stored), {}};
  }
  MD_LET(place, find_with_item(reader, layout, target.fqn));
  if (place.below.empty())
    return invalid_argument("the fully qualified name of one of its " + series.of + " is expected");
  std::set<std::string> known;
  MD_OK(view::item_paths(place.stored, known));
  place.below = view::folded(place.below);
  if (!known.contains(place.below)) return no_instance(layout.type->name, target.text());
  return place;
}

std::string prefix_of(const std::string& item) { return item.empty() ? item : item + model::kKeySeparator; }

/// Values of sensitive items, as the caller sees them.
Error mask_values(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                  const model::Series& series, const Place& place, const Principal& as,
                  std::vector<store::SeriesRow>& rows) {
  if (series.sensitive.empty() || place.below.empty() || rows.empty()) return {};
  MD_LET(paths, labelled(reader, place.stored.row.rid, series.sensitive));
  if (!paths.contains(series.of + model::kKeySeparator + place.below)) return {};
  MD_LET(open, sees_sensitive(context, reader, layout, place.stored, as));
  if (open) return {};
  for (auto& row : rows) row.body = masked_value(series, row.body);
  return {};
}

/// An id for a value, from what it is of.
EntityId value_id(store::Rid owner, const model::Series& series, std::string_view id) {
  const base::Sha256 digest = base::sha256(std::to_string(owner) + " " + series.name + " " + std::string(id));
  EntityId made;
  std::copy_n(digest.begin(), made.bytes.size(), made.bytes.begin());
  made.bytes[6] = static_cast<std::uint8_t>((made.bytes[6] & 0x0f) | 0x80);  // version 8 of RFC 9562
  made.bytes[8] = static_cast<std::uint8_t>((made.bytes[8] & 0x3f) | 0x80);
  return made;
}

/// The field on request with the rights that seeing the series needs.
std::string field_with(const model::EntityType& type, const model::Series& series) {
  for (const model::Field& field : type.fields) {
    if (field.on_request && !series.view.empty() && field.view == series.view) return field.name;
  }
  return {};
}

}  // namespace

Error put_values(const Context& context, const EntityRef& target, std::string_view set_name, std::string_view text,
                 const WriteOptions& options) {
  MD_LET(layout, context.layout(target.type));
  MD_LET(series_set, find_set(*layout->type, set_name));
  const auto edits = edits_of_set(*layout->type, *series_set);
  MD_OK(access::check_outright(options.as, edits, layout->type->name));
  json::Document body;
  MD_OK(json::parse(text, body, context.limits.body));
  MD_LET(sent, values_in(context, *layout->type, *series_set, body));
  const std::int64_t now = context.clock.now_ms();
  store::WriteSet set;
  {
    MD_LET(reader, context.store.snapshot(options.interrupt));
    MD_LET(stored, find(*reader, *layout, target, Include::Live));
    MD_OK(check_stored(*reader, *layout, options.as, edits, stored.row, target));
    MD_OK(write_values(context, *reader, sent, stored, now, set));
    tell_series(stored.row, sent.front().series->name, options, now, set);
  }
  return commit_told(context, set, *layout, target, options.interrupt);
}

Result<ValuePage> values_by_time(const Context& context, const EntityRef& target, std::string_view series_name,
                                 const TimeOptions& options) {
  MD_LET(layout, context.layout(target.type));
  MD_LET(series, find_ordered(*layout, series_name));
  MD_OK(access::check_outright(options.as, views_of(*series, "ViewBasic"), layout->type->name));
  MD_LET(reader, context.store.snapshot(options.interrupt));
  MD_LET(place, place_of(*reader, *layout, *series, target));
  MD_OK(check_stored(*reader, *layout, options.as, views_of(*series, "ViewBasic"), place.stored.row, target));
  const std::string prefix = prefix_of(place.below);
  const std::string from = prefix + moment(std::max<std::int64_t>(options.from_ms, 0));
  const std::string to = prefix + moment(std::max<std::int64_t>(options.to_ms, 0)) + store::kKeyEnd;
  std::string below = to;
  if (!options.after.empty()) {
    MD_LET(cursor, view::Cursor::from_text(options.after));
    below = std::min(below, cursor.key());
  }
  const store::Rid rid = place.stored.row.rid;
  ValuePage page;
  MD_LET(total, reader->series_count(rid, series->name, from, to));
  page.total = total;
  const std::size_t limit = std::min(options.limit, context.limits.max_page);
  if (limit == 0) return page;
  MD_LET(rows, reader->series_down(rid, series->name, from, below, limit + 1));
  if (rows.size() > limit) {
    rows.pop_back();
    page.after = view::Cursor(rows.back().id).to_text();
  }
  MD_OK(mask_values(context, *reader, *layout, *series, place, options.as, rows));
  for (const auto& row : rows) {
    MD_LET(value, Json::parse(row.body, context.limits.body));
    page.values.push_back(std::move(value));
  }
  return page;
}

Error remove_values(const Context& context, const EntityRef& target, std::string_view series_name, std::int64_t at,
                    const WriteOptions& options) {
  constexpr std::size_t kAtOnce = 100;  // of one moment there are as many as operations
  MD_LET(layout, context.layout(target.type));
  MD_LET(series, find_ordered(*layout, series_name));
  const std::vector<std::string> edits = edits_of(*series);
  MD_OK(access::check_outright(options.as, edits, layout->type->name));
  store::WriteSet set;
  {
    MD_LET(reader, context.store.snapshot(options.interrupt));
    MD_LET(place, place_of(*reader, *layout, *series, target));
    MD_OK(check_stored(*reader, *layout, options.as, edits, place.stored.row, target));
    const std::string from = prefix_of(place.below) + moment(std::max<std::int64_t>(at, 0));
    MD_LET(rows, reader->series_down(place.stored.row.rid, series->name, from, from + store::kKeyEnd, kAtOnce));
    if (rows.empty() || at < 0) return no_instance(series->name, std::to_string(at));
    for (auto& row : rows)
      set.operations.push_back(store::DeleteSeries{place.stored.row.id, series->name, std::move(row.id)});
    tell_series(place.stored.row, series->name, options, context.clock.now_ms(), set);
  }
  return commit_told(context, set, *layout, target, options.interrupt);
}

Result<std::pair<std::vector<OwnedValue>, std::int64_t>> values_of_type(const Context& context, std::string_view type,
                                                                        const std::vector<std::string>& names,
                                                                        const TimeOptions& options) {
  MD_LET(layout, context.layout(type));
  MD_LET(reader, context.store.snapshot(options.interrupt));
  std::pair<std::vector<OwnedValue>, std::int64_t> found;
  const std::size_t limit = std::min(options.limit, context.limits.max_page);
  for (const std::string& name : names) {
    MD_LET(series, find_ordered(*layout, name));
    store::Survey survey;
    survey.of.type = layout->type->name;
    ListOptions seen;
    seen.as = options.as;
    seen.fields = field_with(*layout->type, *series);
    MD_OK(see_only(*layout, seen, survey.of));
    survey.series = series->name;
    survey.from = options.from_ms;
    survey.to = options.to_ms;
    survey.order = store::Survey::Order::Newest;
    survey.limit = limit;
    MD_LET(values, reader->survey(survey));
    found.second += values.total;
    std::vector<store::Rid> rids;
    for (const auto& row : values.rows) rids.push_back(row.rid);
    MD_LET(refs, reader->refs_by_rid(rids));
    std::map<store::Rid, std::string> owners;
    for (const auto& ref : refs) owners.emplace(ref.rid, view::reference_text(ref));
    for (const auto& row : values.rows) {
      if (!row.value) continue;
      // Here nobody is asked who owns what: people see data of items by the entity's own routes.
      const bool masked = !series->sensitive.empty() && options.as.kind == Principal::Kind::User;
      MD_LET(value,
             Json::parse(masked ? masked_value(*series, row.value->body) : row.value->body, context.limits.body));
      found.first.push_back(
          {value_id(row.rid, *series, row.value->id), owners[row.rid], series->name, row.value->ts, std::move(value)});
    }
  }
  std::ranges::stable_sort(found.first, std::ranges::greater(), &OwnedValue::at);
  if (found.first.size() > limit) found.first.resize(limit);
  return found;
}

}  // namespace metadata::entity
