#include "lineage/graph.h"

#include <algorithm>
#include <set>

namespace metadata::lineage {
namespace {

store::Direction direction(Flow flow) {
  return flow == Flow::Downstream ? store::Direction::From : store::Direction::To;
}

}  // namespace

Error EntityGraph::steps(std::span<const Place> tails, Flow flow, const Visit& visit) {
  if (flow == Flow::Downstream) {
    return reader_.lineage_pairs(tails, direction(flow),
                                 [&](store::LineagePair pair) { return visit(pair.from, pair.to); });
  }
  return reader_.lineage_pairs(tails, direction(flow),
                               [&](store::LineagePair pair) { return visit(pair.to, pair.from); });
}

Place ColumnGraph::place(store::Rid entity, std::string_view column) {
  const std::pair<store::Rid, std::string> key(entity, column);
  const auto [found, made] = places_.emplace(key, static_cast<Place>(columns_.size()));
  if (made) columns_.push_back({entity, key.second});
  return found->second;
}

Error ColumnGraph::steps(std::span<const Place> tails, Flow flow, const Visit& visit) {
  std::vector<store::ColumnOf> columns;
  for (const Place tail : tails) columns.push_back(columns_[static_cast<std::size_t>(tail)]);
  return reader_.lineage_column_pairs(columns, direction(flow),
                                      [&](std::size_t asked, store::Rid other, std::string_view column) {
                                        // A mapping without sources leads nowhere further.
                                        return column.empty() || visit(tails[asked], place(other, column));
                                      });
}

Result<PipelineGraph> PipelineGraph::read(store::Reader& reader, store::Rid pipeline, std::size_t most) {
  PipelineGraph graph(reader, pipeline);
  store::Rid after = 0;
  for (std::size_t seen = 0;;) {
    MD_LET(rows, reader.lineage_of_pipeline(pipeline, after, std::min<std::size_t>(most - seen + 1, 512)));
    if (rows.empty()) return graph;
    for (const auto& row : rows) {
      if (++seen > most) {
        graph.complete_ = false;
        return graph;
      }
      graph.sources_.emplace(row.ends.from, row.ends);
      graph.targets_.emplace(row.ends.to, row.ends);
    }
    after = rows.back().edge;
  }
}

Error PipelineGraph::steps(std::span<const Place> tails, Flow flow, const Visit& visit) {
  if (tails.size() != 1 || tails.front() != pipeline_) return graph_.steps(tails, flow, visit);
  // Edges of its own, and those that it runs.
  std::set<Place> heads;
  for (const auto& [rid, edge] : flow == Flow::Upstream ? sources_ : targets_) heads.insert(rid);
  MD_OK(graph_.steps(tails, flow, [&](Place, Place head) {
    heads.insert(head);
    return true;
  }));
  for (const Place head : heads) {
    if (!visit(pipeline_, head)) return {};
  }
  return {};
}

store::LineagePair PipelineGraph::stored(const store::LineagePair& drawn) const {
  if (drawn.to == pipeline_) {
    if (const auto found = sources_.find(drawn.from); found != sources_.end()) return found->second;
  }
  if (drawn.from == pipeline_) {
    if (const auto found = targets_.find(drawn.to); found != targets_.end()) return found->second;
  }
  return drawn;
}

}  // namespace metadata::lineage
