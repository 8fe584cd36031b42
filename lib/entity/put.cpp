#include <memory>

#include "access/sight.h"
#include "change/describe.h"
#include "entity/allowed.h"
#include "entity/body.h"
#include "entity/checks.h"
#include "entity/draft.h"
#include "entity/extension.h"
#include "entity/subtree.h"
#include "entity/verbs.h"
#include "model/fqn.h"
#include "model/put_rules.h"

namespace metadata::entity {
namespace {

model::PutManner manner_of(const Loaded& before, const WriteOptions& options) {
  model::PutManner manner{options.as.is_bot(), options.replace, options.overwrite, {}};
  if (!manner.by_bot) return manner;
  const auto setters = std::make_shared<const change::Setters>(before.stored.body.provenance);
  manner.by_person = [setters](std::string_view path) { return !setters->is_bots(path); };
  return manner;
}

struct Merged {
  Draft draft;
  std::vector<std::string> kept;  ///< as Written::kept
};

/// The entity as the request wants it, merged into what is stored.
Result<Merged> merge(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                     const Loaded& before, json::Document body, const WriteOptions& options) {
  const Principal& as = options.as;
  const store::Rid rid = before.stored.row.rid;
  Merged merged;
  Draft& after = merged.draft;
  after.row = before.stored.row;
  after.around = before.around;
  after.working = std::move(body);
  drop_unkept(layout, after.working);
  // First pass: the request's own references and labels become comparable with the stored ones.
  MD_OK(resolve_references(context, reader, as, layout, after.working, rid, &before, after.around));
  MD_OK(resolve_labels(context, reader, as, layout, after.working, rid, &before, after.tags, after.around));
  if (options.replace) model::fill_defaults(*layout.type, after.working);
  merged.kept = model::merge_put(*layout.type, before.working, after.working, manner_of(before, options));
  // Second pass: what the merge kept is checked together with what came (mutually exclusive labels), and takes its
  // place.
  MD_OK(resolve_references(context, reader, as, layout, after.working, rid, &before, after.around));
  MD_OK(settle_products(reader, layout, after.working, after.row, &before, after.around));
  MD_OK(resolve_labels(context, reader, as, layout, after.working, rid, &before, after.tags, after.around));
  json::set_string(after.working, "name", before.stored.row.name, after.working.GetAllocator());
  for (const model::Field* field : layout.computed) {
    if (field->on_request) continue;
    if (const json::Value* kept = json::find(before.working, field->name)) {
      json::set(after.working, field->name, json::copy(*kept, after.working.GetAllocator()),
                after.working.GetAllocator());
    }
  }
  MD_OK(model::fill_nested_fqns(*layout.type, model::fqn_of_key(after.row.fqn_key), after.working,
                                after.working.GetAllocator(), context.limits));
  MD_OK(keep_secrets(context, layout, before, after.working));
  MD_OK(run_checks(context.registry(), reader, *layout.type, after.working));
  MD_OK(check_extension(reader, *layout.type, &before.working, after.working));
  return merged;
}

}  // namespace

Result<Step> put(const Context& context, store::Reader& reader, const view::TypeLayout& layout, std::string_view json,
                 const WriteOptions& options) {
  MD_OK(model::check_overwrite(*layout.type, options.overwrite));
  MD_LET(body, read_body(context, layout, json));
  MD_LET(placed, place(context, reader, layout, std::move(body)));
  MD_LET(stored, reader.find_key(placed.row.type, placed.row.fqn_key));
  if (!stored) {
    MD_OK(access::check_outright(options.as, {"Create"}, layout.type->name));
    MD_OK(check_place(context, reader, options.as, placed.container));
    if (options.if_revision) return precondition_failed("the entity does not exist");
    MD_LET(step, create_placed(context, reader, layout, std::move(placed), options));
    step.retry_when_taken = true;
    return step;
  }
  MD_OK(access::check_outright(options.as, {"EditAll"}, layout.type->name));
  const EntityRef target = EntityRef::by_fqn(layout.type->name, model::fqn_of_key(stored->row.fqn_key));
  // Who may see neither it nor its container is told of the container, as when neither is there.
  const Error hidden = check_stored(reader, layout, options.as, {}, stored->row, target);
  if (hidden.code() == Code::NotFound) MD_OK(check_place(context, reader, options.as, placed.container));
  MD_OK(hidden);
  MD_OK(check_change(reader, layout, options.as, stored->row, {"EditAll"}));
  if (options.if_revision && *options.if_revision != stored->row.revision) {
    return precondition_failed("The entity has been modified by another user. Please refresh and retry.");
  }
  const bool revive = stored->row.deleted;
  const EntityId id = stored->row.id;
  const json::Document written = json::copy(placed.body);
  MD_LET(before, load(context, reader, layout, *std::move(stored)));
  const std::int64_t now = context.clock.now_ms();
  const Author author{options.as, options.change_source, now};
  MD_LET(merged, merge(context, reader, layout, before, std::move(placed.body), options));
  MD_LET(members, written_members(layout, written, id, now));

  Step step;
  if (revive) {
    MD_LET(revived, revive_with(context, reader, layout, before, std::move(merged.draft), author));
    step = std::move(revived);
    if (placed.container) step.set.preconditions.push_back(store::RowAlive{placed.container->stored.row.id});
  } else {
    MD_LET(updated, update_step(context, reader, layout, before, std::move(merged.draft), author));
    step = std::move(updated);
  }
  step.kept = std::move(merged.kept);
  for (auto& member : members) step.set.operations.push_back(std::move(member));
  return step;
}

}  // namespace metadata::entity
