#include "routes/list_items.h"

#include <algorithm>

#include "routes/input.h"

namespace metadata::server {
namespace {

constexpr int kTries = 10;

std::string_view text_of(const Json& item, std::string_view member) {
  return item[member].as_string().value_or(std::string_view{});
}

/// The operations that turn the list into the wanted one; none when it is that already.
std::string operations(const Json& list, const std::string& field, const std::vector<Json>& items, Items how) {
  JsonWriter out;
  out.begin_array();
  const auto operation = [&](const char* op, const std::string& place, const Json* value) {
    out.begin_object().key("op").string(op).key("path").string("/" + field + "/" + place);
    if (value != nullptr) out.key("value").raw(value->text());
    out.end_object();
  };
  if (how == Items::Add) {
    for (auto item = items.begin(); item != items.end(); ++item) {
      bool there = std::any_of(items.begin(), item, [&](const Json& earlier) { return is_same_item(earlier, *item); });
      for (std::size_t i = 0; i < list.size() && !there; ++i) there = is_same_item(list.at(i), *item);
      if (!there) operation("add", "-", &*item);
    }
  } else {
    for (std::size_t i = list.size(); i-- > 0;) {  // from behind, so that the places before it stay
      const Json there = list.at(i);
      const bool inherited = there["inherited"].as_bool().value_or(false);
      const auto is = [&](const Json& item) { return is_same_item(there, item); };
      if (!inherited && std::any_of(items.begin(), items.end(), is)) operation("remove", std::to_string(i), nullptr);
    }
  }
  return std::move(out.end_array()).text();
}

}  // namespace

bool is_same_item(const Json& item, const Json& other) {
  if (!item.is_object()) return item == other;
  // A reference may be given by its FQN alone.
  if (other.is_string())
    return text_of(item, "fullyQualifiedName") == other.as_string() || text_of(item, "id") == other.as_string();
  if (!text_of(item, "tagFQN").empty())
    return text_of(item, "tagFQN") == text_of(other, "tagFQN") && text_of(item, "source") == text_of(other, "source");
  const std::string_view id = text_of(item, "id"), other_id = text_of(other, "id");
  if (!id.empty() && !other_id.empty()) return EntityId::parse(id) == EntityId::parse(other_id);
  const std::string_view fqn = text_of(item, "fullyQualifiedName");
  return !fqn.empty() && fqn == text_of(other, "fullyQualifiedName") && text_of(item, "type") == text_of(other, "type");
}

Result<Written> patch_as_read(const Call& call, const EntityRef& target, const std::string& fields,
                              const std::function<Result<Patch>(const Json& entity)>& patch_of) {
  Catalog& catalog = call.server.catalog;
  MD_LET(options, write_options(call));
  for (int tries = 1;; ++tries) {
    MD_LET(entity, catalog.get(target, {call.who, fields, Include::Live, call.interrupt}));
    MD_LET(whole, Json::parse(entity.text()));
    MD_LET(patch, patch_of(whole));
    options.if_revision = entity.revision();
    auto written = catalog.patch(target, patch, options);
    const bool overtaken = !written.ok() && written.error().code() == Code::PreconditionFailed;
    if (!overtaken || tries == kTries) return written;
  }
}

Result<Written> change_items(const Call& call, const EntityRef& target, const std::string& field,
                             const std::vector<Json>& items, Items how) {
  return patch_as_read(call, target, field,
                       [&](const Json& entity) { return Patch::parse(operations(entity[field], field, items, how)); });
}

}  // namespace metadata::server
