#include "access/sight.h"
#include "entity/allowed.h"
#include "entity/subtree.h"
#include "entity/verbs.h"
#include "json/parse.h"

namespace metadata::entity {
namespace {

/// Conditions that hold only while nothing lies below.
void require_empty(const view::TypeLayout& layout, const store::EntityRow& row, store::WriteSet& set) {
  const model::EntityType& type = *layout.type;
  if (!type.below.empty())
    set.preconditions.push_back(store::NothingUnder{type.name, type.below, row.tree, row.fqn_key});
  if (!type.hierarchy.empty()) set.preconditions.push_back(store::NoRelation{type.name, row.id, type.hierarchy});
}

Error delete_for_good(store::Reader& reader, const view::TypeLayout& layout, const Loaded& before, const Author& author,
                      bool recursive, store::WriteSet& set) {
  const store::EntityRow& row = before.stored.row;
  if (recursive) {
    if (!layout.type->below.empty())
      set.operations.push_back(store::DeleteRange{layout.type->below, row.tree, row.fqn_key});
    MD_LET(members, hierarchy_below(reader, layout, row));
    for (const auto& member : members) {
      MD_LET(below, reader.find(member.id));
      if (!below) continue;
      set.operations.push_back(store::DeleteEntity{member.id});
      set.operations.push_back(store::AppendLog{log_record(below->row, store::LogKind::Deleted, author, "", "")});
    }
  }
  set.operations.push_back(store::DeleteEntity{row.id});
  auto record = log_record(row, store::LogKind::Deleted, author, "", facts_of(layout, before.around, row.rid));
  record.subtree = recursive && !layout.type->below.empty();
  set.operations.push_back(store::AppendLog{std::move(record)});
  return {};
}

}  // namespace

Result<Step> remove(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                    const EntityRef& target, const RemoveOptions& options) {
  MD_OK(access::check_outright(options.as, {"Delete"}, layout.type->name));
  MD_LET(stored, find(reader, layout, target, Include::All));
  MD_OK(check_stored(reader, layout, options.as, {"Delete"}, stored.row, target));
  if (options.if_revision && *options.if_revision != stored.row.revision) {
    return precondition_failed("The entity has been modified by another user. Please refresh and retry.");
  }
  const Author author{options.as, "Manual", context.clock.now_ms()};
  MD_LET(before, load(context, reader, layout, std::move(stored)));
  const store::EntityRow& row = before.stored.row;
  if (json::string_or(before.working, "provider") == "system") {
    return invalid_argument("System entity [" + row.name + "] of type " + row.type + " can not be deleted.");
  }

  Step step;
  step.layout = &layout;
  step.around = before.around;
  step.after = before.stored;
  step.set.preconditions.push_back(store::RowAt{row.id, row.revision});
  if (!options.recursive) require_empty(layout, row, step.set);
  keep_one(layout, before, nullptr, step.set);
  if (options.hard || !layout.type->soft_delete) {
    step.change = Written::Change::Deleted;
    MD_OK(delete_for_good(reader, layout, before, author, options.recursive, step.set));
    return step;
  }
  step.change = Written::Change::SoftDeleted;
  if (options.recursive) MD_OK(mark_below(context, reader, layout, row, true, author, step.set));
  if (row.deleted) {
    // Deleting again changes nothing of the entity itself; what was revived below it meanwhile goes with it.
    if (step.set.operations.empty()) step.set.preconditions.clear();
    return step;
  }
  mark_self(layout, before.stored, true, author, step.set, step.after);
  step.set.operations.push_back(
      store::UpdateEntity{step.after.row, step.after.body, attributes_of(layout, before.working)});
  auto record = log_record(step.after.row, store::LogKind::SoftDeleted, author, step.after.body.change,
                           facts_of(layout, before.around, row.rid));
  record.subtree = options.recursive && !layout.type->below.empty();
  step.set.operations.push_back(store::AppendLog{std::move(record)});
  return step;
}

}  // namespace metadata::entity
