#include "bulk/groups.h"

#include <algorithm>
#include <set>

#include "entity/verbs.h"
#include "model/fqn.h"

namespace metadata::bulk {
namespace {

constexpr std::size_t kMaxGroups = 10'000;
constexpr std::int64_t kPage = 1000;

/// The field by which a group says what it is below; null when groups of this kind are not in each other.
const model::Field* above_field(const model::EntityType& group) {
  return group.csv.group == group.name ? group.find(group.csv.group_field) : nullptr;
}

Error add_children(const entity::Context& context, const File& file, const std::string& filter,
                   const std::string& above, const ReadOptions& options, std::set<std::string>& known,
                   std::vector<std::string>& groups) {
  ListOptions list;
  list.as = options.as;
  list.interrupt = options.interrupt;
  list.limit = kPage;
  list.filters = {{filter, above}};
  do {
    MD_LET(page, entity::list(context, file.scope->type->name, list));
    for (const Entity& group : page.entities) {
      if (!known.insert(group.fqn()).second) continue;
      groups.push_back(group.fqn());
      if (groups.size() > kMaxGroups)
        return too_large("there are more than " + std::to_string(kMaxGroups) + " below " + file.scope_fqn +
                         ": take one that is further down");
    }
    list.after = page.after;
  } while (!list.after.empty());
  return {};
}

}  // namespace

std::string group_filter(const model::EntityType& type, std::string_view field) {
  for (const model::RelationFilter& filter : type.relation_filters) {
    if (filter.field == field) return filter.name;
  }
  return {};
}

Result<std::vector<std::string>> groups_below(const entity::Context& context, const File& file,
                                              const ReadOptions& options) {
  std::vector<std::string> groups{file.scope_fqn};
  const model::Field* above = above_field(*file.scope->type);
  if (above == nullptr) return groups;
  const std::string filter = group_filter(*file.scope->type, above->name);
  std::set<std::string> known{file.scope_fqn};
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const std::string one = groups[i];  // the list grows
    MD_OK(add_children(context, file, filter, one, options, known, groups));
  }
  return groups;
}

Result<bool> lies_in_scope(store::Reader& reader, const File& file, const std::vector<std::string>& groups) {
  const model::EntityType& type = *file.scope->type;
  std::vector<store::TypedKey> keys{{type.name, file.scope_key}};
  for (const std::string& group : groups) {
    auto key = model::key_of_fqn(type, group);
    if (key.ok()) keys.push_back({type.name, *std::move(key)});
  }
  if (std::any_of(keys.begin() + 1, keys.end(), [&](const auto& key) { return key.fqn_key == file.scope_key; }))
    return true;
  const model::Field* above = above_field(type);
  if (above == nullptr) return false;
  MD_LET(found, reader.refs_by_key(keys));
  std::set<store::Rid> known;
  std::vector<store::Rid> open;
  store::Rid scope{};
  for (const store::RefRow& row : found) {
    if (row.fqn_key == file.scope_key) {
      scope = row.rid;
    } else if (known.insert(row.rid).second) {
      open.push_back(row.rid);
    }
  }
  const std::vector<std::string> kinds{above->relation.kind};
  const auto direction = above->relation.outgoing ? store::Direction::From : store::Direction::To;
  while (!open.empty() && known.size() <= kMaxGroups) {
    MD_LET(edges, reader.relations(open, direction, kinds));
    open.clear();
    for (const auto& edge : edges) {
      if (edge.other.rid == scope) return true;
      if (known.insert(edge.other.rid).second) open.push_back(edge.other.rid);
    }
  }
  return false;
}

}  // namespace metadata::bulk
