#include <algorithm>
#include <unordered_set>

#include "access/sight.h"
#include "entity/allowed.h"
#include "entity/body.h"
#include "entity/save.h"
#include "entity/series.h"
#include "entity/verbs.h"
#include "json/parse.h"
#include "json/write.h"
#include "model/formats.h"
#include "view/items.h"

namespace metadata::entity {

Result<const model::Series*> find_kept(const view::TypeLayout& layout, std::string_view name) {
  const model::Series* found = layout.type->find_series(name);
  if (found != nullptr) return found;
  return not_found("entity type " + layout.type->name + " has no " + std::string(name));
}

Result<const model::Series*> find_series(const view::TypeLayout& layout, std::string_view name) {
  const model::Series* found = layout.type->find_series(name);
  if (found != nullptr && !found->internal) return found;
  return not_found("entity type " + layout.type->name + " has no series " + std::string(name.substr(0, 100)));
}

namespace {

/// The key of what there is one of.
constexpr std::string_view kOnlyValue = "value";

/// The text of a member that is a string or an integer.
std::string key_text(const json::Value& value, const std::string& member) {
  const json::Value* key = json::find(value, member);
  if (key == nullptr) return {};
  if (key->IsString()) return std::string(json::view(*key));
  return key->IsInt64() ? std::to_string(key->GetInt64()) : std::string();
}

/// InvalidArgument when an item of the value bears a name that no item of the entity has.
Error check_known(const model::Series& series, const json::Value& value, const store::StoredEntity& stored) {
  if (series.known.empty()) return {};
  json::Document document;
  MD_OK(json::parse_trusted(stored.body.document, document));
  for (const model::KnownItems& known : series.known) {
    const json::Value* items = json::find(value, known.list);
    if (items == nullptr) continue;
    std::unordered_set<std::string_view> names;
    if (const json::Value* own = json::find(document, known.of); own != nullptr) {
      for (const json::Value& item : own->GetArray()) names.insert(json::string_or(item, "name"));
    }
    for (json::SizeType i = 0; i < items->Size(); ++i) {
      const std::string_view name = json::string_or((*items)[i], "name");
      if (names.contains(name)) continue;
      return invalid_argument(
          "Invalid name " + model::shown(name) + ": it is not among the " + known.of + " of the " + stored.row.type,
          known.list + "[" + std::to_string(i) + "].name");
    }
  }
  return {};
}

}  // namespace

std::vector<std::string> edits_of(const model::Series& series) {
  return {series.edit.empty() ? std::string("EditAll") : series.edit};
}

std::vector<std::string> views_of(const model::Series& series, std::string_view otherwise) {
  return {series.view.empty() ? std::string(otherwise) : series.view};
}

Error commit_told(const Context& context, const store::WriteSet& set, const view::TypeLayout& layout,
                  const EntityRef& target, const Interrupt& interrupt) {
  const auto applied = context.store.commit(set, interrupt);
  if (applied.ok()) return {};
  return applied.error().code() == Code::Conflict ? no_instance(layout.type->name, target.text()) : applied.error();
}

void tell_series(const store::EntityRow& row, std::string_view series, const WriteOptions& options, std::int64_t now,
                 store::WriteSet& set) {
  set.preconditions.push_back(store::RowAlive{row.id});
  auto record = log_record(row, store::LogKind::Series, {options.as, options.change_source, now}, "");
  record.facts = "{\"series\":";
  json::append_quoted(record.facts, series);
  record.facts += '}';
  set.operations.push_back(store::AppendLog{std::move(record)});
}

Error drop_old(const Context& context, store::Reader& reader, const store::StoredEntity& stored,
               const model::Series& series, std::int64_t now, store::WriteSet& set) {
  constexpr std::size_t kAtOnce = 100;
  const std::int64_t age = context.limits.series_age.count();
  if (age <= 0 || series.single) return {};
  MD_LET(old, reader.series(stored.row.rid, series.name, INT64_MIN, now - age - 1, kAtOnce));
  for (auto& row : old) set.operations.push_back(store::DeleteSeries{stored.row.id, series.name, std::move(row.id)});
  return {};
}

namespace {

/// A sample of data is of columns that there are, in rows as wide as it says, and no larger than a sample.
Error check_sample(const model::Series& series, const json::Value& value, const store::StoredEntity& stored,
                   const Limits& limits) {
  if (!series.single) return {};
  if (json::write(value).size() > limits.max_sample_bytes) {
    return Error(Code::TooLarge, "a " + series.name + " has at most " + std::to_string(limits.max_sample_bytes) +
                                     " bytes: send fewer or shorter rows");
  }
  if (series.columns.empty()) return {};
  json::Document document;
  MD_OK(json::parse_trusted(stored.body.document, document));
  std::unordered_set<std::string> known;
  if (const json::Value* own = json::find(document, series.of); own != nullptr && own->IsArray()) {
    for (const json::Value& item : own->GetArray()) known.insert(view::folded(json::string_or(item, "name")));
  }
  std::size_t width = 0;
  if (const json::Value* columns = json::find(value, series.columns); columns != nullptr) {
    width = columns->Size();
    for (const json::Value& column : columns->GetArray()) {
      const std::string_view name = json::view(column);
      if (!known.contains(view::folded(name)))
        return invalid_argument("Invalid column name " + std::string(name.substr(0, 300)));
    }
  }
  const json::Value* rows = json::find(value, series.rows);
  if (rows == nullptr) return {};
  for (const json::Value& row : rows->GetArray()) {
    if (row.Size() == width) continue;
    return invalid_argument("Number of columns is " + std::to_string(width) + " but row has " +
                            std::to_string(row.Size()) + " sample values");
  }
  return {};
}

}  // namespace

Result<std::string> put_value(const Context& context, const EntityRef& target, std::string_view series_name,
                              std::string_view text, const WriteOptions& options, const WithValue& with) {
  MD_LET(layout, context.layout(target.type));
  MD_LET(series, find_series(*layout, series_name));
  if (series->ordered) return not_found("values of " + series->name + " come as a set, with others");
  MD_OK(access::check_outright(options.as, edits_of(*series), layout->type->name));
  json::Document value;
  MD_OK(json::parse(text, value, context.limits.body));
  MD_OK(model::validate_value(series->type, series->name, value, value.GetAllocator(), context.limits));
  store::SeriesRow row;
  const std::int64_t now = context.clock.now_ms();
  // A key that is an id is made here, when the sender does not know it.
  const model::Field* key = series->type.fields->find(series->key);
  if (key != nullptr && key->type.format == model::Format::Uuid && json::find(value, series->key) == nullptr)
    json::set_string(value, series->key, context.ids.next().text(), value.GetAllocator());
  // Of the time of the write, when the sender need not say otherwise and does not.
  if (!series->timestamp.empty() && json::find(value, series->timestamp) == nullptr)
    json::set(value, series->timestamp, json::Value(now), value.GetAllocator());
  store::WriteSet set;
  {
    MD_LET(reader, context.store.snapshot(options.interrupt));
    MD_LET(stored, find(*reader, *layout, target, Include::Live));
    MD_OK(check_stored(*reader, *layout, options.as, edits_of(*series), stored.row, target));
    MD_OK(check_known(*series, value, stored));
    MD_OK(check_sample(*series, value, stored, context.limits));
    if (with) MD_OK(with(*reader, stored, value, set));
    row.id = series->single ? std::string(kOnlyValue) : key_text(value, series->key);
    if (row.id.empty()) return invalid_argument(series->key + " field is required", series->key);
    row.ts = series->single ? now : json::int_member(value, series->timestamp).value_or(now);
    row.body = json::write(value);
    set.operations.push_back(store::PutSeries{stored.row.id, series->name, row});
    MD_OK(drop_old(context, *reader, stored, *series, now, set));
    tell_series(stored.row, series->name, options, now, set);
  }
  MD_OK(commit_told(context, set, *layout, target, options.interrupt));
  return row.body;
}

Error remove_value(const Context& context, const EntityRef& target, std::string_view series_name, std::string_view key,
                   const WriteOptions& options) {
  MD_LET(layout, context.layout(target.type));
  MD_LET(series, find_series(*layout, series_name));
  MD_OK(access::check_outright(options.as, edits_of(*series), layout->type->name));
  store::WriteSet set;
  {
    MD_LET(reader, context.store.snapshot(options.interrupt));
    MD_LET(stored, find(*reader, *layout, target, Include::Live));
    MD_OK(check_stored(*reader, *layout, options.as, edits_of(*series), stored.row, target));
    MD_LET(row, reader->series_value(stored.row.rid, series->name, series->single ? kOnlyValue : key));
    if (!row) return no_instance(series->name, series->single ? target.text() : std::string(key));
    set.operations.push_back(store::DeleteSeries{stored.row.id, series->name, row->id});
    tell_series(stored.row, series->name, options, context.clock.now_ms(), set);
  }
  return commit_told(context, set, *layout, target, options.interrupt);
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
