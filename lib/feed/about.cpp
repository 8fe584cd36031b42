#include "feed/about.h"

#include <algorithm>

#include "access/sight.h"
#include "entity/allowed.h"
#include "entity/among.h"
#include "entity/items.h"
#include "entity/resolve.h"
#include "json/parse.h"
#include "json/pointer.h"
#include "json/write.h"
#include "model/fqn.h"

namespace metadata::feed {
namespace {

constexpr char kDescription[] = "description";

std::string name_of_entity(const About& about) {
  const store::EntityRow& row = about.entity.stored.row;
  return row.type + " " + model::fqn_of_key(row.fqn_key);
}

Error has_none(const About& about, What what) {
  return invalid_argument(
      name_of_entity(about) + " has no " + (what == What::Description ? "description" : "labels") +
          " that could be suggested there: a link names the entity, or an item of one of its lists, as in "
          "<#E::table::service.database.schema.table::columns::column>",
      "entityLink");
}

/// The member with the description or the labels: of the entity, or of items.
const model::Field* member_of(const std::vector<model::Field>& fields, What what) {
  const auto at = std::ranges::find_if(fields, [&](const model::Field& field) {
    if (what == What::Description) return field.name == kDescription && !field.managed;
    return field.type.element != nullptr && field.type.element->format == model::Format::TagLabel && !field.managed;
  });
  return at == fields.end() ? nullptr : &*at;
}

Result<Spot> in_list(const About& about, const Suggestion& suggestion) {
  const auto& lists = about.layout->nested_tagged;
  const auto list = std::ranges::find_if(lists, [&](const view::TaggedList& one) {
    return one.path == suggestion.list || one.segments.front() == suggestion.list;
  });
  const What what = suggestion.place.what;
  if (list == lists.end()) return has_none(about, what);
  const model::Field* member = member_of(list->field->type.element->fields->fields, what);
  if (member == nullptr || (!suggestion.member.empty() && suggestion.member != member->name))
    return has_none(about, what);
  const auto key = model::key_of_any_fqn(suggestion.item);
  const std::string pointer = key.ok() ? entity::item_pointer(*list, about.entity.working, *key) : std::string();
  if (pointer.empty())
    return not_found(name_of_entity(about) + " has no " + json::quoted_excerpt(suggestion.item) + " among its " +
                     suggestion.list);
  return Spot{pointer + "/" + member->name, member};
}

json::Pointer parse(const std::string& pointer) {
  auto parsed = json::Pointer::parse(pointer);
  return parsed.ok() ? *std::move(parsed) : json::Pointer();  // it was written here
}

}  // namespace

store::RefRow About::ref() const {
  const store::EntityRow& row = entity.stored.row;
  return {row.rid, row.id, row.type, row.fqn_key, row.name, row.display_name, row.deleted};
}

EntityRef About::target() const { return EntityRef::by_id(entity.stored.row.type, entity.stored.row.id); }

Result<About> find_about(const entity::Context& context, store::Reader& reader, const Principal& as,
                         const EntityRef& target) {
  MD_LET(layout, context.layout(target.type));
  MD_OK(access::check_outright(as, {}, layout->type->name));
  MD_LET(stored, entity::find(reader, *layout, target, Include::Live));
  MD_OK(entity::check_stored(reader, *layout, as, {}, stored.row, target));
  MD_LET(loaded, entity::load(context, reader, *layout, std::move(stored)));
  return About{layout, std::move(loaded)};
}

std::string edit_of(What what) { return what == What::Description ? "EditDescription" : "EditTags"; }

Error check_decides(store::Reader& reader, const Principal& as, const About& about, What what, std::string_view act) {
  MD_OK(entity::check_stored(reader, *about.layout, as, {edit_of(what)}, about.entity.stored.row, about.target()));
  const model::Field* owners = about.layout->shape.owners;
  if (as.kind != Principal::Kind::User || owners == nullptr) return {};
  const auto& people = entity::effective_edges(about.entity.around, about.entity.stored.row, *about.layout, *owners);
  if (people.empty()) return {};
  MD_LET(owns, entity::is_among(reader, people, as.id));
  if (owns) return {};
  return permission_denied("Principal: CatalogPrincipal{name='" + as.name + "'} may not " + std::string(act) +
                           " suggestions about " + name_of_entity(about) + ": it has owners, who decide on them");
}

Result<Spot> find_spot(const About& about, const Suggestion& suggestion) {
  if (!suggestion.item.empty()) return in_list(about, suggestion);
  const What what = suggestion.place.what;
  const model::Field* field = member_of(about.layout->type->fields, what);
  if (field == nullptr || (!suggestion.list.empty() && suggestion.list != field->name)) return has_none(about, what);
  return Spot{"/" + field->name, field};
}

Error apply(const entity::Context& context, store::Reader& reader, About& about, const Suggestion& suggestion,
            std::set<std::string>& changed) {
  MD_LET(spot, find_spot(about, suggestion));
  json::Document& working = about.entity.working;
  auto& allocator = working.GetAllocator();
  const json::Pointer pointer = parse(spot.pointer);
  const auto& segments = pointer.segments();
  json::Value* holder =
      json::resolve(working, json::Pointer(std::vector<std::string>(segments.begin(), segments.end() - 1)));
  if (holder == nullptr) return internal_error("nothing holds " + spot.pointer);
  changed.insert(spot.pointer);
  if (suggestion.place.what == What::Description) {
    json::set_string(*holder, segments.back(), suggestion.description, allocator);
    return {};
  }
  json::Document labels;
  MD_OK(json::parse_trusted(suggestion.labels, labels));
  if (json::find(*holder, segments.back()) == nullptr)
    json::set(*holder, segments.back(), json::Value(json::rapid::kArrayType), allocator);
  for (const json::Value& label : labels.GetArray())
    MD_OK(entity::add_label(context, reader, label, *json::find(*holder, segments.back()), allocator));
  return {};
}

Result<Patch> patch_of(const About& about, const std::set<std::string>& changed) {
  JsonWriter out;
  out.begin_array();
  for (const std::string& at : changed) {
    const json::Value* value = json::resolve(about.entity.working, parse(at));
    if (value == nullptr) return internal_error("nothing is at " + at);
    out.begin_object()
        .key("op")
        .string("add")
        .key("path")
        .string(at)
        .key("value")
        .raw(json::write(*value))
        .end_object();
  }
  return Patch::parse(std::move(out.end_array()).text());
}

}  // namespace metadata::feed
