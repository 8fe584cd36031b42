#include <algorithm>

#include "search/plan.h"

namespace metadata::search {
namespace {

bool is_part_of(const model::SearchRule& rule, std::string_view type, std::string_view index) {
  if (!rule) return false;
  return index == "all" || index == "*" || index == type || index == rule.index ||
         std::ranges::find(rule.aliases, index) != rule.aliases.end();
}

/// A cluster's alias may stand before an index's name: "openmetadata_table_search_index".
bool is_behind_alias(const model::SearchRule& rule, std::string_view index) {
  return rule && index.size() > rule.index.size() + 1 && index.ends_with(rule.index) &&
         index[index.size() - rule.index.size() - 1] == '_';
}

}  // namespace

Result<std::vector<const model::EntityType*>> types_of_indexes(const model::Registry& registry,
                                                               const std::vector<std::string>& names) {
  std::vector<const model::EntityType*> types;
  for (const std::string& name : names.empty() ? std::vector<std::string>{"all"} : names) {
    bool known = false;
    for (const auto& type : registry.types()) {
      if (!is_part_of(type->search, type->name, name)) continue;
      known = true;
      if (std::ranges::find(types, type.get()) == types.end()) types.push_back(type.get());
    }
    // Of indexes that fit, the longest name is meant: "x_database_schema_search_index" ends as others do, too.
    const model::EntityType* aliased = nullptr;
    for (const auto& type : registry.types()) {
      if (known || !is_behind_alias(type->search, name)) continue;
      if (aliased == nullptr || type->search.index.size() > aliased->search.index.size()) aliased = type.get();
    }
    if (aliased != nullptr) {
      known = true;
      if (std::ranges::find(types, aliased) == types.end()) types.push_back(aliased);
    }
    if (!known) return invalid_argument("unknown index \"" + name.substr(0, 100) + "\"", "index");
  }
  return types;
}

Xapian::Query match_all() { return Xapian::Query(std::string()); }

}  // namespace metadata::search
