#ifndef METADATA_LIB_LINEAGE_GRAPH_H
#define METADATA_LIB_LINEAGE_GRAPH_H

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "lineage/context.h"

namespace metadata::lineage {

/// Where a walk stands: an entity, or a column of one.
using Place = std::int64_t;

/// What is walked on. A view of one reader. Not thread-safe.
class Graph {
 public:
  virtual ~Graph() = default;
  /// Takes one step from a place to a neighbour; false: no more.
  using Visit = std::function<bool(Place tail, Place head)>;
  /// All steps from the places, in their order, each time in the order of the neighbours.
  virtual Error steps(std::span<const Place> tails, Flow flow, const Visit& visit) = 0;
  virtual store::Rid entity(Place place) const = 0;
};

/// Entities and the edges between them: a place is a rid.
class EntityGraph final : public Graph {
 public:
  explicit EntityGraph(store::Reader& reader) : reader_(reader) {}
  Error steps(std::span<const Place> tails, Flow flow, const Visit& visit) override;
  store::Rid entity(Place place) const override { return place; }

 private:
  store::Reader& reader_;
};

/// Columns and the mappings between them. Places are numbers that are given out as columns are met.
class ColumnGraph final : public Graph {
 public:
  explicit ColumnGraph(store::Reader& reader) : reader_(reader) {}
  Place place(store::Rid entity, std::string_view column);
  Error steps(std::span<const Place> tails, Flow flow, const Visit& visit) override;
  store::Rid entity(Place place) const override { return columns_[static_cast<std::size_t>(place)].entity; }

 private:
  store::Reader& reader_;
  std::vector<store::ColumnOf> columns_;
  std::map<std::pair<store::Rid, std::string>, Place, std::less<>> places_;
};

/// The edges that run through a pipeline, as steps from and to it, with the rest of the graph behind them.
class PipelineGraph final : public Graph {
 public:
  /// Reads the edges; not more than `most`, of which complete() tells.
  static Result<PipelineGraph> read(store::Reader& reader, store::Rid pipeline, std::size_t most);
  Error steps(std::span<const Place> tails, Flow flow, const Visit& visit) override;
  store::Rid entity(Place place) const override { return place; }
  bool empty() const { return sources_.empty(); }
  bool complete() const { return complete_; }
  /// The edge behind a step that is drawn from or to the pipeline; the pair itself when it is one that is stored.
  store::LineagePair stored(const store::LineagePair& drawn) const;

 private:
  PipelineGraph(store::Reader& reader, store::Rid pipeline) : graph_(reader), pipeline_(pipeline) {}

  EntityGraph graph_;
  store::Rid pipeline_;
  std::map<store::Rid, store::LineagePair> sources_, targets_;  // the first edge of each
  bool complete_ = true;
};

}  // namespace metadata::lineage

#endif  // METADATA_LIB_LINEAGE_GRAPH_H
