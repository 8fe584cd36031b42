#include "access/sight.h"
#include "base/interrupt.h"
#include "entity/allowed.h"
#include "entity/delta.h"
#include "entity/past.h"
#include "entity/verbs.h"
#include "json/parse.h"

namespace metadata::entity {
namespace {

store::StoredEntity row_at(const store::StoredEntity& present, const store::HistoryRow& past) {
  store::StoredEntity stored;
  stored.row = present.row;
  stored.row.version = past.version;
  stored.row.revision = past.revision;
  stored.row.updated_at = past.updated_at;
  stored.row.updated_by = past.updated_by;
  stored.row.deleted = past.deleted;
  stored.row.mark = past.mark;
  stored.body.change = past.change;
  return stored;
}

/// The entity of a past version as a reader sees it; what its references name is looked up as it is now.
Result<Entity> show(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                    const Loaded& present, const store::HistoryRow& past, const json::Document& form,
                    const Principal& as) {
  store::StoredEntity stored = row_at(present.stored, past);
  view::Surroundings around;
  around.containers = present.around.containers;
  MD_OK(go_back(reader, layout, form, stored, around));
  MD_OK(hide(context, reader, as, around));
  MD_OK(around.describe(reader, layout));
  MD_OK(hide_in_changes(context, reader, as, std::span(&stored, 1)));
  return view::compose(layout, stored, around, view::Asked::own(*layout.type), context.sight(as));
}

Result<Loaded> load_present(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                            const EntityRef& target, const Principal& as) {
  MD_LET(stored, find(reader, layout, target, Include::All));
  MD_OK(check_stored(reader, layout, as, {}, stored.row, target));
  return load(context, reader, layout, std::move(stored));
}

Result<Entity> show_present(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                            const Loaded& present, const Principal& as) {
  view::Surroundings around = present.around;
  store::StoredEntity stored = present.stored;
  MD_OK(hide(context, reader, as, around));
  MD_OK(hide_in_changes(context, reader, as, std::span(&stored, 1)));
  return view::compose(layout, stored, around, view::Asked::own(*layout.type), context.sight(as));
}

}  // namespace

Result<History> versions(const Context& context, const EntityRef& target, const HistoryOptions& options) {
  MD_LET(layout, context.layout(target.type));
  MD_OK(access::check_outright(options.as, {}, layout->type->name));
  MD_LET(reader, context.store.snapshot(options.interrupt));
  MD_LET(present, load_present(context, *reader, *layout, target, options.as));
  const std::size_t limit = std::min(options.limit, context.limits.max_history_page);

  History history;
  history.type = layout->type->name;
  MD_LET(past_count, reader->history_count(present.stored.row.rid));
  history.total = past_count + 1;
  if (limit == 0) return history;
  if (options.offset == 0) {
    MD_LET(now, show_present(context, *reader, *layout, present, options.as));
    history.versions.push_back(now.text());
  }
  // Rows are numbered from the newest past version; the form is walked down from the present to the first one that is
  // shown.
  const std::size_t last = options.offset + limit - 1;
  MD_LET(rows, reader->history(present.stored.row.rid, last, 0));
  json::Document form = view::versioned_form(*layout, present.working, present.tags);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    MD_OK(base::check(options.interrupt));
    MD_OK(past_form(*layout, rows[i], form));
    if (i + 1 < options.offset) continue;
    MD_LET(shown, show(context, *reader, *layout, present, rows[i], form, options.as));
    history.versions.push_back(shown.text());
  }
  return history;
}

Result<Entity> version(const Context& context, const EntityRef& target, Version version, const ReadOptions& options) {
  MD_LET(layout, context.layout(target.type));
  MD_OK(access::check_outright(options.as, {}, layout->type->name));
  MD_LET(reader, context.store.snapshot(options.interrupt));
  MD_LET(present, load_present(context, *reader, *layout, target, options.as));
  if (version == present.stored.row.version) {
    return show_present(context, *reader, *layout, present, options.as);
  }
  MD_LET(rows, reader->history_down_to(present.stored.row.rid, version));
  if (rows.empty() || rows.back().version != version) {
    return no_instance(layout->type->name, target.text() + " and version " + version.text());
  }
  json::Document form = view::versioned_form(*layout, present.working, present.tags);
  for (const auto& row : rows) {
    MD_OK(base::check(options.interrupt));
    MD_OK(past_form(*layout, row, form));
  }
  return show(context, *reader, *layout, present, rows.back(), form, options.as);
}

}  // namespace metadata::entity
