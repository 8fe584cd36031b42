#include <algorithm>
#include <unordered_set>

#include "access/sight.h"
#include "entity/allowed.h"
#include "entity/body.h"
#include "entity/save.h"
#include "entity/verbs.h"
#include "json/parse.h"
#include "json/write.h"
#include "model/formats.h"

namespace metadata::entity {
namespace {

/// The declared series of that name, or NotFound.
Result<const model::Series*> find_series(const view::TypeLayout& layout, std::string_view name) {
  const model::Series* found = layout.type->find_series(name);
  if (found != nullptr && !found->internal) return found;
  return not_found("entity type " + layout.type->name + " has no series " + std::string(name.substr(0, 100)));
}

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

/// Adds what a change of a series leaves in the log, and that the entity must be there still.
void tell(const store::EntityRow& row, const model::Series& series, const WriteOptions& options, std::int64_t now,
          store::WriteSet& set) {
  set.preconditions.push_back(store::RowAlive{row.id});
  auto record = log_record(row, store::LogKind::Series, {options.as, options.change_source, now}, "");
  record.facts = "{\"series\":";
  json::append_quoted(record.facts, series.name);
  record.facts += '}';
  set.operations.push_back(store::AppendLog{std::move(record)});
}

Error commit(const Context& context, const store::WriteSet& set, const EntityRef& target,
             const view::TypeLayout& layout, const Interrupt& interrupt) {
  const auto applied = context.store.commit(set, interrupt);
  if (applied.ok()) return {};
  return applied.error().code() == Code::Conflict ? no_instance(layout.type->name, target.text()) : applied.error();
}

std::vector<std::string> edit_of(const model::Series& series) {
  return {series.edit.empty() ? std::string("EditAll") : series.edit};
}

}  // namespace

Result<std::string> put_value(const Context& context, const EntityRef& target, std::string_view series_name,
                              std::string_view text, const WriteOptions& options, const WithValue& with) {
  MD_LET(layout, context.layout(target.type));
  MD_LET(series, find_series(*layout, series_name));
  MD_OK(access::check_outright(options.as, edit_of(*series), layout->type->name));
  json::Document value;
  MD_OK(json::parse(text, value, context.limits.body));
  MD_OK(model::validate_value(series->type, series->name, value, value.GetAllocator(), context.limits));
  store::SeriesRow row;
  const std::int64_t now = context.clock.now_ms();
  // Of the time of the write, when the sender need not say otherwise and does not.
  if (json::find(value, series->timestamp) == nullptr)
    json::set(value, series->timestamp, json::Value(now), value.GetAllocator());
  store::WriteSet set;
  {
    MD_LET(reader, context.store.snapshot(options.interrupt));
    MD_LET(stored, find(*reader, *layout, target, Include::Live));
    MD_OK(check_stored(*reader, *layout, options.as, edit_of(*series), stored.row, target));
    MD_OK(check_known(*series, value, stored));
    if (with) MD_OK(with(*reader, stored, value, set));
    row.id = key_text(value, series->key);
    if (row.id.empty()) return invalid_argument(series->key + " field is required", series->key);
    row.ts = json::int_member(value, series->timestamp).value_or(now);
    row.body = json::write(value);
    set.operations.push_back(store::PutSeries{stored.row.id, series->name, row});
    tell(stored.row, *series, options, now, set);
  }
  MD_OK(commit(context, set, target, *layout, options.interrupt));
  return row.body;
}

Error remove_value(const Context& context, const EntityRef& target, std::string_view series_name, std::string_view key,
                   const WriteOptions& options) {
  MD_LET(layout, context.layout(target.type));
  MD_LET(series, find_series(*layout, series_name));
  MD_OK(access::check_outright(options.as, edit_of(*series), layout->type->name));
  store::WriteSet set;
  {
    MD_LET(reader, context.store.snapshot(options.interrupt));
    MD_LET(stored, find(*reader, *layout, target, Include::Live));
    MD_OK(check_stored(*reader, *layout, options.as, edit_of(*series), stored.row, target));
    MD_LET(row, reader->series_value(stored.row.rid, series->name, key));
    if (!row) return no_instance(series->name, key);
    set.operations.push_back(store::DeleteSeries{stored.row.id, series->name, row->id});
    tell(stored.row, *series, options, context.clock.now_ms(), set);
  }
  return commit(context, set, target, *layout, options.interrupt);
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
