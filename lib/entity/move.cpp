#include "entity/move.h"

#include <algorithm>
#include <span>

#include "entity/allowed.h"
#include "model/fqn.h"

namespace metadata::entity {
namespace {

using json::Value;

const view::ContainerField* container_field(const view::TypeLayout& layout, const std::string& name) {
  const auto place = std::ranges::find_if(layout.containers, [&](const auto& one) { return one.field->name == name; });
  return place == layout.containers.end() ? nullptr : &*place;
}

/// Does the tree name another container in this field than the one that is shown there?
bool is_changed(const Loaded& before, const view::ContainerField& field, const Value* asked) {
  const store::RefRow* shown = before.around.container(before.stored.row, field);
  if (asked == nullptr || shown == nullptr) return asked != nullptr || shown != nullptr;
  if (!asked->IsObject()) return true;
  const std::string_view id = json::string_or(*asked, "id");
  if (!id.empty()) return id != shown->id.text();
  return json::string_or(*asked, "fullyQualifiedName") != model::fqn_of_key(shown->fqn_key);
}

/// The fields that say where it is to lie: those that were changed; when they were only taken away, the others.
/// Nothing: it stays where it is.
std::optional<json::Document> asked_place(const view::TypeLayout& layout, const Loaded& before, const Value& tree) {
  json::Document changed, kept;
  changed.SetObject();
  kept.SetObject();
  bool any = false;
  for (const std::string& name : layout.type->parent_fields) {
    const view::ContainerField* field = container_field(layout, name);
    if (field == nullptr) continue;
    const Value* asked = json::find(tree, name);
    if (asked != nullptr && asked->IsNull()) asked = nullptr;
    const bool is_new = is_changed(before, *field, asked);
    any = any || is_new;
    if (asked == nullptr) continue;
    json::Document& body = is_new ? changed : kept;
    json::set(body, name, json::copy(*asked, body.GetAllocator()), body.GetAllocator());
  }
  if (!any) return std::nullopt;
  return changed.ObjectEmpty() ? std::move(kept) : std::move(changed);
}

/// "glossaryTerm" as "Glossary term".
std::string spoken(std::string_view type) {
  std::string words;
  for (const char c : type) {
    const bool upper = c >= 'A' && c <= 'Z';
    if (upper) words += ' ';
    words += upper ? static_cast<char>(c - 'A' + 'a') : c;
  }
  if (!words.empty() && words[0] >= 'a' && words[0] <= 'z') words[0] = static_cast<char>(words[0] - 'a' + 'A');
  return words;
}

/// What ships with the program is found by its name: by rules, and at the next start.
Error check_movable(const Loaded& before) {
  const bool ships = json::string_or(before.working, "provider") == "system";
  const bool holds_all = json::string_or(before.working, "teamType") == "Organization";
  if (!ships && !holds_all) return {};
  const store::EntityRow& row = before.stored.row;
  return invalid_argument("System entity [" + row.name + "] of type " + row.type + " can not be renamed.", "name");
}

bool is_in(std::string_view key, std::string_view of) {
  return key == of || (key.starts_with(of) && key[of.size()] == model::kKeySeparator);
}

/// What is around the entity where it is to lie: its containers and what they lend it.
Error surround_anew(const Context& context, store::Reader& reader, const view::TypeLayout& layout, Draft& after) {
  store::StoredEntity self;
  self.row = after.row;
  MD_LET(fetched, view::Surroundings::fetch(reader, context.layouts, layout, std::span(&self, 1),
                                            view::Asked::own(*layout.type), context.limits, context.clock.now_ms()));
  after.around.containers = std::move(fetched.containers);
  for (auto& [place, refs] : fetched.edge_lists) {
    if (place.first != after.row.rid) after.around.edge_lists[place] = std::move(refs);
  }
  return {};
}

}  // namespace

Result<std::optional<Container>> move_to_asked_place(const Context& context, store::Reader& reader,
                                                     const view::TypeLayout& layout, const Principal& as,
                                                     const Loaded& before, json::Document& tree, Draft& after) {
  const model::EntityType& type = *layout.type;
  const store::EntityRow& row = before.stored.row;
  std::string name(json::string_or(tree, "name"));
  if (!type.renameable || name.empty()) {
    // A name that was removed is refused by whoever validates, unless bodies need not have one.
    if (json::find(tree, "name") != nullptr || !type.fqn_name_from.empty())
      json::set_string(tree, "name", row.name, tree.GetAllocator());
    return std::optional<Container>();
  }
  std::string parent(model::parent_key(row.fqn_key));
  std::optional<Container> container;
  if (const auto asked = asked_place(layout, before, tree)) {
    MD_LET(found, resolve_container(context, reader, layout, *asked));
    container = std::move(found);
    MD_OK(check_place(context, reader, as, container));
    parent = container ? container->key() : std::string();
    if (container && is_in(parent, row.fqn_key)) {
      return invalid_argument("Can't move " + spoken(type.name) + " " + row.name + " to its child " +
                              spoken(container->stored.row.type) + " " + container->stored.row.name);
    }
    if (container && container->stored.row.tree != row.tree)
      return invalid_argument("Can't move " + spoken(type.name) + " " + row.name + " to another kind of container");
  }
  if (name == row.name && parent == model::parent_key(row.fqn_key)) return std::optional<Container>();
  MD_OK(check_movable(before));
  MD_LET(key, model::make_key(type, parent, name, context.limits));
  const bool moves = parent != model::parent_key(row.fqn_key);
  after.row.name = std::move(name);
  after.row.fqn_key = std::move(key);
  if (moves) MD_OK(surround_anew(context, reader, layout, after));
  return container;
}

}  // namespace metadata::entity
