#include "bulk/file.h"

#include <algorithm>

#include "entity/verbs.h"
#include "model/fqn.h"

namespace metadata::bulk {
namespace {

using Kind = BoundColumn::Kind;

void ask_for(std::string& fields, const std::string& name) {
  if (("," + fields + ",").find("," + name + ",") != std::string::npos) return;
  fields.append(fields.empty() ? "" : ",").append(name);
}

RowKind kind_of(const view::TypeLayout& layout, const model::CsvFile& file, const model::Field* list) {
  RowKind kind;
  kind.layout = &layout;
  kind.list = list;
  kind.word = list == nullptr ? layout.type->name : layout.type->csv.item_type;
  const auto& fields = list == nullptr ? layout.type->fields : list->type.element->fields->fields;
  for (const model::CsvColumn& column : file.columns) {
    kind.columns.push_back(bind(column, fields));
    const BoundColumn& bound = kind.columns.back();
    if (bound.kind == Kind::None || bound.field == nullptr) continue;
    // Labels of items are asked for as those of the entity are.
    const model::Field* asked = list == nullptr ? bound.field : layout.type->find(bound.field->name);
    const bool needed = list == nullptr || bound.kind == Kind::Labels;
    if (needed && asked != nullptr && asked->on_request) ask_for(kind.fields, asked->name);
  }
  return kind;
}

/// The FQN of the container, where that is of the row's own type.
Entries parent_entry(const view::TypeLayout& layout, const json::Value& tree) {
  for (const auto& container : layout.containers) {
    const auto& types = container.field->types;
    if (container.field->place != model::Place::Container || std::ranges::find(types, layout.type->name) == types.end())
      continue;
    const json::Value* parent = json::find(tree, container.field->name);
    const std::string_view fqn = parent == nullptr ? "" : json::string_or(*parent, "fullyQualifiedName");
    if (!fqn.empty()) return {std::string(fqn)};
  }
  return {};
}

Entries one(std::string_view text) { return text.empty() ? Entries{} : Entries{std::string(text)}; }

}  // namespace

const RowKind* File::kind(std::string_view word) const {
  if (word.empty()) return kinds.size() == 1 ? &kinds.front() : nullptr;
  const auto at = std::ranges::find(kinds, word, &RowKind::word);
  return at == kinds.end() ? nullptr : &*at;
}

std::vector<std::string> File::headers() const {
  std::vector<std::string> names;
  for (const model::CsvColumn& column : csv->columns) names.push_back(column.header + (column.required ? "*" : ""));
  return names;
}

Result<File> open_file(const entity::Context& context, std::string_view type, const EntityRef& scope,
                       const ReadOptions& options, bool recursive) {
  MD_LET(layout, context.layout(type));
  const model::CsvRule& rule = layout->type->csv;
  File file;
  file.rule = &rule;
  const bool own = scope.type == layout->type->name;
  if (!rule.file || (!own && scope.type != rule.group))
    return not_found("an entity of the type " + scope.type + " has no CSV file of " + std::string(type));
  file.csv = recursive && rule.recursive ? &*rule.recursive : &*rule.file;
  file.of = own && rule.alone        ? File::Of::Alone
            : !rule.group.empty()    ? File::Of::Group
            : file.csv->rows.empty() ? File::Of::Items
                                     : File::Of::Below;
  for (const std::string& row : file.csv->rows) {
    MD_LET(of_row, context.layout(row));
    file.kinds.push_back(kind_of(*of_row, *file.csv, nullptr));
    const std::string& items = of_row->type->csv.items;
    if (file.recursive() && !items.empty())
      file.kinds.push_back(kind_of(*of_row, *file.csv, of_row->type->find(items)));
  }
  if (file.of == File::Of::Items) file.kinds.push_back(kind_of(*layout, *file.csv, layout->type->find(rule.items)));
  MD_LET(scope_layout, context.layout(scope.type));
  file.scope = scope_layout;
  ReadOptions plain = options;
  plain.fields.clear();
  MD_LET(entity, entity::get(context, scope, plain));
  file.scope_fqn = entity.fqn();
  MD_LET(key, model::key_of_fqn(*scope_layout->type, file.scope_fqn));
  file.scope_key = std::move(key);
  return file;
}

std::vector<Entries> row_of(const entity::Context& context, const RowKind& kind, std::string_view entity_fqn,
                            const json::Value& tree) {
  std::vector<Entries> row;
  const std::string_view fqn = json::string_or(tree, "fullyQualifiedName");
  for (const BoundColumn& column : kind.columns) {
    switch (column.kind) {
      case Kind::Name:
        // Of an item: the path of names from the entity down.
        row.push_back(one(kind.list == nullptr             ? json::string_or(tree, "name")
                          : fqn.size() > entity_fqn.size() ? fqn.substr(entity_fqn.size() + 1)
                                                           : fqn));
        break;
      case Kind::Parent:
        row.push_back(kind.list == nullptr ? parent_entry(*kind.layout, tree) : Entries{});
        break;
      case Kind::Type:
        row.push_back(one(kind.word));
        break;
      case Kind::Fqn:
        row.push_back(one(fqn));
        break;
      default:
        row.push_back(entries_of(column, context.registry(), tree));
    }
  }
  return row;
}

std::vector<const json::Value*> items_of(const RowKind& kind, const json::Value& entity) {
  std::vector<const json::Value*> found;
  const std::string children = view::nested_tags(*kind.list).children;
  std::vector<const json::Value*> open;  // the last one is next
  const auto put = [&open](const json::Value* list) {
    if (list == nullptr || !list->IsArray()) return;
    for (json::SizeType i = list->Size(); i > 0; --i) open.push_back(&(*list)[i - 1]);
  };
  put(json::find(entity, kind.list->name));
  while (!open.empty()) {
    const json::Value* item = open.back();
    open.pop_back();
    found.push_back(item);
    if (!children.empty()) put(json::find(*item, children));
  }
  return found;
}

}  // namespace metadata::bulk
