#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>

#include "base/interrupt.h"
#include "lineage/fill.h"
#include "lineage/filter.h"
#include "lineage/walk.h"

namespace metadata::lineage {
namespace {

constexpr std::size_t kAtOnce = 1024;
constexpr std::size_t kMaxDetailBytes = std::size_t{16} << 20;

/// One of the two searches that meet in the middle.
struct Side {
  Flow flow = Flow::Downstream;
  std::unordered_map<Place, Place> from;  ///< place → the one it was reached from
  std::vector<Place> level;
  int depth = 0;
};

/// Finds a shortest chain of places by searching from both ends, a level at a time, always the smaller one.
class PathSearch {
 public:
  PathSearch(store::Reader& reader, const LineageOptions& options, const Filter& filter)
      : graph_(reader), reader_(reader), options_(options), filter_(filter) {}

  /// The places from the first to the last; empty: there is none.
  Result<std::vector<Place>> find(Place from, Place to) {
    if (from == to) return std::vector<Place>{from};
    sides_[0] = {Flow::Downstream, {{from, from}}, {from}, 0};
    sides_[1] = {Flow::Upstream, {{to, to}}, {to}, 0};
    const auto admit = admit_by(filter_, reader_, graph_, references_);
    while (!sides_[0].level.empty() && !sides_[1].level.empty()) {
      const std::size_t smaller = sides_[0].level.size() <= sides_[1].level.size() ? 0 : 1;
      MD_OK(advance(sides_[smaller], sides_[1 - smaller], admit));
      if (meeting_) return chain();
    }
    return std::vector<Place>();
  }

 private:
  Error advance(Side& side, const Side& other, const Search::Admit& admit) {
    std::vector<Place> next;
    for (std::size_t at = 0; at < side.level.size() && !meeting_; at += kAtOnce) {
      MD_OK(base::check(options_.interrupt));
      const auto some = std::span(side.level).subspan(at, std::min(kAtOnce, side.level.size() - at));
      bool too_many = false;
      MD_OK(graph_.steps(some, side.flow, [&](Place tail, Place head) {
        if (!side.from.emplace(head, tail).second) return true;
        next.push_back(head);
        // Any meeting within one level is as short as any other: what is behind it was looked at level by level.
        if (!admit && other.from.contains(head)) meeting_ = head;
        too_many = sides_[0].from.size() + sides_[1].from.size() > options_.max_visited;
        return !meeting_ && !too_many;
      }));
      if (too_many)
        return too_large("the search for a path met more than " + std::to_string(options_.max_visited) + " entities");
    }
    if (admit) MD_OK(keep_admitted(next, other, admit));
    std::ranges::sort(next);
    side.level = std::move(next);
    ++side.depth;
    return {};
  }

  Error keep_admitted(std::vector<Place>& next, const Side& other, const Search::Admit& admit) {
    std::vector<Place> kept;
    for (std::size_t at = 0; at < next.size(); at += kAtOnce) {
      const auto some = std::span<const Place>(next).subspan(at, std::min(kAtOnce, next.size() - at));
      std::vector<bool> admitted(some.size(), true);
      MD_OK(admit(some, admitted));
      for (std::size_t i = 0; i < some.size(); ++i) {
        // The ends themselves were asked for.
        if (!admitted[i] && !other.from.contains(some[i])) continue;
        kept.push_back(some[i]);
        if (!meeting_ && other.from.contains(some[i])) meeting_ = some[i];
      }
    }
    next = std::move(kept);
    return {};
  }

  std::vector<Place> chain() const {
    std::vector<Place> places{*meeting_};
    while (sides_[0].from.at(places.back()) != places.back()) places.push_back(sides_[0].from.at(places.back()));
    std::ranges::reverse(places);
    while (sides_[1].from.at(places.back()) != places.back()) places.push_back(sides_[1].from.at(places.back()));
    return places;
  }

  EntityGraph graph_;
  store::Reader& reader_;
  const LineageOptions& options_;
  const Filter& filter_;
  References references_;
  std::array<Side, 2> sides_;
  std::optional<Place> meeting_;
};

}  // namespace

Result<LineageGraph> path(const Context& context, const EntityRef& from, const EntityRef& to,
                          const LineageOptions& options) {
  MD_LET(turn, may_ask(context, options.admit));
  MD_LET(reader, context.store.snapshot(options.interrupt));
  MD_LET(first, find(context, *reader, from, Deleted::Refuse, options.as));
  MD_LET(last, find(context, *reader, to, Deleted::Refuse, options.as));
  MD_LET(filter, filter_of(context, options.deleted, options.types, options.as));
  filter.admit = options.admit;
  MD_LET(places, PathSearch(*reader, options, filter).find(first.row.rid, last.row.rid));
  if (places.empty()) {
    return not_found("no lineage leads from " + first.row.type + " " + first.row.id.text() + " to " + last.row.type +
                     " " + last.row.id.text());
  }
  LineageGraph graph;
  graph.entity = node_of(first.row, 0);
  References references;
  MD_OK(fetch_references(*reader, places, references));
  std::vector<store::LineagePair> pairs;
  for (std::size_t i = 1; i < places.size(); ++i) {
    pairs.push_back({places[i - 1], places[i]});
    graph.nodes.push_back(node_of(references.at(places[i]), static_cast<int>(i)));
  }
  const access::Seeing seeing = seeing_of(context, *reader, options.as);
  MD_LET(edges, fill_edges(*reader, pairs, references, seeing, options.details, kMaxDetailBytes));
  if (edges.size() < pairs.size()) {  // a long path with heavy details: the path matters more
    MD_LET(bare, fill_edges(*reader, pairs, references, seeing, false, kMaxDetailBytes));
    edges = std::move(bare);
  }
  graph.downstream = std::move(edges);
  return graph;
}

}  // namespace metadata::lineage
