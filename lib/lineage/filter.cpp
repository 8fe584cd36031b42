#include "lineage/filter.h"

#include <algorithm>

#include "access/sight.h"

namespace metadata::lineage {
namespace {

/// Asks the host about those that are admitted so far.
Error ask(const Admit& admit, const std::vector<store::Rid>& rids, const References& references,
          std::vector<bool>& admitted) {
  std::vector<EntityId> asked;
  std::vector<std::size_t> askers;
  for (std::size_t i = 0; i < rids.size(); ++i) {
    if (!admitted[i]) continue;
    asked.push_back(references.at(rids[i]).id);
    askers.push_back(i);
  }
  if (asked.empty()) return {};
  MD_LET(let_in, admit(asked));
  if (let_in.size() != asked.size()) return internal_error("LineageOptions::admit did not answer for each entity");
  for (std::size_t i = 0; i < askers.size(); ++i) admitted[askers[i]] = let_in[i];
  return {};
}

}  // namespace

bool Filter::takes(const store::RefRow& row) const {
  if (row.deleted && !deleted) return false;
  return types.empty() || std::find(types.begin(), types.end(), row.type) != types.end();
}

Result<Filter> filter_of(const Context& context, bool deleted, const std::vector<std::string>& types,
                         const Principal& as) {
  Filter filter;
  filter.context = &context;
  if (!access::sees_everything(as)) filter.as = &as;
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
    for (std::size_t i = 0; i < rids.size(); ++i) {
      const auto found = references.find(rids[i]);
      admitted[i] = found != references.end() && filter.takes(found->second);
    }
    if (filter.as != nullptr) {
      MD_LET(seen, seen_among(*filter.context, reader, *filter.as, rids, references));
      for (std::size_t i = 0; i < rids.size(); ++i) admitted[i] = admitted[i] && seen.contains(rids[i]);
    }
    return filter.admit ? ask(filter.admit, rids, references, admitted) : Error();
  };
}

access::Seeing seeing_of(const Context& context, store::Reader& reader, const Principal& as) {
  return access::Seeing(reader, as, [&](std::string_view type) { return context.layouts.shape(type); });
}

Result<std::unordered_set<store::Rid>> seen_among(const Context& context, store::Reader& reader, const Principal& as,
                                                  std::span<const store::Rid> rids, const References& references) {
  std::vector<store::RefRow> rows;
  for (const store::Rid rid : rids) {
    if (const auto found = references.find(rid); found != references.end()) rows.push_back(found->second);
  }
  return seeing_of(context, reader, as).of(rows);
}

}  // namespace metadata::lineage
