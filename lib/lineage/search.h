#ifndef METADATA_LIB_LINEAGE_SEARCH_H
#define METADATA_LIB_LINEAGE_SEARCH_H

#include <compare>
#include <functional>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "lineage/graph.h"

namespace metadata::lineage {

/// The places that were met: a flat table of numbers, 8 bytes each and half of it empty. Not thread-safe.
class PlaceSet {
 public:
  PlaceSet();
  /// False when it was there.
  bool insert(Place place);
  bool contains(Place place) const;
  std::size_t size() const { return size_; }

 private:
  std::size_t slot(Place place) const;
  void grow();

  std::vector<Place> slots_;  // kNone: empty
  std::size_t size_ = 0;
};

/// One step of a search. `first` says that it is the first to reach its head.
struct Hop {
  Place tail = 0;
  Place head = 0;
  int depth = 0;
  bool first = false;

  /// The order in which a search makes its steps.
  friend auto operator<=>(const Hop& a, const Hop& b) {
    return std::tuple(a.depth, a.tail, a.head) <=> std::tuple(b.depth, b.tail, b.head);
  }
  friend bool operator==(const Hop& a, const Hop& b) = default;
};

/// Breadth first from a place in one direction: level by level, each level in the order of its places, so that its
/// index pages are read once and the order of steps is the same whenever the graph is. Iterative; a place is left once,
/// so cycles and diamonds end. Memory: what was met.
class Search {
 public:
  enum class End { Done, Stopped, TooMany };
  /// Takes a step; false: no more.
  using Visit = std::function<bool(const Hop&)>;
  /// Which of these places may be entered; null: all.
  using Admit = std::function<Error(std::span<const Place> places, std::vector<bool>& admitted)>;

  Search(Graph& graph, Flow flow, std::size_t max_visited, const Interrupt& interrupt)
      : graph_(graph), flow_(flow), max_visited_(max_visited), interrupt_(interrupt) {}

  /// Steps up to so many edges away. TooMany: it met more than it may remember.
  Result<End> run(Place root, int depth, const Admit& admit, const Visit& visit);

 private:
  Error step_from(std::span<const Place> tails, int depth, const Admit& admit, const Visit& visit);
  bool take(Place tail, Place head, int depth, const Visit& visit);
  Error take_admitted(int depth, const Admit& admit, const Visit& visit);

  Graph& graph_;
  const Flow flow_;
  const std::size_t max_visited_;
  const Interrupt& interrupt_;
  PlaceSet met_;
  PlaceSet refused_;
  std::vector<Place> next_;
  std::vector<std::pair<Place, Place>> waiting_;  // steps whose heads are yet to be admitted
  End end_ = End::Done;
};

}  // namespace metadata::lineage

#endif  // METADATA_LIB_LINEAGE_SEARCH_H
