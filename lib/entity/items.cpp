#include "entity/items.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "access/sight.h"
#include "entity/allowed.h"
#include "entity/verbs.h"
#include "json/bridge.h"
#include "json/parse.h"
#include "json/pointer.h"
#include "json/write.h"
#include "metadata/patch.h"
#include "model/fqn.h"
#include "view/items.h"

namespace metadata::entity {
namespace {

Result<const model::Field*> list_of(const view::TypeLayout& layout, std::string_view name) {
  const model::Field* field = layout.type->find(name);
  if (field != nullptr && field->place == model::Place::Document && field->type.shape == model::Shape::Array)
    return field;
  return not_found("entity type " + layout.type->name + " has no list " + std::string(name.substr(0, 100)));
}

bool holds(const Json& item, std::string_view words) {
  constexpr std::array kSearched = {"name", "displayName", "description", "dataType"};
  return std::ranges::any_of(kSearched, [&](const char* member) {
    const Json value = item[member];
    return value.is_string() && view::folded(*value.as_string()).find(words) != std::string::npos;
  });
}

/// The pointer of the item of `items`, a list that `pointer` names. `children`: the member that holds further items.
std::string pointer_in(const json::Value* items, std::string pointer, const std::string& children,
                       std::string_view below) {
  const auto parts = model::key_parts(below);
  for (std::size_t depth = 0; depth < parts.size(); ++depth) {
    if (items == nullptr || !items->IsArray()) return {};
    const std::string name = view::folded(parts[depth]);
    const auto all = items->GetArray();
    const auto at = std::ranges::find_if(
        all, [&](const json::Value& item) { return view::folded(json::string_or(item, "name")) == name; });
    if (at == all.end()) return {};
    pointer.append("/").append(std::to_string(at - all.begin()));
    if (depth + 1 == parts.size()) return pointer;
    items = children.empty() ? nullptr : json::find(*at, children);
    pointer.append("/").append(children);
  }
  return {};
}

/// The operations that give the item the members of the body: an absent or null one stays, an empty one goes.
Result<std::string> operations_of(const model::StructType& type, const json::Value& body, const json::Value& item,
                                  const std::string& pointer) {
  JsonWriter out;
  out.begin_array();
  const auto operation = [&](std::string_view op, std::string_view member) -> JsonWriter& {
    return out.begin_object().key("op").string(op).key("path").string(pointer + "/" + std::string(member));
  };
  for (const auto& entry : body.GetObject()) {
    const std::string name(json::view(entry.name));
    const bool drops = name.starts_with("remove") && name.size() > 6;
    const std::string meant = drops ? view::folded(name.substr(6, 1)) + name.substr(7) : name;  // removeConstraint
    const model::Field* field = type.find(meant);
    const bool kept = field == nullptr || field->managed || meant == "name" || meant == "dataType";
    if (kept || (drops && field->required))
      return invalid_argument("unknown field '" + name.substr(0, 100) + "'", name.substr(0, 100));
    if (entry.value.IsNull() || (drops && !entry.value.IsTrue())) continue;
    const bool empty = drops || (entry.value.IsString() && entry.value.GetStringLength() == 0) ||
                       (entry.value.IsArray() && entry.value.Empty());
    if (!empty) {
      operation("add", meant).key("value").raw(json::write(entry.value)).end_object();
    } else if (json::find(item, meant) != nullptr) {
      operation("remove", meant).end_object();
    }
  }
  return std::move(out.end_array()).text();
}

}  // namespace

Result<Place> find_with_item(store::Reader& reader, const view::TypeLayout& layout, std::string_view fqn) {
  const auto absent = [&] { return no_instance(layout.type->name, fqn); };
  const auto key = model::key_of_any_fqn(fqn);
  if (!key.ok()) return absent();
  std::vector<store::TypedKey> keys;
  for (std::string_view above = *key; !above.empty(); above = model::parent_key(above))
    keys.push_back({layout.type->name, std::string(above)});
  MD_LET(refs, reader.refs_by_key(keys));
  const auto nearest = std::ranges::max_element(refs, {}, [](const auto& ref) { return ref.fqn_key.size(); });
  if (nearest == refs.end()) return absent();
  auto stored = find(reader, layout, EntityRef::by_id(layout.type->name, nearest->id), Include::Live);
  if (!stored.ok()) return stored.error().code() == Code::NotFound ? absent() : stored.error();
  const std::size_t past = nearest->fqn_key.size() + 1;
  return Place{*std::move(stored), past < key->size() ? key->substr(past) : std::string()};
}

std::string item_pointer(const view::TypeLayout& layout, const json::Value& working, std::string_view list,
                         std::string_view below) {
  const model::Field* field = layout.type->find(list);
  const std::string children = field == nullptr ? std::string() : view::nested_tags(*field).children;
  return pointer_in(json::find(working, list), "/" + std::string(list), children, below);
}

std::string item_pointer(const view::TaggedList& list, const json::Value& working, std::string_view below) {
  std::string pointer;
  for (const std::string& segment : list.segments) pointer.append("/").append(segment);
  return pointer_in(view::find_list(list, working), std::move(pointer), view::nested_tags(*list.field).children, below);
}

Result<ItemPage> items(const Context& context, const EntityRef& target, std::string_view list,
                       const ItemOptions& options) {
  MD_LET(layout, context.layout(target.type));
  MD_LET(field, list_of(*layout, list));
  ReadOptions read;
  read.as = options.as;
  read.fields = options.fields;
  read.include = options.include;
  read.interrupt = options.interrupt;
  MD_LET(entity, get(context, target, read));
  const auto all = entity.get("/" + field->name);
  ItemPage page;
  if (!all) return page;
  const std::string words = view::folded(options.words);
  const std::size_t limit = std::min(options.limit, context.limits.max_page);
  for (std::size_t i = 0; i < all->size(); ++i) {
    Json item = all->at(i);
    if (!words.empty() && !holds(item, words)) continue;
    const auto place = static_cast<std::size_t>(page.total++);
    if (place >= options.offset && page.items.size() < limit) page.items.push_back(std::move(item));
  }
  return page;
}

Result<Json> patch_item(const Context& context, std::string_view type, std::string_view list, std::string_view fqn,
                        std::string_view text, const WriteOptions& options) {
  MD_LET(layout, context.layout(type));
  MD_LET(field, list_of(*layout, list));
  MD_OK(access::check_outright(options.as, {}, layout->type->name));
  json::Document body;
  MD_OK(json::parse(text, body, context.limits.body));
  if (!body.IsObject()) return invalid_argument("the body must be a JSON object");
  std::string pointer;
  MD_LET(written, run(context, options.as, options.interrupt, [&](store::Reader& reader) -> Result<Step> {
           MD_LET(place, find_with_item(reader, *layout, fqn));
           const auto target = EntityRef::by_id(layout->type->name, place.stored.row.id);
           MD_OK(check_stored(reader, *layout, options.as, {}, place.stored.row,
                              EntityRef::by_fqn(layout->type->name, std::string(fqn))));
           MD_LET(before, load(context, reader, *layout, std::move(place.stored)));
           pointer = item_pointer(*layout, before.working, list, place.below);
           if (pointer.empty()) return no_instance(field->name, fqn);
           const json::Value* item = json::resolve(before.working, *json::Pointer::parse(pointer));
           MD_LET(operations, operations_of(*field->type.element->fields, body, *item, pointer));
           MD_LET(patch_of_it, Patch::parse(operations));
           return patch(context, reader, *layout, target, patch_of_it, options);
         }));
  const auto item = written.entity.get(pointer);
  return item ? *item : Json();
}

}  // namespace metadata::entity
