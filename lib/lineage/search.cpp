#include "lineage/search.h"

#include <algorithm>
#include <limits>
#include <tuple>

#include "base/interrupt.h"

namespace metadata::lineage {
namespace {

constexpr Place kNone = std::numeric_limits<Place>::min();
constexpr std::size_t kFirstSlots = 1024;  // a power of two, as all sizes are
// Places a statement.
constexpr std::size_t kAtOnce = 1024;
constexpr std::size_t kAdmittedAtOnce = 512;

}  // namespace

PlaceSet::PlaceSet() : slots_(kFirstSlots, kNone) {}

/// Where the place is, or the empty slot where it belongs.
std::size_t PlaceSet::slot(Place place) const {
  // Fibonacci hashing: rids that follow each other do not crowd.
  auto at = static_cast<std::size_t>((static_cast<std::uint64_t>(place) * 0x9E3779B97F4A7C15ULL) >> 20);
  for (at &= slots_.size() - 1; slots_[at] != kNone && slots_[at] != place; at = (at + 1) & (slots_.size() - 1)) {
  }
  return at;
}

bool PlaceSet::insert(Place place) {
  const std::size_t at = slot(place);
  if (slots_[at] == place) return false;
  slots_[at] = place;
  if (++size_ * 2 > slots_.size()) grow();
  return true;
}

bool PlaceSet::contains(Place place) const { return slots_[slot(place)] == place; }

void PlaceSet::grow() {
  std::vector<Place> old(slots_.size() * 2, kNone);
  old.swap(slots_);
  for (const Place place : old) {
    if (place != kNone) slots_[slot(place)] = place;
  }
}

Result<Search::End> Search::run(Place root, int depth, const Admit& admit, const Visit& visit) {
  met_.insert(root);
  std::vector<Place> level{root};
  for (int away = 1; away <= depth && !level.empty(); ++away) {
    next_.clear();
    for (std::size_t at = 0; at < level.size() && end_ == End::Done; at += kAtOnce) {
      MD_OK(base::check(interrupt_));
      const auto some = std::span(level).subspan(at, std::min(kAtOnce, level.size() - at));
      MD_OK(step_from(some, away, admit, visit));
    }
    if (end_ != End::Done) return end_;
    std::ranges::sort(next_);
    level.swap(next_);
  }
  return end_;
}

Error Search::step_from(std::span<const Place> tails, int depth, const Admit& admit, const Visit& visit) {
  if (!admit) {
    return graph_.steps(tails, flow_, [&](Place tail, Place head) { return take(tail, head, depth, visit); });
  }
  Error failed;
  MD_OK(graph_.steps(tails, flow_, [&](Place tail, Place head) {
    waiting_.emplace_back(tail, head);
    if (waiting_.size() < kAdmittedAtOnce) return true;
    failed = take_admitted(depth, admit, visit);
    return failed.ok() && end_ == End::Done;
  }));
  MD_OK(failed);
  return end_ == End::Done ? take_admitted(depth, admit, visit) : Error();
}

bool Search::take(Place tail, Place head, int depth, const Visit& visit) {
  const bool first = met_.insert(head);
  if (met_.size() > max_visited_) {
    end_ = End::TooMany;
    return false;
  }
  if (first) next_.push_back(head);
  if (visit({tail, head, depth, first})) return true;
  end_ = End::Stopped;
  return false;
}

Error Search::take_admitted(int depth, const Admit& admit, const Visit& visit) {
  std::vector<Place> unknown;
  for (const auto& [tail, head] : waiting_) {
    if (!met_.contains(head) && !refused_.contains(head)) unknown.push_back(head);
  }
  if (!unknown.empty()) {
    std::vector<bool> admitted(unknown.size(), true);
    MD_OK(admit(unknown, admitted));
    for (std::size_t i = 0; i < unknown.size(); ++i) {
      if (!admitted[i]) refused_.insert(unknown[i]);
    }
    if (refused_.size() > max_visited_) end_ = End::TooMany;
  }
  for (const auto& [tail, head] : waiting_) {
    if (end_ != End::Done) break;
    if (!refused_.contains(head) && !take(tail, head, depth, visit)) break;
  }
  waiting_.clear();
  return {};
}

}  // namespace metadata::lineage
