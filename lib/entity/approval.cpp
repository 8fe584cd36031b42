#include "entity/approval.h"

#include <algorithm>
#include <array>

namespace metadata::entity {
namespace {

constexpr std::string_view kStatus = "entityStatus";
constexpr std::array<std::string_view, 2> kDecisions = {"Approved", "Rejected"};

const std::vector<store::RefRow>& reviewers_of(const view::TypeLayout& layout, const Loaded& entity) {
  static const std::vector<store::RefRow> kNobody;
  const model::Field* field = layout.shape.reviewers;
  if (field == nullptr) return kNobody;
  const auto& own = entity.around.edges(entity.stored.row.rid, *field);
  return own.empty() ? entity.around.inherited_edges(entity.stored.row, layout, *field) : own;
}

Result<bool> is_among(store::Reader& reader, const std::vector<store::RefRow>& reviewers, const EntityId& user) {
  const auto same = [&](const store::RefRow& one) { return one.id == user; };
  if (std::ranges::any_of(reviewers, same)) return true;
  std::vector<store::Rid> teams;
  for (const auto& one : reviewers) {
    if (one.type == "team") teams.push_back(one.rid);
  }
  if (teams.empty()) return false;
  const std::vector<std::string> kinds{"memberOf"};
  MD_LET(edges, reader.relations(teams, store::Direction::To, kinds));
  return std::ranges::any_of(edges, [&](const auto& edge) { return edge.other.id == user; });
}

}  // namespace

Error check_approval(store::Reader& reader, const view::TypeLayout& layout, const Principal& as, const Loaded& before,
                     const Draft& after) {
  if (as.kind == Principal::Kind::Embedded || layout.shape.reviewers == nullptr) return {};
  const std::string_view status = json::string_or(after.working, kStatus);
  if (status == json::string_or(before.working, kStatus) || std::ranges::find(kDecisions, status) == kDecisions.end())
    return {};
  const auto& reviewers = reviewers_of(layout, before);
  if (reviewers.empty()) return {};
  MD_LET(allowed, is_among(reader, reviewers, as.id));
  return allowed ? Error() : permission_denied("User '" + as.name + "' is not a reviewer");
}

}  // namespace metadata::entity
