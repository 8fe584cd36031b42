#include <algorithm>

#include "access/rules.h"
#include "entity/body.h"
#include "entity/save.h"
#include "entity/verbs.h"
#include "json/parse.h"
#include "json/write.h"

namespace metadata::entity {
namespace {

/// The declared series of that name, or NotFound.
Result<const model::Series*> find_series(const view::TypeLayout& layout, std::string_view name) {
  const auto& all = layout.type->series;
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto& series) { return series.name == name; });
  if (found == all.end())
    return not_found("entity type " + layout.type->name + " has no series " + std::string(name.substr(0, 100)));
  return &*found;
}

/// The text of a member that is a string or an integer.
std::string key_text(const json::Value& value, const std::string& member) {
  const json::Value* key = json::find(value, member);
  if (key == nullptr) return {};
  if (key->IsString()) return std::string(json::view(*key));
  return key->IsInt64() ? std::to_string(key->GetInt64()) : std::string();
}

}  // namespace

Result<std::string> put_value(const Context& context, const EntityRef& target, std::string_view series_name,
                              std::string_view text, const WriteOptions& options) {
  MD_LET(layout, context.layout(target.type));
  MD_LET(series, find_series(*layout, series_name));
  MD_OK(access::check(options.as, {series->edit.empty() ? "EditAll" : series->edit}, layout->type->name));
  json::Document value;
  MD_OK(json::parse(text, value, context.limits.body));
  MD_OK(model::validate_value(series->type, series->name, value, value.GetAllocator(), context.limits));
  store::SeriesRow row;
  row.id = key_text(value, series->key);
  if (row.id.empty()) return invalid_argument(series->key + " field is required", series->key);
  const std::int64_t now = context.clock.now_ms();
  const auto stamp = json::int_member(value, series->timestamp);
  row.ts = stamp.value_or(now);
  if (!stamp) {
    json::Value given;
    given.SetInt64(now);
    json::set(value, series->timestamp, std::move(given), value.GetAllocator());
  }
  row.body = json::write(value);

  EntityId id;
  store::WriteSet set;
  {
    MD_LET(reader, context.store.snapshot(options.interrupt));
    MD_LET(stored, find(*reader, *layout, target, Include::Live));
    id = stored.row.id;
    set.preconditions.push_back(store::RowAlive{id});
    set.operations.push_back(store::PutSeries{id, std::string(series_name), row});
    auto record = log_record(stored.row, store::LogKind::Series, {options.as, options.change_source, now}, "");
    record.facts = "{\"series\":" + json::write(json::make_string(series_name, value.GetAllocator())) + "}";
    set.operations.push_back(store::AppendLog{std::move(record)});
  }
  const auto applied = context.store.commit(set, options.interrupt);
  if (!applied.ok()) {
    return applied.error().code() == Code::Conflict ? no_instance(layout->type->name, target.text()) : applied.error();
  }
  return row.body;
}

Result<std::string> value(const Context& context, const EntityRef& target, std::string_view series_name,
                          std::string_view key, const Interrupt& interrupt) {
  MD_LET(layout, context.layout(target.type));
  MD_LET(series, find_series(*layout, series_name));
  MD_LET(reader, context.store.snapshot(interrupt));
  MD_LET(stored, find(*reader, *layout, target, Include::Live));
  MD_LET(row, reader->series_value(stored.row.rid, series->name, key));
  if (!row) return no_instance(series->name, key);
  return row->body;
}

Result<std::vector<std::string>> values(const Context& context, const EntityRef& target, std::string_view series_name,
                                        std::int64_t from, std::int64_t to, std::size_t limit,
                                        const Interrupt& interrupt) {
  MD_LET(layout, context.layout(target.type));
  MD_LET(series, find_series(*layout, series_name));
  MD_LET(reader, context.store.snapshot(interrupt));
  MD_LET(stored, find(*reader, *layout, target, Include::Live));
  MD_LET(rows, reader->series(stored.row.rid, series->name, from, to, std::min(limit, context.limits.max_page)));
  std::vector<std::string> values;
  for (auto& row : rows) values.push_back(std::move(row.body));
  return values;
}

}  // namespace metadata::entity
