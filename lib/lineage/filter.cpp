#include "lineage/filter.h"

#include <algorithm>

namespace metadata::lineage {

bool Filter::takes(const store::RefRow& row) const {
  if (row.deleted && !deleted) return false;
  return types.empty() || std::find(types.begin(), types.end(), row.type) != types.end();
}

Result<Filter> filter_of(const Context& context, bool deleted, const std::vector<std::string>& types) {
  Filter filter;
  filter.deleted = deleted;
  for (const std::string& said : types) {
    const model::EntityType* type = context.layouts.registry().type_any_case(said);
    if (type == nullptr) return invalid_argument("there is no entity type '" + said.substr(0, 100) + "'", "types");
    filter.types.push_back(type->name);
  }
  return filter;
}

Search::Admit admit_by(const Filter& filter, store::Reader& reader, const Graph& graph, References& references) {
  if (filter.all()) return nullptr;
  return [&](std::span<const Place> places, std::vector<bool>& admitted) -> Error {
    std::vector<store::Rid> rids;
    for (const Place place : places) rids.push_back(graph.entity(place));
    MD_OK(fetch_references(reader, rids, references));
    std::vector<EntityId> asked;
    std::vector<std::size_t> askers;
    for (std::size_t i = 0; i < rids.size(); ++i) {
      const auto found = references.find(rids[i]);
      admitted[i] = found != references.end() && filter.takes(found->second);
      if (!filter.admit || !admitted[i]) continue;
      asked.push_back(found->second.id);
      askers.push_back(i);
    }
    if (asked.empty()) return {};
    MD_LET(let_in, filter.admit(asked));
    if (let_in.size() != asked.size()) return internal_error("LineageOptions::admit did not answer for each entity");
    for (std::size_t i = 0; i < askers.size(); ++i) admitted[askers[i]] = let_in[i];
    return {};
  };
}

}  // namespace metadata::lineage
