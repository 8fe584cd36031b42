#include <string>

#include "render/entity.h"
#include "routes/input.h"
#include "routes/routes.h"

namespace metadata::server {
namespace {

constexpr std::string_view kJoins = "joins";

Reply read(const Call& call) {
  MD_LET(target, by_id(call));
  const std::string& name = call.field->name;
  MD_LET(entity, call.server.catalog.get(target, {call.who, name, Include::Live, call.interrupt}));
  return render::entity(call, entity);
}

Reply put(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  MD_LET(target, by_id(call));
  MD_LET(options, write_options(call));
  MD_LET(revision, if_match(call, target));
  options.if_revision = revision;
  MD_LET(written, call.server.catalog.put_field(target, call.field->name, call.request.body, options));
  return render::written(call, written);
}

Reply remove(const Call& call, std::string_view item, std::string_view within) {
  MD_LET(target, by_id(call));
  MD_LET(options, write_options(call));
  MD_LET(revision, if_match(call, target));
  options.if_revision = revision;
  MD_LET(written, call.server.catalog.remove_field(target, call.field->name, item, within, options));
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
      rows.push_back({"PUT", at, put, edit, &type, nullptr, &field});
      if (field.list) {
        rows.push_back({"DELETE", at + "/{item}", remove_item, edit, &type, nullptr, &field});
        rows.push_back({"DELETE", at + "/{within}/{item}", remove_within, edit, &type, nullptr, &field});
      } else {
        rows.push_back({"GET", at, read, needs("ViewBasic"), &type, nullptr, &field});
        rows.push_back({"DELETE", at, remove_whole, edit, &type, nullptr, &field});
      }
    }
  }
  return rows;
}

}  // namespace metadata::server
