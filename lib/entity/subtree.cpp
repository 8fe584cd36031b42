#include "entity/subtree.h"

#include <set>

namespace metadata::entity {

Result<std::vector<store::RefRow>> hierarchy_below(store::Reader& reader, const view::TypeLayout& layout,
                                                   const store::EntityRow& row) {
  std::vector<store::RefRow> all;
  if (layout.type->hierarchy.empty()) return all;
  std::set<store::Rid> seen{row.rid};
  std::vector<store::Rid> level{row.rid};
  const std::vector<std::string> kinds{layout.type->hierarchy};
  while (!level.empty()) {
    MD_LET(edges, reader.relations(level, store::Direction::From, kinds));
    level.clear();
    for (auto& edge : edges) {
      if (!seen.insert(edge.other.rid).second) continue;
      level.push_back(edge.other.rid);
      all.push_back(std::move(edge.other));
    }
  }
  return all;
}

Error mark_below(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                 const store::EntityRow& row, bool deleted, const Author& author, store::WriteSet& set) {
  if (!layout.type->below.empty()) {
    set.operations.push_back(
        store::MarkRange{layout.type->below, row.tree, row.fqn_key, deleted, author.at, author.as.name});
  }
  MD_LET(members, hierarchy_below(reader, layout, row));
  for (const auto& member : members) {
    if (member.deleted == deleted) continue;
    MD_LET(stored, reader.find(member.id));
    if (!stored) continue;
    const model::EntityType* type = context.registry().type(stored->row.type);
    if (type == nullptr) continue;
    const view::TypeLayout& member_layout = context.layouts.of(*type);
    MD_LET(loaded, load(context, reader, member_layout, *stored));
    store::StoredEntity after;
    set.preconditions.push_back(store::RowAt{stored->row.id, stored->row.revision});
    mark_self(member_layout, *stored, deleted, author, set, after);
    set.operations.push_back(store::UpdateEntity{after.row, after.body, attributes_of(member_layout, loaded.working)});
    const auto kind = deleted ? store::LogKind::SoftDeleted : store::LogKind::Restored;
    set.operations.push_back(store::AppendLog{log_record(after.row, kind, author, after.body.change,
                                                         facts_of(member_layout, loaded.around, stored->row.rid))});
  }
  return {};
}

Result<Step> restore_step(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                          const Loaded& before, const Author& author) {
  Step step;
  step.layout = &layout;
  step.change = Written::Change::Restored;
  const store::EntityRow& row = before.stored.row;
  step.set.preconditions.push_back(store::RowAt{row.id, row.revision});
  mark_self(layout, before.stored, false, author, step.set, step.after);
  step.set.operations.push_back(
      store::UpdateEntity{step.after.row, step.after.body, attributes_of(layout, before.working)});
  MD_OK(mark_below(context, reader, layout, row, false, author, step.set));
  auto record = log_record(step.after.row, store::LogKind::Restored, author, step.after.body.change,
                           facts_of(layout, before.around, row.rid));
  record.subtree = !layout.type->below.empty();
  step.set.operations.push_back(store::AppendLog{std::move(record)});
  step.around = before.around;
  return step;
}

Result<Step> revive_with(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                         const Loaded& before, Draft after, const Author& author) {
  MD_LET(restored, restore_step(context, reader, layout, before, author));
  // The change is prepared on top of the revived row, and both become one write set; the revival keeps its own version.
  Loaded live;
  live.stored = restored.after;
  live.around = before.around;
  live.working = json::copy(before.working);
  live.tags = before.tags;
  after.row = live.stored.row;
  MD_LET(updated, update_step(context, reader, layout, live, std::move(after), author));
  if (updated.set.empty()) return restored;
  for (auto& precondition : updated.set.preconditions) {
    // The row is at the revision that the revival gives it only within this set.
    if (!std::holds_alternative<store::RowAt>(precondition))
      restored.set.preconditions.push_back(std::move(precondition));
  }
  for (auto& operation : updated.set.operations) restored.set.operations.push_back(std::move(operation));
  restored.after = std::move(updated.after);
  restored.around = std::move(updated.around);
  return restored;
}

}  // namespace metadata::entity
