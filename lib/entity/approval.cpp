#include "entity/approval.h"

#include <algorithm>
#include <array>

#include "entity/among.h"

namespace metadata::entity {
namespace {

constexpr std::string_view kStatus = "entityStatus";
constexpr std::array<std::string_view, 2> kDecisions = {"Approved", "Rejected"};

}  // namespace

Error check_approval(store::Reader& reader, const view::TypeLayout& layout, const Principal& as, const Loaded& before,
                     const Draft& after) {
  if (as.kind == Principal::Kind::Embedded || layout.shape.reviewers == nullptr) return {};
  const std::string_view status = json::string_or(after.working, kStatus);
  if (status == json::string_or(before.working, kStatus) || std::ranges::find(kDecisions, status) == kDecisions.end())
    return {};
  const auto& reviewers = effective_edges(before.around, before.stored.row, layout, *layout.shape.reviewers);
  if (reviewers.empty()) return {};
  MD_LET(allowed, is_among(reader, reviewers, as.id));
  return allowed ? Error() : permission_denied("User '" + as.name + "' is not a reviewer");
}

}  // namespace metadata::entity
