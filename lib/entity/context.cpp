#include "entity/context.h"

#include "model/fqn.h"

namespace metadata::entity {

Result<const view::TypeLayout*> Context::layout(std::string_view type) const {
  const model::EntityType* found = registry().type(type);
  if (found == nullptr) return not_found("Entity type " + std::string(type.substr(0, 100)) + " not found");
  return &layouts.of(*found);
}

view::Sight Context::sight(const Principal& as) const {
  return {&box, as.kind == Principal::Kind::Embedded || as.kind == Principal::Kind::Bot};
}

Error no_instance(std::string_view type, std::string_view name) {
  std::string message(type);
  return not_found(message.append(" instance for ").append(name.substr(0, 4096)).append(" not found"));
}

Result<store::StoredEntity> find(store::Reader& reader, const view::TypeLayout& layout, const EntityRef& target,
                                 Include include) {
  const auto absent = [&] { return no_instance(layout.type->name, target.text()); };
  std::optional<store::StoredEntity> found;
  if (!target.id.empty()) {
    MD_LET(by_id, reader.find(target.id));
    found = std::move(by_id);
  } else {
    // A name that breaks the grammar names nothing.
    const auto key = model::key_of_fqn(*layout.type, target.fqn);
    if (!key.ok()) return absent();
    MD_LET(by_key, reader.find_key(layout.type->name, *key));
    found = std::move(by_key);
  }
  if (!found || found->row.type != layout.type->name) return absent();
  if (include == Include::Live && found->row.deleted) return absent();
  if (include == Include::Deleted && !found->row.deleted) return absent();
  return *std::move(found);
}

Result<Loaded> load(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                    store::StoredEntity stored) {
  Loaded loaded;
  MD_LET(around, view::Surroundings::fetch(reader, context.layouts, layout, std::span(&stored, 1),
                                           view::Asked::own(*layout.type), context.limits, context.clock.now_ms()));
  MD_LET(working, view::working_form(layout, stored, around));
  if (const auto labels = around.tags.find(stored.row.rid); labels != around.tags.end())
    loaded.tags = view::label_index(labels->second);
  loaded.stored = std::move(stored);
  loaded.around = std::move(around);
  loaded.working = std::move(working);
  return loaded;
}

}  // namespace metadata::entity
