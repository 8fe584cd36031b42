#include <set>
#include <utility>

#include "base/interrupt.h"
#include "bulk/csv_text.h"
#include "bulk/file.h"
#include "bulk/groups.h"
#include "entity/verbs.h"
#include "json/parse.h"

namespace metadata::bulk {
namespace {

constexpr std::int64_t kPage = 500;

/// Writes the rows of a file page by page; each page is of one moment.
class Writer {
 public:
  Writer(const entity::Context& context, const File& file, const ReadOptions& options, const CsvOptions& csv)
      : context_(context), file_(file), options_(options), csv_(csv) {}

  Result<std::string> run() {
    append_row(out_, file_.headers());
    switch (file_.of) {
      case File::Of::Alone:
      case File::Of::Items:
        MD_OK(write_one(file_.kinds.front()));
        break;
      case File::Of::Group:
        MD_OK(write_group());
        break;
      case File::Of::Below:
        MD_OK(write_below());
        break;
    }
    return std::move(out_);
  }

 private:
  Error write_one(const RowKind& kind) {
    ReadOptions options = options_;
    options.fields = kind.fields;
    MD_LET(entity, entity::get(context_, EntityRef::by_fqn(kind.type().name, file_.scope_fqn), options));
    return write_entity(kind, nullptr, entity);
  }

  Error write_below() {
    for (std::size_t i = 0; i < file_.kinds.size(); ++i) {
      const RowKind& kind = file_.kinds[i];
      if (kind.list != nullptr) continue;
      const RowKind* items =
          i + 1 < file_.kinds.size() && file_.kinds[i + 1].list != nullptr ? &file_.kinds[i + 1] : nullptr;
      MD_OK(write_list(kind, items, {kind.type().container_filters.front(), file_.scope_fqn}));
    }
    return {};
  }

  /// All that names the group, or a group below it: groups before those within them.
  Error write_group() {
    const RowKind& kind = file_.kinds.front();
    MD_LET(groups, groups_below(context_, file_, options_));
    const std::string filter = group_filter(kind.type(), file_.rule->group_field);
    for (const std::string& group : groups) MD_OK(write_list(kind, nullptr, {filter, group}));
    return {};
  }

  Error write_list(const RowKind& kind, const RowKind* items, Filter filter) {
    ListOptions options;
    options.as = options_.as;
    options.interrupt = options_.interrupt;
    options.limit = kPage;
    options.fields = kind.fields;
    options.filters = {std::move(filter)};
    do {
      MD_LET(page, entity::list(context_, kind.type().name, options));
      for (const Entity& entity : page.entities) MD_OK(write_entity(kind, items, entity));
      options.after = page.after;
    } while (!options.after.empty());
    return {};
  }

  Error write_entity(const RowKind& kind, const RowKind* items, const Entity& entity) {
    if (file_.of == File::Of::Group && !written_.insert(entity.fqn()).second) return {};
    json::Document tree;
    MD_OK(json::parse_trusted(entity.text(), tree));
    if (kind.list == nullptr) MD_OK(write_row(kind, entity.fqn(), tree));
    const RowKind* of_items = kind.list != nullptr ? &kind : items;
    if (of_items == nullptr) return {};
    for (const json::Value* item : items_of(*of_items, tree)) MD_OK(write_row(*of_items, entity.fqn(), *item));
    return {};
  }

  Error write_row(const RowKind& kind, std::string_view entity_fqn, const json::Value& tree) {
    MD_OK(base::check(options_.interrupt));
    const Limits& limits = context_.limits;
    if (++rows_ >= limits.max_csv_rows)
      return too_large("a CSV file has at most " + std::to_string(limits.max_csv_rows) +
                       " rows: export what lies below in parts");
    const std::vector<Entries> row = row_of(context_, kind, entity_fqn, tree);
    std::vector<std::string> cells;
    for (std::size_t i = 0; i < row.size(); ++i) cells.push_back(cell_of(kind.columns[i], row[i]));
    append_row(out_, cells);
    if (out_.size() > limits.max_csv_bytes)
      return too_large("a CSV file has at most " + std::to_string(limits.max_csv_bytes) +
                       " bytes: export what lies below in parts");
    if (csv_.progress && rows_ % kPage == 0) csv_.progress(rows_);
    return {};
  }

  const entity::Context& context_;
  const File& file_;
  const ReadOptions& options_;
  const CsvOptions& csv_;
  std::string out_;
  std::size_t rows_ = 0;
  std::set<std::string> written_;  // FQNs of what groups share
};

}  // namespace
}  // namespace metadata::bulk

namespace metadata {

Result<std::string> Csv::write(std::string_view type, const EntityRef& scope, const ReadOptions& options,
                               const CsvOptions& csv) const {
  const entity::Context& context = parts_->entities;
  MD_LET(file, bulk::open_file(context, type, scope, options, csv.recursive));
  return bulk::Writer(context, file, options, csv).run();
}

}  // namespace metadata
