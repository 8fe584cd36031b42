#include "entity/allowed.h"

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <utility>

#include "access/condition.h"
#include "access/sight.h"
#include "json/write.h"
#include "model/fqn.h"
#include "model/operations.h"

namespace metadata::entity {
namespace {

/// What is to be made: it has what its container has, and domains of its own when it says so.
class DraftResource final : public access::Resource {
 public:
  DraftResource(const access::Resource& container, const std::vector<store::RefRow>& domains)
      : container_(container), domains_(domains) {}

  Result<bool> holds(const access::Atom& atom) const override {
    using Kind = access::Atom::Kind;
    if (domains_.empty() || (atom.kind != Kind::InDomain && atom.kind != Kind::InDomainOf))
      return container_.holds(atom);
    if (atom.kind == Kind::InDomain) return true;
    return std::ranges::any_of(domains_, [&](const store::RefRow& domain) {
      return std::ranges::find(atom.others, domain.id, &store::RefRow::id) != atom.others.end();
    });
  }

 private:
  const access::Resource& container_;
  const std::vector<store::RefRow>& domains_;
};

/// The fields that hand out power and to which a new entity gives another value than it would have anyway.
std::vector<std::string> given_power(const model::EntityType& type, const json::Value& working) {
  std::vector<std::string> names;
  for (const model::Field& field : type.fields) {
    const json::Value* value = json::find(working, field.name);
    if (value == nullptr || field.required || !access::gives_power(field.edit)) continue;
    if (!field.default_json || json::write(*value) != *field.default_json) names.push_back(field.edit);
  }
  return names;
}

void add_label_operations(const model::EntityType& type, const std::vector<store::TagUsage>& of,
                          const std::vector<store::TagUsage>& other, const view::LabelIndex& tags,
                          std::set<std::string>& operations) {
  std::map<EntityId, std::string> names;
  for (const auto& [name, ref] : tags) names.emplace(ref.id, model::fqn_of_key(ref.fqn_key));
  for (const auto& label : of) {
    const bool same = std::ranges::any_of(other, [&](const store::TagUsage& one) {
      return one.path == label.path && one.tag_id == label.tag_id && one.source == label.source &&
             one.label_type == label.label_type && one.state == label.state;
    });
    if (!same) operations.emplace(model::label_operation(type, names[label.tag_id], label.source));
  }
}

Error check_value(store::Reader& reader, const access::Seeing& seeing, const model::Field& field,
                  const json::Value& value) {
  switch (field.check) {
    case model::Check::None:
      return {};
    case model::Check::Condition:
      return access::check_condition(reader, json::view(value), &seeing);
  }
  return {};
}

bool has_checks(const model::Field& field) {
  const auto& element = field.type.element;
  if (field.type.shape != model::Shape::Array || element == nullptr || element->fields == nullptr) return false;
  return std::ranges::any_of(element->fields->fields,
                             [](const auto& member) { return member.check != model::Check::None; });
}

Error check_items(store::Reader& reader, const access::Seeing& seeing, const model::Field& list,
                  const json::Value& items) {
  for (json::SizeType i = 0; i < items.Size(); ++i) {
    for (const model::Field& member : list.type.element->fields->fields) {
      const json::Value* value = member.check == model::Check::None ? nullptr : json::find(items[i], member.name);
      if (value == nullptr || !value->IsString() || value->GetStringLength() == 0) continue;
      // No field: these messages have the words of the API, which an answer about a field would replace.
      MD_OK(check_value(reader, seeing, member, *value));
    }
  }
  return {};
}

}  // namespace

Error check_stored(store::Reader& reader, const view::TypeLayout& layout, const Principal& as,
                   const std::vector<std::string>& operations, const store::EntityRow& row, const EntityRef& target) {
  return access::check_entity(reader, as, operations, layout.shape, row.rid,
                              no_instance(layout.type->name, target.text()));
}

Error check_new(const Context& context, store::Reader& reader, const view::TypeLayout& layout, const Principal& as,
                const Draft& draft, const std::optional<Container>& container) {
  std::vector<std::string> operations = given_power(*layout.type, draft.working);
  operations.emplace_back("Create");
  const access::NewResource nothing;
  std::optional<access::StoredResource> stored;
  if (container) {
    MD_LET(above, context.layout(container->stored.row.type));
    stored.emplace(reader, above->shape, container->stored.row.rid);
  }
  static const std::vector<store::RefRow> kNone;
  const auto& domains =
      layout.shape.domains == nullptr ? kNone : draft.around.edges(draft.row.rid, *layout.shape.domains);
  const DraftResource made(stored ? static_cast<const access::Resource&>(*stored) : nothing, domains);
  return access::check(as, operations, layout.type->name, &made);
}

Error check_change(store::Reader& reader, const view::TypeLayout& layout, const Principal& as,
                   const store::EntityRow& row, std::vector<std::string> operations) {
  const access::StoredResource resource(reader, layout.shape, row.rid);
  return access::check(as, operations, layout.type->name, &resource);
}

std::vector<std::string> operations_of(const view::TypeLayout& layout, const std::vector<std::string>& changed,
                                       const Loaded& before, const Draft& after) {
  std::vector<std::string> operations = model::operations_for(*layout.type, changed);
  const model::Field* tags = layout.shape.tags;
  if (tags == nullptr || tags->edit_items.empty() || std::erase(operations, tags->edit) == 0) return operations;
  std::set<std::string> all(operations.begin(), operations.end());
  const auto had = view::labels_of(layout, before.working, before.tags);
  const auto has = view::labels_of(layout, after.working, after.tags);
  const std::size_t others = all.size();
  add_label_operations(*layout.type, had, has, before.tags, all);
  add_label_operations(*layout.type, has, had, after.tags, all);
  if (all.size() == others) all.insert(tags->edit);  // their order or their reasons
  return {all.begin(), all.end()};
}

access::Seeing seeing_of(const view::Layouts& layouts, store::Reader& reader, const Principal& as) {
  return access::Seeing(reader, as, [&layouts](std::string_view type) { return layouts.shape(type); });
}

view::Seen seen_by(const Context& context, store::Reader& reader, const Principal& as) {
  if (access::sees_everything(as)) return nullptr;
  return [seeing = seeing_of(context.layouts, reader, as)](std::span<const store::RefRow> rows) {
    return seeing.of(rows);
  };
}

Error hide(const Context& context, store::Reader& reader, const Principal& as, view::Surroundings& around) {
  const view::Seen seen = seen_by(context, reader, as);
  return seen ? around.leave(seen) : Error();
}

Error hide_in_changes(const Context& context, store::Reader& reader, const Principal& as,
                      std::span<store::StoredEntity> entities) {
  return seeing_of(context.layouts, reader, as).redact(entities);
}

Error check_place(const Context& context, store::Reader& reader, const Principal& as,
                  const std::optional<Container>& container) {
  if (!container || access::sees_everything(as)) return {};
  const store::EntityRow& row = container->stored.row;
  MD_LET(above, context.layout(row.type));
  return access::check_entity(reader, as, {}, above->shape, row.rid, container->absent);
}

Error check_values(const Context& context, store::Reader& reader, const Principal& as, const view::TypeLayout& layout,
                   const json::Value* before, const json::Value& after) {
  const access::Seeing seeing = seeing_of(context.layouts, reader, as);
  for (const model::Field& field : layout.type->fields) {
    if (!has_checks(field)) continue;
    const json::Value* value = json::find(after, field.name);
    if (value == nullptr || !value->IsArray()) continue;
    const json::Value* old = before == nullptr ? nullptr : json::find(*before, field.name);
    if (old == nullptr || !json::equal(*old, *value)) MD_OK(check_items(reader, seeing, field, *value));
  }
  return {};
}

Result<std::vector<Permission>> permissions(const Context& context, const Principal& as, std::string_view type,
                                            const EntityRef* target, const Interrupt& interrupt) {
  MD_LET(layout, context.layout(type));
  const std::vector<std::string> operations = model::operations_on(*layout->type);
  if (target == nullptr) return access::permissions(as, layout->type->name, operations, nullptr);
  MD_OK(access::check_outright(as, {}, layout->type->name));
  MD_LET(reader, context.store.snapshot(interrupt));
  MD_LET(stored, find(*reader, *layout, *target, Include::All));
  MD_OK(check_stored(*reader, *layout, as, {}, stored.row, *target));
  const access::StoredResource resource(*reader, layout->shape, stored.row.rid);
  return access::permissions(as, layout->type->name, operations, &resource);
}

namespace {

/// All of the store that rules can ask about one entity.
Result<store::Footprint> asked_of(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                                  const store::StoredEntity& stored) {
  std::string names;
  for (const model::Field* field :
       {layout.shape.owners, layout.shape.domains, layout.shape.reviewers, layout.shape.tags}) {
    if (field != nullptr) names.append(names.empty() ? "" : ",").append(field->name);
  }
  MD_LET(asked, view::Asked::parse(*layout.type, names));
  MD_LET(around,
         view::Surroundings::fetch(reader, context.layouts, layout, std::span(&stored, 1), asked, context.limits, 0));
  return around.places(stored.row);
}

}  // namespace

Error check_allowed(const Context& context, const Principal& as, const std::vector<std::string>& operations,
                    const EntityRef& target, const Interrupt& interrupt) {
  const std::string name = context.decisions.name(as, operations, target);
  if (auto known = context.decisions.find(name)) return *std::move(known);
  MD_LET(layout, context.layout(target.type));
  MD_OK(access::check_outright(as, operations, layout->type->name));
  const auto since = context.store.generations().now();
  MD_LET(reader, context.store.snapshot(interrupt));
  MD_LET(stored, find(*reader, *layout, target, Include::All));
  const Error said = check_stored(*reader, *layout, as, operations, stored.row, target);
  const Code code = said.code();
  if (name.empty() || (code != Code::Ok && code != Code::PermissionDenied && code != Code::NotFound)) return said;
  MD_LET(places, asked_of(context, *reader, *layout, stored));
  context.decisions.keep(name, as, said, std::move(places), since);
  return said;
}

}  // namespace metadata::entity
