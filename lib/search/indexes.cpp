#include <algorithm>

#include "search/plan.h"

namespace metadata::search {
namespace {

bool is_part_of(const model::SearchRule& rule, std::string_view type, std::string_view index) {
  if (!rule) return false;
  return index == "all" || index == "*" || index == type || index == rule.index ||
         std::ranges::find(rule.aliases, index) != rule.aliases.end();
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
    if (!known) return invalid_argument("unknown index \"" + name.substr(0, 100) + "\"", "index");
  }
  return types;
}

// Everybody may see everything so far. Whoever may not is kept from it here, by terms of owners, domains and
// containers.
Xapian::Query visible_to(Planning&) { return Xapian::Query::MatchAll; }

}  // namespace metadata::search
