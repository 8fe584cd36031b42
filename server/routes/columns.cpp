#include <algorithm>
#include <string>

#include "render/page.h"
#include "routes/input.h"
#include "routes/routes.h"

namespace metadata::server {
namespace {

constexpr std::string_view kColumns = "columns";
constexpr std::string_view kItemType = "[Column]";

Result<std::size_t> bounded(const Call& call, std::string_view name, long long fallback, long long least,
                            long long most) {
  MD_LET(number, call.query.number(name, fallback));
  const std::string word(name);
  if (number < least)
    return invalid_argument("[query param " + word + " must be greater than or equal to " + std::to_string(least) +
                            "]");
  if (number > most)
    return invalid_argument("[query param " + word + " must be less than or equal to " + std::to_string(most) + "]");
  return static_cast<std::size_t>(number);
}

Reply page_of(const Call& call, const EntityRef& target, const std::string& words) {
  MD_LET(include, include_of(call));
  MD_LET(limit, bounded(call, "limit", 50, 1, 1000));
  MD_LET(offset, bounded(call, "offset", 0, 0, 1'000'000'000));
  ItemOptions options;
  options.as = call.who;
  options.fields = fields_of(call).names;
  options.include = include;
  options.limit = limit;
  options.offset = offset;
  options.words = words;
  options.interrupt = call.interrupt;
  MD_LET(page, call.server.catalog.items(target, kColumns, options));
  return render::item_page(page, offset, limit);
}

template <auto address>
Reply list(const Call& call) {
  MD_LET(target, address(call));
  return page_of(call, target, {});
}

template <auto address>
Reply search(const Call& call) {
  MD_LET(target, address(call));
  return page_of(call, target, call.query.text("q"));
}

/// One column by its name: what the body says of it.
Reply put(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  const std::string named = call.query.text("entityType");
  const TypeInfo* type = call.server.catalog.registry().find(named.empty() ? "table" : named);
  if (type == nullptr)
    return invalid_argument("entityType: there is no type '" + named.substr(0, 100) + "'", "entityType");
  MD_LET(options, write_options(call));
  MD_LET(column, call.server.catalog.patch_item(type->name, kColumns, call.params.front(), call.request.body, options));
  return render::json(column.text());
}

}  // namespace

std::vector<Route> column_routes(const Registry& registry) {
  std::vector<Route> rows;
  for (const TypeInfo& type : registry.types()) {
    const bool has = std::any_of(type.fields.begin(), type.fields.end(), [](const FieldInfo& field) {
      return field.name == kColumns && field.type == kItemType;
    });
    if (!has) continue;
    const std::string path = "/api/v1/" + type.collection;
    const Need sees = needs("ViewBasic");
    rows.push_back({"GET", path + "/{id}/columns", list<by_id>, sees, &type});
    rows.push_back({"GET", path + "/{id}/columns/search", search<by_id>, sees, &type});
    rows.push_back({"GET", path + "/name/{fqn...}/columns", list<by_name>, sees, &type});
    rows.push_back({"GET", path + "/name/{fqn...}/columns/search", search<by_name>, sees, &type});
  }
  rows.push_back({"PUT", "/api/v1/columns/name/{fqn...}", put, needs("EditAll")});
  return rows;
}

}  // namespace metadata::server
