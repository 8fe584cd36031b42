#include <algorithm>
#include <string>

#include "render/entity.h"
#include "routes/input.h"
#include "routes/routes.h"

namespace metadata::server {
namespace {

constexpr std::string_view kJoins = "joins";

/// The field whose route this is: the word after the entity's id.
const FieldInfo& field_of(const Call& call, std::string_view pattern_end) {
  const auto is_it = [&](const FieldInfo& field) { return field.route == pattern_end; };
  return *std::find_if(call.type->fields.begin(), call.type->fields.end(), is_it);
}

/// The third word below the collection: "/api/v1/tables/<id>/dataModel".
const FieldInfo& field_of(const Call& call) {
  const std::string_view path = path_of(call.request.target);
  std::string_view rest = path.substr(std::string_view("/api/v1/").size() + call.type->collection.size() + 1);
  rest.remove_prefix(rest.find('/') + 1);
  return field_of(call, rest.substr(0, rest.find('/')));
}

Reply read(const Call& call) {
  MD_LET(target, by_id(call));
  const std::string& name = field_of(call).name;
  MD_LET(entity, call.server.catalog.get(target, {call.who, name, Include::Live, call.interrupt}));
  return render::entity(call, entity);
}

Reply put(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  MD_LET(target, by_id(call));
  MD_LET(options, write_options(call));
  MD_LET(revision, if_match(call, target));
  options.if_revision = revision;
  MD_LET(written, call.server.catalog.put_field(target, field_of(call).name, call.request.body, options));
  return render::written(call, written);
}

Reply remove(const Call& call, std::string_view item, std::string_view within) {
  MD_LET(target, by_id(call));
  MD_LET(options, write_options(call));
  MD_LET(revision, if_match(call, target));
  options.if_revision = revision;
  MD_LET(written, call.server.catalog.remove_field(target, field_of(call).name, item, within, options));
  return render::written(call, written);
}

Reply remove_whole(const Call& call) { return remove(call, {}, {}); }
Reply remove_item(const Call& call) { return remove(call, call.params[1], {}); }
Reply remove_within(const Call& call) { return remove(call, call.params[2], call.params[1]); }

Reply put_joins(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  MD_LET(target, by_id(call));
  MD_LET(options, write_options(call));
  MD_OK(call.server.catalog.put_joins(target, call.request.body, options));
  return answer_with(call, target, std::string(kJoins));
}

}  // namespace

std::vector<Route> field_routes(const Registry& registry) {
  std::vector<Route> rows;
  for (const TypeInfo& type : registry.types()) {
    for (const FieldInfo& field : type.fields) {
      const std::string at =
          "/api/v1/" + type.collection + "/{id}/" + (field.name == kJoins ? field.name : field.route);
      const Need edit = needs(field.edit);
      if (field.name == kJoins) rows.push_back({"PUT", at, put_joins, needs("EditAll"), &type});
      if (field.route.empty()) continue;
      rows.push_back({"PUT", at, put, edit, &type});
      if (field.list) {
        rows.push_back({"DELETE", at + "/{item}", remove_item, edit, &type});
        rows.push_back({"DELETE", at + "/{within}/{item}", remove_within, edit, &type});
      } else {
        rows.push_back({"GET", at, read, needs("ViewBasic"), &type});
        rows.push_back({"DELETE", at, remove_whole, edit, &type});
      }
    }
  }
  return rows;
}

}  // namespace metadata::server
