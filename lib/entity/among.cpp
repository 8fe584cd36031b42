#include "entity/among.h"

#include <algorithm>
#include <span>
#include <string>

namespace metadata::entity {

const std::vector<store::RefRow>& effective_edges(const view::Surroundings& around, const store::EntityRow& row,
                                                  const view::TypeLayout& layout, const model::Field& field) {
  const auto& own = around.edges(row.rid, field);
  return own.empty() ? around.inherited_edges(row, layout, field) : own;
}

Result<bool> is_among(store::Reader& reader, const std::vector<store::RefRow>& people, const EntityId& user) {
  const auto among = [&](const EntityId& id) {
    return std::ranges::find(people, id, &store::RefRow::id) != people.end();
  };
  if (people.empty() || among(user)) return !people.empty();
  MD_LET(self, reader.refs_by_id(std::span(&user, 1)));
  if (self.empty()) return false;
  const store::Rid rid = self.front().rid;
  MD_LET(teams, reader.relations(std::span(&rid, 1), store::Direction::From, std::vector<std::string>{"memberOf"}));
  return std::ranges::any_of(teams, [&](const auto& team) { return among(team.other.id); });
}

}  // namespace metadata::entity
