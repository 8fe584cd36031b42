#include "access/passwords.h"
#include "access/sight.h"
#include "entity/allowed.h"
#include "entity/body.h"
#include "entity/draft.h"
#include "entity/verbs.h"
#include "json/parse.h"
#include "json/write.h"
#include "model/fqn.h"

namespace metadata::entity {
namespace {

/// Members that an entity has from its container for good (serviceType).
Error copy_from_container(const view::TypeLayout& layout, const std::optional<Container>& container,
                          json::Document& body) {
  if (!container) return {};
  json::Document document;
  MD_OK(json::parse_trusted(container->stored.body.document, document));
  for (const model::Field* field : layout.computed) {
    if (field->on_request) continue;
    if (const json::Value* value = json::find(document, field->name)) {
      json::set(body, field->name, json::copy(*value, body.GetAllocator()), body.GetAllocator());
    }
  }
  return {};
}

/// The containers of a new entity: its own container, and what is above that.
Error surround(store::Reader& reader, const std::optional<Container>& container, const Context& context,
               const store::EntityRow& row, const view::TypeLayout& layout, view::Surroundings& around) {
  if (!container) return {};
  store::StoredEntity self;
  self.row = row;
  MD_LET(fetched, view::Surroundings::fetch(reader, context.layouts, layout, std::span(&self, 1),
                                            view::Asked::own(*layout.type), context.limits, context.clock.now_ms()));
  around.containers = std::move(fetched.containers);
  around.edge_lists = std::move(fetched.edge_lists);
  return {};
}

}  // namespace

Result<Placed> place(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                     json::Document body) {
  Placed placed;
  MD_LET(container, resolve_container(context, reader, layout, body));
  placed.row.type = layout.type->name;
  placed.row.name = json::string_or(body, "name");
  placed.row.tree = container ? container->stored.row.tree : layout.type->name;
  MD_LET(key,
         model::make_key(*layout.type, container ? std::string_view(container->stored.row.fqn_key) : std::string_view(),
                         placed.row.name, context.limits));
  placed.row.fqn_key = std::move(key);
  placed.row.name = fqn::unquote(placed.row.name);  // "a.b" in quotes and bare are one name
  placed.container = std::move(container);
  placed.body = std::move(body);
  return placed;
}

Result<std::vector<store::Operation>> written_members(const view::TypeLayout& layout, const json::Value& body,
                                                      const EntityId& id, std::int64_t now_ms) {
  std::vector<store::Operation> operations;
  const model::Field* field = layout.type->find("password");
  if (field == nullptr || field->place != model::Place::Write) return operations;
  if (json::find(body, field->name) == nullptr) return operations;
  const std::string_view password = json::string_or(body, "password");
  MD_LET(stored, access::store_password(id, password, now_ms));
  operations.push_back(std::move(stored));
  return operations;
}

Result<Draft> draft_new(const Context& context, store::Reader& reader, const view::TypeLayout& layout, Placed placed) {
  Draft draft;
  draft.row = std::move(placed.row);
  draft.row.id = context.ids.next();
  draft.working = std::move(placed.body);
  json::set_string(draft.working, "name", draft.row.name, draft.working.GetAllocator());
  model::fill_defaults(*layout.type, draft.working);
  MD_OK(surround(reader, placed.container, context, draft.row, layout, draft.around));
  drop_unkept(layout, draft.working);
  MD_OK(copy_from_container(layout, placed.container, draft.working));
  MD_OK(resolve_references(context, reader, layout, draft.working, draft.row.rid, nullptr, draft.around));
  MD_OK(resolve_labels(context, reader, layout, draft.working, draft.row.rid, nullptr, draft.tags, draft.around));
  MD_OK(model::fill_nested_fqns(*layout.type, model::fqn_of_key(draft.row.fqn_key), draft.working,
                                draft.working.GetAllocator(), context.limits));
  MD_OK(seal_secrets(context, *layout.type, nullptr, draft.working));
  return draft;
}

Result<Step> create_placed(const Context& context, store::Reader& reader, const view::TypeLayout& layout, Placed placed,
                           const WriteOptions& options) {
  const std::optional<Container> container = placed.container;
  const json::Document written = json::copy(placed.body);
  MD_LET(draft, draft_new(context, reader, layout, std::move(placed)));
  MD_OK(check_values(reader, layout, nullptr, draft.working));
  MD_OK(check_new(context, reader, layout, options.as, draft, container));
  const std::int64_t now = context.clock.now_ms();
  MD_LET(members, written_members(layout, written, draft.row.id, now));
  Step step = insert_step(layout, std::move(draft), {options.as, options.change_source, now});
  if (container) step.set.preconditions.push_back(store::RowAlive{container->stored.row.id});
  for (auto& member : members) step.set.operations.push_back(std::move(member));
  return step;
}

Result<Step> create(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                    std::string_view json, const WriteOptions& options) {
  MD_OK(access::check_outright(options.as, {"Create"}, layout.type->name));
  MD_LET(body, read_body(context, layout, json));
  MD_LET(placed, place(context, reader, layout, std::move(body)));
  MD_LET(taken, reader.find_key(placed.row.type, placed.row.fqn_key));
  if (taken) return already_exists("Entity already exists");
  return create_placed(context, reader, layout, std::move(placed), options);
}

}  // namespace metadata::entity
