#include <algorithm>
#include <optional>

#include "access/sight.h"
#include "base/interrupt.h"
#include "entity/allowed.h"
#include "entity/mask.h"
#include "entity/slice.h"
#include "entity/verbs.h"
#include "model/fqn.h"
#include "model/operations.h"
#include "view/computed.h"
#include "view/cursor.h"

namespace metadata::entity {
namespace {

store::Rows rows_of(Include include) {
  switch (include) {
    case Include::Live:
      return store::Rows::Live;
    case Include::Deleted:
      return store::Rows::Deleted;
    case Include::All:
      return store::Rows::All;
  }
  return store::Rows::Live;
}

bool has(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Narrows the range to what lies under the container. False when nothing can match any more.
bool narrow(store::ListQuery& query, const std::string& container_key) {
  const std::string lower = container_key + store::kKeySeparator;
  const std::string upper = container_key + store::kKeyEnd;
  if (query.lower.empty() || lower > query.lower) query.lower = lower;
  if (query.upper.empty() || upper < query.upper) query.upper = upper;
  return query.lower < query.upper;
}

const model::Field* related_field(const model::EntityType& type, std::string_view filter) {
  for (const auto& relation : type.relation_filters) {
    if (relation.name == filter) return type.find(relation.field);
  }
  return nullptr;
}

/// Narrows the query to entities that have an edge to the named one. False when there is no such entity.
Result<bool> relate(const Context& context, store::Reader& reader, const model::Field& field, const std::string& name,
                    store::ListQuery& query) {
  std::vector<store::TypedKey> keys;
  for (const std::string& other : field.relation.types) {
    const model::EntityType* type = context.registry().type(other);
    if (type == nullptr) continue;
    auto key = model::key_of_fqn(*type, name);
    if (key.ok()) keys.push_back({other, *std::move(key)});
  }
  MD_LET(refs, reader.refs_by_key(keys));
  if (const auto id = EntityId::parse(name); id && refs.empty()) {
    MD_LET(named, reader.refs_by_id(std::span(&*id, 1)));
    refs = std::move(named);
  }
  if (refs.empty()) return false;
  query.related.push_back({refs.front().id, field.relation.kind, field.relation.outgoing});
  return true;
}

/// Reads the filters into the query. False when they cannot match anything.
Result<bool> apply_filters(const Context& context, store::Reader& reader, const model::EntityType& type,
                           const std::vector<Filter>& filters, store::ListQuery& query) {
  bool possible = true;
  for (const Filter& filter : filters) {
    if (has(type.container_filters, filter.name)) {
      auto key = model::key_of_any_fqn(filter.value);
      if (!key.ok()) return key.error().with_field(filter.name);
      possible = narrow(query, *key) && possible;
    } else if (has(type.filters, filter.name)) {
      query.attributes.push_back({filter.name, filter.value});
    } else if (const model::Field* field = related_field(type, filter.name)) {
      MD_LET(found, relate(context, reader, *field, filter.value, query));
      possible = found && possible;
    } else {
      return invalid_argument(type.name + " has no filter '" + filter.name.substr(0, 100) + "'", filter.name);
    }
  }
  return possible;
}

/// The rows of a page, in ascending order, and whether there are more beyond it in the direction of reading.
struct Rows {
  std::vector<store::StoredEntity> entities;
  bool more = false;
};

Result<Rows> read_rows(store::Reader& reader, store::ListQuery query, const std::optional<view::Cursor>& before,
                       const std::optional<view::Cursor>& after, std::size_t limit) {
  if (after && after->key() > query.lower) query.lower = after->key();
  if (before && (query.upper.empty() || before->key() < query.upper)) query.upper = before->key();
  query.descending = before.has_value();
  query.limit = limit + 1;
  Rows rows;
  MD_LET(entities, reader.list(query));
  rows.entities = std::move(entities);
  rows.more = rows.entities.size() > limit;
  if (rows.more) rows.entities.pop_back();
  if (query.descending) std::reverse(rows.entities.begin(), rows.entities.end());
  return rows;
}

Result<std::optional<view::Cursor>> read_cursor(const std::string& text) {
  if (text.empty()) return std::optional<view::Cursor>();
  MD_LET(cursor, view::Cursor::from_text(text));
  return std::optional(std::move(cursor));
}

/// An entity, and where in the store it was read from.
struct Answer {
  Entity entity;
  store::Footprint places;
};

Result<Answer> read_one(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                        const EntityRef& target, const view::Asked& asked, const ReadOptions& options,
                        std::int64_t now_ms) {
  MD_LET(stored, find(reader, layout, target, options.include));
  if (!access::sees_everything(options.as)) {
    const auto operations = model::view_operations(*layout.type, options.fields);
    MD_OK(check_stored(reader, layout, options.as, operations, stored.row, target));
    MD_OK(hide_in_changes(context, reader, options.as, std::span(&stored, 1)));
  }
  MD_LET(around, view::Surroundings::fetch(reader, context.layouts, layout, std::span(&stored, 1), asked,
                                           context.limits, now_ms, seen_by(context, reader, options.as)));
  MD_OK(mask_sensitive(context, reader, layout, std::span(&stored, 1), options.as, around));
  MD_LET(entity, view::compose(layout, stored, around, asked, context.sight(options.as)));
  return Answer{std::move(entity), around.places(stored.row)};
}

/// May the caller see whatever there is, with these fields? Then an answer is anybody's.
bool sees_all_fields(const model::EntityType& type, const ReadOptions& options) {
  using Kind = Principal::Kind;
  if (options.as.kind == Kind::Embedded || options.as.kind == Kind::Admin) return true;
  if (!access::sees_everything(options.as)) return false;
  if (options.fields.empty() || options.as.rules->views_everything()) return true;
  const auto operations = model::view_operations(type, options.fields);
  return std::all_of(operations.begin(), operations.end(), [&](const std::string& operation) {
    return access::verdict(options.as, operation, type.name) == access::Truth::Yes;
  });
}

}  // namespace

Error see_only(const view::TypeLayout& layout, const ListOptions& options, store::ListQuery& query) {
  const auto operations = model::view_operations(*layout.type, options.fields);
  MD_OK(access::check_outright(options.as, operations, layout.type->name));
  access::Formula seen = true;
  for (const std::string& operation : operations)
    seen = std::move(seen) && access::where(options.as, operation, layout.type->name);
  if (!seen.is_constant() || !seen.constant()) query.condition = access::row_condition(seen, layout.shape);
  return {};
}

Result<bool> begin_listing(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                           const ListOptions& options, store::ListQuery& query) {
  query.type = layout.type->name;
  query.rows = rows_of(options.include);
  MD_OK(see_only(layout, options, query));
  return apply_filters(context, reader, *layout.type, options.filters, query);
}

Result<std::vector<Entity>> compose_rows(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                                         std::vector<store::StoredEntity>& rows, const view::Asked& asked,
                                         const ListOptions& options) {
  std::vector<Entity> entities;
  MD_OK(hide_in_changes(context, reader, options.as, rows));
  MD_LET(around, view::Surroundings::fetch(reader, context.layouts, layout, rows, asked, context.limits,
                                           context.clock.now_ms(), seen_by(context, reader, options.as)));
  MD_OK(mask_sensitive(context, reader, layout, rows, options.as, around));
  entities.reserve(rows.size());
  for (const auto& stored : rows) {
    MD_OK(base::check(options.interrupt));
    MD_LET(entity, view::compose(layout, stored, around, asked, context.sight(options.as)));
    entities.push_back(std::move(entity));
  }
  return entities;
}

Result<Entity> get(const Context& context, const EntityRef& target, const ReadOptions& options) {
  const std::int64_t now_ms = context.clock.now_ms();
  MD_LET(layout, context.layout(target.type));
  const bool shared = sees_all_fields(*layout->type, options);
  const std::string name =
      shared ? context.answers.name(target, options, context.sight(options.as).clear, now_ms) : std::string();
  if (auto known = context.answers.find(name)) return *std::move(known);

  MD_LET(asked, view::Asked::parse(*layout->type, options.fields));
  if (!shared)
    MD_OK(access::check_outright(options.as, model::view_operations(*layout->type, options.fields), target.type));
  if (shared && view::is_steady(*layout, asked)) {
    const store::Generations& generations = context.store.generations();
    const auto since = generations.now();
    MD_LET(reader, context.store.glance(options.interrupt));
    MD_LET(answer, read_one(context, *reader, *layout, target, asked, options, now_ms));
    if (generations.unchanged(answer.places, since)) {
      context.answers.keep(name, answer.entity, std::move(answer.places), since);
      return std::move(answer.entity);
    }
    // A writer came in between the questions; the answers may not fit together.
  }
  MD_LET(reader, context.store.snapshot(options.interrupt));
  MD_LET(answer, read_one(context, *reader, *layout, target, asked, options, now_ms));
  return std::move(answer.entity);
}

Result<Entity> get_from(const Context& context, store::Reader& reader, const EntityRef& target,
                        const ReadOptions& options) {
  MD_LET(layout, context.layout(target.type));
  MD_LET(asked, view::Asked::parse(*layout->type, options.fields));
  MD_OK(access::check_outright(options.as, model::view_operations(*layout->type, options.fields), target.type));
  MD_LET(answer, read_one(context, reader, *layout, target, asked, options, context.clock.now_ms()));
  return std::move(answer.entity);
}

Result<Page> list(const Context& context, std::string_view type, const ListOptions& options) {
  MD_LET(layout, context.layout(type));
  MD_LET(asked, view::Asked::parse(*layout->type, options.fields));
  if (options.limit < 0) return invalid_argument("limit must be greater than or equal to 0", "limit");
  if (!options.before.empty() && !options.after.empty()) {
    return invalid_argument("Only one of before or after query parameter allowed", "before");
  }
  MD_LET(before, read_cursor(options.before));
  MD_LET(after, read_cursor(options.after));
  store::ListQuery query;
  MD_OK(access::check_outright(options.as, model::view_operations(*layout->type, options.fields), layout->type->name));
  MD_LET(reader, context.store.snapshot(options.interrupt));
  MD_LET(possible, begin_listing(context, *reader, *layout, options, query));
  Page page;
  if (!possible) return page;
  MD_LET(total, reader->count(query));
  page.total = total;
  const std::size_t limit = std::min(static_cast<std::size_t>(options.limit), context.limits.max_page);
  if (limit == 0) return page;

  MD_LET(rows, read_rows(*reader, query, before, after, limit));
  if (rows.entities.empty()) return page;
  MD_LET(entities, compose_rows(context, *reader, *layout, rows.entities, asked, options));
  page.entities = std::move(entities);
  const view::Cursor first(rows.entities.front().row.fqn_key);
  const view::Cursor last(rows.entities.back().row.fqn_key);
  if (before ? rows.more : after.has_value()) page.before = first.to_text();
  if (before || rows.more) page.after = last.to_text();
  return page;
}

}  // namespace metadata::entity
