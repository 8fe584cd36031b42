#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "access/sight.h"
#include "entity/allowed.h"
#include "entity/items.h"
#include "entity/verbs.h"
#include "json/parse.h"
#include "json/pointer.h"
#include "json/write.h"
#include "metadata/patch.h"
#include "model/fqn.h"
#include "view/items.h"

namespace metadata::entity {
namespace {

/// The text of a JSON Patch, step by step.
class Operations {
 public:
  Operations() { out_.begin_array(); }

  void add(const std::string& path, std::string_view op, const json::Value* value = nullptr) {
    out_.begin_object().key("op").string(op).key("path").string(path);
    if (value != nullptr) out_.key("value").raw(json::write(*value));
    out_.end_object();
  }
  Result<Patch> patch() { return Patch::parse(std::move(out_.end_array()).text()); }

 private:
  JsonWriter out_;
};

Result<const model::Field*> routed(const view::TypeLayout& layout, std::string_view name) {
  const model::Field* field = layout.type->find(name);
  if (field != nullptr && !field->route.empty()) return field;
  return not_found("entity type " + layout.type->name + " has no field " + std::string(name.substr(0, 100)) +
                   " that is set by itself");
}

/// The entity as it is, for whoever may see it.
Result<Loaded> loaded(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                      const EntityRef& target, const Principal& as) {
  MD_OK(access::check_outright(as, {}, layout.type->name));
  MD_LET(stored, find(reader, layout, target, Include::Live));
  MD_OK(check_stored(reader, layout, as, {}, stored.row, target));
  return load(context, reader, layout, std::move(stored));
}

bool has_label(const json::Value* labels, const json::Value& label) {
  if (labels == nullptr || !labels->IsArray()) return false;
  for (const json::Value& one : labels->GetArray()) {
    if (json::string_or(one, "tagFQN") == json::string_or(label, "tagFQN")) return true;
  }
  return false;
}

void add_labels(const json::Value& from, const json::Value& to, const std::string& path, Operations& operations) {
  const json::Value* labels = json::find(from, "tags");
  if (labels == nullptr || !labels->IsArray()) return;
  const json::Value* had = json::find(to, "tags");
  for (const json::Value& label : labels->GetArray()) {
    if (!has_label(had, label)) operations.add(path + "/tags/-", "add", &label);
  }
}

/// Gives items of the entity the descriptions that they lack, and further labels, from items of the same names.
void fill_items(const json::Value* from, const json::Value* to, const std::string& path, Operations& operations) {
  struct Lists {
    const json::Value* from;
    const json::Value* to;
    std::string path;
  };
  std::vector<Lists> open = {{from, to, path}};
  while (!open.empty()) {
    const Lists at = std::move(open.back());
    open.pop_back();
    if (at.from == nullptr || at.to == nullptr || !at.from->IsArray() || !at.to->IsArray()) continue;
    std::unordered_map<std::string, const json::Value*> told;
    for (const json::Value& item : at.from->GetArray())
      told.emplace(view::folded(json::string_or(item, "name")), &item);
    for (json::SizeType i = 0; i < at.to->Size(); ++i) {
      const json::Value& item = (*at.to)[i];
      const auto found = told.find(view::folded(json::string_or(item, "name")));
      if (found == told.end()) continue;
      const json::Value& one = *found->second;
      const std::string here = at.path + "/" + std::to_string(i);
      const json::Value* description = json::find(one, "description");
      const bool says = description != nullptr && description->IsString() && description->GetStringLength() > 0;
      if (says && json::string_or(item, "description").empty())
        operations.add(here + "/description", "add", description);
      add_labels(one, item, here, operations);
      open.push_back({json::find(one, "children"), json::find(item, "children"), here + "/children"});
    }
  }
}

/// What a value brings for the entity itself where that has nothing.
void fill(const model::Field& field, const view::TypeLayout& layout, const json::Value& value,
          const json::Value& working, Operations& operations) {
  if (field.fills.empty()) return;
  fill_items(json::find(value, field.fills), json::find(working, field.fills), "/" + field.fills, operations);
  if (!layout.tag_fields.empty()) add_labels(value, working, "", operations);
  const json::Value* owners = json::find(value, "owners");
  const bool says = owners != nullptr && owners->IsArray() && !owners->Empty();
  if (says && layout.shape.owners != nullptr && json::find(working, layout.shape.owners->name) == nullptr)
    operations.add("/" + layout.shape.owners->name, "add", owners);
}

/// Members that a value keeps from the one before when it does not say them.
void keep_text(const json::Value* before, std::string_view member, json::Document& value) {
  const json::Value* old = before == nullptr ? nullptr : json::find(*before, member);
  if (old != nullptr && json::string_or(value, member).empty())
    json::set(value, member, json::copy(*old, value.GetAllocator()), value.GetAllocator());
}

/// Where a list lies: in the entity, or in an item of it.
Result<std::string> list_pointer(const view::TypeLayout& layout, const model::Field& field, const json::Value& working,
                                 std::string_view within) {
  if (within.empty()) return "/" + field.name;
  const auto key = model::key_of_any_fqn(within);
  std::string at = item_pointer(layout, working, field.item_list, within);
  if (at.empty() && key.ok()) at = item_pointer(layout, working, field.item_list, *key);
  if (at.empty()) return invalid_argument("Invalid column name " + std::string(within.substr(0, 300)));
  return at + "/" + field.name;
}

/// The place in the list of the item of that name, or nothing.
std::optional<json::SizeType> place_in(const json::Value* list, const model::Field& field, std::string_view name) {
  if (list == nullptr || !list->IsArray()) return std::nullopt;
  for (json::SizeType i = 0; i < list->Size(); ++i) {
    if (json::string_or((*list)[i], field.match.front()) == name) return i;
  }
  return std::nullopt;
}

/// What the server says of an item itself, when its type has such members.
void sign(const Context& context, const model::StructType& type, const json::Value* before, const Principal& as,
          json::Document& item) {
  auto& memory = item.GetAllocator();
  if (type.find("id") != nullptr) {
    const std::string_view id = before == nullptr ? std::string_view() : json::string_or(*before, "id");
    json::set_string(item, "id", id.empty() ? context.ids.next().text() : std::string(id), memory);
  }
  if (type.find("updatedAt") != nullptr) json::set(item, "updatedAt", json::Value(context.clock.now_ms()), memory);
  if (type.find("updatedBy") != nullptr) json::set_string(item, "updatedBy", as.name, memory);
}

Error put_item(const Context& context, const view::TypeLayout& layout, const model::Field& field, json::Document value,
               const Loaded& before, const Principal& as, Operations& operations) {
  const std::string_view within = field.item_by.empty() ? std::string_view() : json::string_or(value, field.item_by);
  MD_LET(at, list_pointer(layout, field, before.working, within));
  MD_LET(pointer, json::Pointer::parse(at));
  const json::Value* list = json::resolve(before.working, pointer);
  const std::string name(json::string_or(value, field.match.front()));
  if (name.empty()) return invalid_argument(field.match.front() + " field is required", field.match.front());
  const auto place = place_in(list, field, name);
  sign(context, *field.type.element->fields, place ? &(*list)[*place] : nullptr, as, value);
  operations.add(at + "/" + (place ? std::to_string(*place) : "-"), place ? "replace" : "add", &value);
  return {};
}

}  // namespace

Result<Step> put_field(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                       const EntityRef& target, std::string_view name, std::string_view text,
                       const WriteOptions& options) {
  MD_LET(field, routed(layout, name));
  json::Document value;
  MD_OK(json::parse(text, value, context.limits.body));
  if (!value.IsObject()) return invalid_argument("the body must be a JSON object");
  MD_LET(before, loaded(context, reader, layout, target, options.as));
  Operations operations;
  if (field->type.shape == model::Shape::Array) {
    MD_OK(put_item(context, layout, *field, std::move(value), before, options.as, operations));
  } else {
    if (!field->fills.empty()) {
      const json::Value* old = json::find(before.working, field->name);
      for (const std::string_view kept : {"rawSql", "sql"}) keep_text(old, kept, value);
    }
    operations.add("/" + field->name, "add", &value);
    fill(*field, layout, value, before.working, operations);
  }
  MD_LET(made, operations.patch());
  return patch(context, reader, layout, target, made, options);
}

Result<Step> remove_field(const Context& context, store::Reader& reader, const view::TypeLayout& layout,
                          const EntityRef& target, std::string_view name, std::string_view item,
                          std::string_view within, const WriteOptions& options) {
  MD_LET(field, routed(layout, name));
  MD_LET(before, loaded(context, reader, layout, target, options.as));
  Operations operations;
  if (field->type.shape == model::Shape::Array) {
    MD_LET(at, list_pointer(layout, *field, before.working, within));
    MD_LET(pointer, json::Pointer::parse(at));
    const auto place = place_in(json::resolve(before.working, pointer), *field, item);
    if (!place) return no_instance(field->route, item);
    operations.add(at + "/" + std::to_string(*place), "remove");
  } else if (json::find(before.working, field->name) != nullptr) {
    operations.add("/" + field->name, "remove");
  } else {
    // Nothing changes, so that the patch asks for no right.
    const std::string edit = field->edit.empty() ? "EditAll" : field->edit;
    MD_OK(check_stored(reader, layout, options.as, {edit}, before.stored.row, target));
  }
  MD_LET(made, operations.patch());
  return patch(context, reader, layout, target, made, options);
}

}  // namespace metadata::entity
