#include <algorithm>
#include <optional>

#include "render/page.h"
#include "routes/input.h"
#include "routes/routes.h"

namespace metadata::server {
namespace {

constexpr std::size_t kMaxPolicies = 100;  // of one request

std::string_view word_of(Permission::Access access) {
  constexpr std::string_view kWords[] = {"deny", "allow", "conditionalDeny", "conditionalAllow", "notAllow"};
  return kWords[static_cast<std::size_t>(access)];
}

/// The word for what a function's arguments name.
std::string_view parameter_of(std::string_view names) {
  if (names.empty()) return "NotRequired";
  return names == "tag" ? "SpecificTag" : names == "team" ? "SpecificTeam" : "SpecificRole";
}

void write_resource(JsonWriter& out, const TypeInfo& type, const std::vector<Permission>& permissions) {
  out.begin_object().key("resource").string(type.name).key("permissions").begin_array();
  for (const Permission& permission : permissions) {
    out.begin_object();
    out.key("operation").string(permission.operation);
    out.key("access").string(word_of(permission.access));
    for (const auto& [name, text] : {std::pair{"rule", &permission.rule}, std::pair{"policy", &permission.policy},
                                     std::pair{"role", &permission.role}}) {
      if (!text->empty()) out.key(name).string(*text);
    }
    out.end_object();
  }
  out.end_array().end_object();
}

Reply one(const TypeInfo& type, const std::vector<Permission>& permissions) {
  JsonWriter out;
  write_resource(out, type, permissions);
  return render::json(std::move(out).text());
}

/// {"data": […], "paging": {"total": n}} of what `write` writes for each item.
template <class Items, class Write>
Result<Response> list_of(const Items& items, Write write) {
  JsonWriter out;
  out.begin_object().key("data").begin_array();
  for (const auto& item : items) MD_OK(write(out, item));
  out.end_array();
  out.key("paging").begin_object().key("total").integer(static_cast<std::int64_t>(items.size())).end_object();
  out.end_object();
  return render::json(std::move(out).text());
}

Result<const TypeInfo*> resource_of(const Call& call) {
  const TypeInfo* type = call.server.catalog.registry().find(call.params.front());
  if (type == nullptr) return not_found("Resource " + call.params.front().substr(0, 100) + " not found");
  return type;
}

Reply all(const Call& call) {
  return list_of(call.server.catalog.registry().types(), [&](JsonWriter& out, const TypeInfo& type) -> Error {
    MD_LET(permissions, call.server.catalog.permissions(call.who, type.name));
    write_resource(out, type, permissions);
    return {};
  });
}

Reply of_type(const Call& call) {
  MD_LET(type, resource_of(call));
  MD_LET(permissions, call.server.catalog.permissions(call.who, type->name));
  return one(*type, permissions);
}

Reply of_entity(const Call& call) {
  MD_LET(type, resource_of(call));
  const auto id = EntityId::parse(call.params.back());
  if (!id) return invalid_argument("'" + call.params.back().substr(0, 100) + "' is not a UUID", "id");
  MD_LET(permissions, call.server.catalog.permissions(call.who, EntityRef::by_id(type->name, *id), call.interrupt));
  return one(*type, permissions);
}

Reply of_name(const Call& call) {
  MD_LET(type, resource_of(call));
  const EntityRef target = EntityRef::by_fqn(type->name, call.params.back());
  MD_LET(permissions, call.server.catalog.permissions(call.who, target, call.interrupt));
  return one(*type, permissions);
}

/// What a set of policies would allow to somebody who has them.
Reply of_policies(const Call& call) {
  std::vector<EntityId> ids;
  const std::string said = call.query.text("ids");
  std::string_view left = said;
  while (!left.empty()) {
    const auto comma = left.find(',');
    const auto id = EntityId::parse(left.substr(0, comma));
    if (!id) return invalid_argument("query param ids must be UUIDs apart by commas", "ids");
    ids.push_back(*id);
    left = comma == std::string_view::npos ? std::string_view() : left.substr(comma + 1);
    if (ids.size() > kMaxPolicies)
      return invalid_argument("query param ids must be at most " + std::to_string(kMaxPolicies) + " UUIDs", "ids");
  }
  if (ids.empty()) return invalid_argument("query param ids is required", "ids");
  for (const EntityId& id : ids)
    MD_OK(call.server.catalog.check_allowed(call.who, {"ViewBasic"}, EntityRef::by_id("policy", id), call.interrupt));
  MD_LET(holder, call.server.catalog.access().holder_of(ids, call.interrupt));
  return list_of(call.server.catalog.registry().types(), [&](JsonWriter& out, const TypeInfo& type) -> Error {
    MD_LET(permissions, call.server.catalog.permissions(holder, type.name));
    write_resource(out, type, permissions);
    return {};
  });
}

/// May the caller see everything that conditions can name?
bool sees_what_conditions_name(const Call& call) {
  const auto functions = Access::condition_functions();
  return std::all_of(functions.begin(), functions.end(), [&](const ConditionFunction& function) {
    return function.names.empty() ||
           call.server.catalog.access().allowed(call.who, {"ViewBasic"}, std::string(function.names)).ok();
  });
}

/// Who may not see everything that it can name is told of the expression alone, not of what is there.
Reply check_condition(const Call& call) {
  const Error said = call.server.catalog.access().check_condition(call.params.back(), call.interrupt);
  if (said.code() != Code::NotFound || sees_what_conditions_name(call)) MD_OK(said);
  return render::json("{}");
}

Reply functions(const Call&) {
  return list_of(Access::condition_functions(), [](JsonWriter& out, const ConditionFunction& function) -> Error {
    out.begin_object();
    out.key("name").string(function.name);
    out.key("input").string(function.names.empty() ? "none" : "List of " + function.names + " names");
    out.key("description").string(function.description);
    out.key("examples").begin_array().string(function.example).end_array();
    out.key("parameterInputType").string(parameter_of(function.names));
    out.end_object();
    return {};
  });
}

Reply resources(const Call& call) {
  return list_of(call.server.catalog.registry().types(), [](JsonWriter& out, const TypeInfo& type) -> Error {
    out.begin_object().key("name").string(type.name).key("operations").begin_array();
    for (const std::string& operation : type.operations) out.string(operation);
    out.end_array().end_object();
    return {};
  });
}

}  // namespace

std::vector<Route> permission_routes() {
  const Need anybody = needs("ViewBasic");
  return {
      {"GET", "/api/v1/permissions", all, anybody},
      {"GET", "/api/v1/permissions/policies", of_policies, anybody},
      {"GET", "/api/v1/permissions/{resource}", of_type, anybody},
      {"GET", "/api/v1/permissions/{resource}/{id}", of_entity, anybody},
      {"GET", "/api/v1/permissions/{resource}/name/{fqn...}", of_name, anybody},
      {"GET", "/api/v1/policies/functions", functions, anybody},
      {"GET", "/api/v1/policies/resources", resources, anybody},
      {"GET", "/api/v1/policies/validation/condition/{expression...}", check_condition, anybody},
  };
}

}  // namespace metadata::server
