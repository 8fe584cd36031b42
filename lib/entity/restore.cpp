#include "access/sight.h"
#include "entity/allowed.h"
#include "entity/subtree.h"
#include "entity/verbs.h"
#include "model/fqn.h"

namespace metadata::entity {
namespace {

/// The entity's container, when it has one.
const store::RefRow* container_of(const view::TypeLayout& layout, const Loaded& loaded) {
  const std::string_view parent = model::parent_key(loaded.stored.row.fqn_key);
  for (const auto& field : layout.containers) {
    const store::RefRow* ref = loaded.around.container(loaded.stored.row, field);
    if (ref != nullptr && ref->fqn_key == parent) return ref;
  }
  return nullptr;
}

}  // namespace

Result<Step> restore(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                     const EntityRef& target, const WriteOptions& options) {
  MD_OK(access::check_outright(options.as, {"EditAll"}, layout.type->name));
  MD_LET(stored, find(reader, layout, target, Include::All));
  MD_OK(check_stored(reader, layout, options.as, {"EditAll"}, stored.row, target));
  if (options.if_revision && *options.if_revision != stored.row.revision) {
    return precondition_failed("The entity has been modified by another user. Please refresh and retry.");
  }
  MD_LET(before, load(context, reader, layout, std::move(stored)));
  if (!before.stored.row.deleted) {
    Step unchanged;
    unchanged.layout = &layout;
    unchanged.after = before.stored;
    unchanged.around = before.around;
    return unchanged;
  }
  const store::RefRow* container = container_of(layout, before);
  if (container != nullptr && container->deleted) {
    return invalid_argument("The " + container->type + " " + model::fqn_of_key(container->fqn_key) +
                            " is deleted; restore it first");
  }
  MD_LET(step,
         restore_step(context, reader, layout, before, {options.as, options.change_source, context.clock.now_ms()}));
  if (container != nullptr) step.set.preconditions.push_back(store::RowAlive{container->id});
  return step;
}

}  // namespace metadata::entity
