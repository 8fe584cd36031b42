#include <algorithm>

#include "access/passwords.h"
#include "access/sight.h"
#include "entity/allowed.h"
#include "entity/body.h"
#include "entity/checks.h"
#include "entity/draft.h"
#include "entity/extension.h"
#include "entity/verbs.h"
#include "json/parse.h"
#include "json/write.h"
#include "model/fqn.h"

namespace metadata::entity {
namespace {

constexpr std::string_view kFqn = "fullyQualifiedName";

/// Members that follow from where the entity lies, for good.
void add_place(const view::TypeLayout& layout, const std::optional<Container>& container, const store::EntityRow& row,
               json::Document& body) {
  for (const model::Field* field : layout.computed) {
    if (field->from == "hasContainer") {
      json::set(body, field->name, json::Value(container.has_value()), body.GetAllocator());
    } else if (field->from == "containerFqn") {
      json::set_string(body, field->name, model::fqn_of_key(model::parent_key(row.fqn_key)), body.GetAllocator());
    }
  }
}

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

/// Members that a body does not say and the template of that name has.
Error copy_from_template(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                         const std::string& name, json::Document& body) {
  if (layout.type->template_type.empty()) return {};
  MD_LET(pattern, context.layout(layout.type->template_type));
  MD_LET(key, model::make_key(*pattern->type, {}, name, context.limits));
  MD_LET(stored, reader.find_key(pattern->type->name, key));
  if (!stored || stored->row.deleted) return no_instance(pattern->type->name, name);
  json::Document document;
  MD_OK(json::parse_trusted(stored->body.document, document));
  for (const model::Field& field : layout.type->fields) {
    if (field.place != model::Place::Document || json::find(body, field.name) != nullptr) continue;
    if (const json::Value* value = json::find(document, field.name))
      json::set(body, field.name, json::copy(*value, body.GetAllocator()), body.GetAllocator());
  }
  return {};
}

/// The key of an entity whose body says its FQN.
Result<std::string> given_key(const model::EntityType& type, std::string_view fqn, const Limits& limits) {
  auto key = model::key_of_fqn(type, fqn);
  if (!key.ok()) return key.error().with_field(std::string(kFqn));
  if (model::fqn_of_key(*key).size() <= limits.max_fqn_bytes) return key;
  return invalid_argument("fullyQualifiedName may have at most " + std::to_string(limits.max_fqn_bytes) + " bytes",
                          std::string(kFqn));
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

/// Why a name cannot be had. What ships with the program is there for everybody, which its author may not know.
Error taken_name(const store::StoredEntity& stored) {
  json::Document document;
  MD_OK(json::parse_trusted(stored.body.document, document));
  if (json::string_or(document, "provider") != "system") return already_exists("Entity already exists");
  return already_exists("Entity already exists: " + stored.row.type + " " + model::fqn_of_key(stored.row.fqn_key) +
                        " ships with this server; use it as it is, or choose another name");
}

}  // namespace

Result<Placed> place(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                     json::Document body) {
  Placed placed;
  MD_LET(container, resolve_container(context, reader, layout, body));
  placed.row.type = layout.type->name;
  placed.row.name = json::string_or(body, "name");
  placed.row.tree = container ? container->stored.row.tree : layout.type->name;
  const std::string& below = layout.type->fqn_name_below;
  const bool named_by_place = container && !below.empty();
  if (layout.type->fqn_given) {
    MD_LET(given, given_key(*layout.type, json::string_or(body, kFqn), context.limits));
    placed.row.fqn_key = std::move(given);
    json::erase(body, kFqn);
    placed.body = std::move(body);
    return placed;
  }
  MD_LET(key, model::make_key(*layout.type, container ? container->key() : std::string(),
                              named_by_place ? below : placed.row.name, context.limits));
  placed.row.fqn_key = std::move(key);
  // "a.b" in quotes and bare are one name
  placed.row.name = named_by_place ? model::fqn_of_key(placed.row.fqn_key) : fqn::unquote(placed.row.name);
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

Result<Draft> draft_new(const Context& context, store::Reader& reader, const Principal& as,
                        const view::TypeLayout& layout, Placed placed) {
  Draft draft;
  draft.row = std::move(placed.row);
  draft.row.id = context.ids.next();
  draft.working = std::move(placed.body);
  json::set_string(draft.working, "name", draft.row.name, draft.working.GetAllocator());
  model::fill_defaults(*layout.type, draft.working);
  MD_OK(surround(reader, placed.container, context, draft.row, layout, draft.around));
  drop_unkept(layout, draft.working);
  MD_OK(copy_from_container(layout, placed.container, draft.working));
  MD_OK(copy_from_template(context, reader, layout, draft.row.name, draft.working));
  add_place(layout, placed.container, draft.row, draft.working);
  MD_OK(resolve_references(context, reader, as, layout, draft.working, draft.row.rid, nullptr, draft.around));
  MD_OK(settle_products(reader, layout, draft.working, draft.row, nullptr, draft.around));
  MD_OK(resolve_labels(context, reader, as, layout, draft.working, draft.row.rid, nullptr, draft.tags, draft.around));
  MD_OK(model::fill_nested_fqns(*layout.type, model::fqn_of_key(draft.row.fqn_key), draft.working,
                                draft.working.GetAllocator(), context.limits));
  MD_OK(seal_secrets(context, *layout.type, nullptr, draft.working));
  MD_OK(run_checks(context.registry(), reader, *layout.type, draft.working));
  MD_OK(check_extension(reader, *layout.type, nullptr, draft.working));
  return draft;
}

namespace {

/// What a create body of the companion beside a new entity says: its name follows from the container.
std::string companion_body(const model::Companion& companion, const store::EntityRow& container) {
  std::string text = R"({"name":"-",)";
  json::append_quoted(text, companion.container);
  json::append_quoted(text += ':', model::fqn_of_key(container.fqn_key));
  return text += '}';
}

/// Hangs a new entity on its companion.
void hang_on(const view::TypeLayout& layout, const store::EntityRow& companion, Draft& draft) {
  const store::RefRow ref{companion.rid,  companion.id,           companion.type, companion.fqn_key,
                          companion.name, companion.display_name, false};
  for (const model::Field* field : layout.relations) {
    const auto& types = field->relation.types;
    const bool leads_there = std::find(types.begin(), types.end(), companion.type) != types.end();
    if (field->managed && leads_there) draft.around.set_edges(draft.row.rid, *field, {ref});
  }
}

/// The step that creates the entity; on its companion, when it has one.
Result<Step> create_alone(const Context& context, store::Reader& reader, const view::TypeLayout& layout, Placed placed,
                          const WriteOptions& options, const store::EntityRow* companion) {
  const std::optional<Container> container = placed.container;
  const json::Document written = json::copy(placed.body);
  MD_LET(draft, draft_new(context, reader, options.as, layout, std::move(placed)));
  MD_OK(check_values(context, reader, options.as, layout, nullptr, draft.working));
  MD_OK(check_new(context, reader, layout, options.as, draft, container));
  const std::int64_t now = context.clock.now_ms();
  MD_LET(members, written_members(layout, written, draft.row.id, now));
  for (const model::Field* field : layout.computed) {
    if (field->from == "creator")
      json::set_string(draft.working, field->name, options.as.name, draft.working.GetAllocator());
    if (field->from == "created") json::set(draft.working, field->name, json::Value(now), draft.working.GetAllocator());
  }
  if (companion != nullptr) hang_on(layout, *companion, draft);
  Step step = insert_step(layout, std::move(draft), {options.as, options.change_source, now});
  if (container) step.set.preconditions.push_back(store::RowAlive{container->stored.row.id});
  for (auto& member : members) step.set.operations.push_back(std::move(member));
  return step;
}

/// The companion of what is about to lie in the container, and the step that makes it when it is the first of its kind
/// there.
struct Beside {
  store::EntityRow row;
  std::optional<Step> step;
};
Result<Beside> find_companion(const Context& context, store::Reader& reader, const model::Companion& companion,
                              const store::EntityRow& container, const WriteOptions& options) {
  MD_LET(layout, context.layout(companion.type));
  MD_LET(body, read_body(context, *layout, companion_body(companion, container)));
  MD_LET(placed, place(context, reader, *layout, std::move(body)));
  MD_LET(stored, reader.find_key(placed.row.type, placed.row.fqn_key));
  if (stored && !stored->row.deleted) return Beside{std::move(stored->row), std::nullopt};
  if (stored) return not_found(companion.type + " instance for " + stored->row.name + " is deleted; restore it first");
  MD_LET(step, create_alone(context, reader, *layout, std::move(placed), options, nullptr));
  store::EntityRow row = step.after.row;
  return Beside{std::move(row), std::move(step)};
}

/// Puts what makes the companion before what makes the entity.
void prepend(Step first, Step& step) {
  auto& conditions = first.set.preconditions;
  conditions.insert(conditions.end(), step.set.preconditions.begin(), step.set.preconditions.end());
  auto& operations = first.set.operations;
  for (auto& operation : step.set.operations) operations.push_back(std::move(operation));
  step.set = std::move(first.set);
  step.retry_when_taken = true;  // another may make the companion meanwhile
}

}  // namespace

Result<Step> create_placed(const Context& context, store::Reader& reader, const view::TypeLayout& layout, Placed placed,
                           const WriteOptions& options) {
  if (!layout.type->companion || !placed.container)
    return create_alone(context, reader, layout, std::move(placed), options, nullptr);
  MD_LET(beside, find_companion(context, reader, *layout.type->companion, placed.container->stored.row, options));
  MD_LET(step, create_alone(context, reader, layout, std::move(placed), options, &beside.row));
  if (beside.step) prepend(*std::move(beside.step), step);
  return step;
}

Result<Step> create(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                    std::string_view json, const WriteOptions& options) {
  MD_OK(access::check_outright(options.as, {"Create"}, layout.type->name));
  MD_LET(body, read_body(context, layout, json));
  MD_LET(placed, place(context, reader, layout, std::move(body)));
  MD_OK(check_place(context, reader, options.as, placed.container));
  MD_LET(taken, reader.find_key(placed.row.type, placed.row.fqn_key));
  if (taken) return taken_name(*taken);
  return create_placed(context, reader, layout, std::move(placed), options);
}

}  // namespace metadata::entity
