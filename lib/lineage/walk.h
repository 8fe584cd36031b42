#ifndef METADATA_LIB_LINEAGE_WALK_H
#define METADATA_LIB_LINEAGE_WALK_H

#include <memory>
#include <string>
#include <vector>

#include "lineage/context.h"
#include "lineage/graph.h"

// Walks over the graph, as the functions of the same name of metadata::Lineage.
namespace metadata::lineage {

Result<LineageGraph> walk(const Context& context, const EntityRef& target, const LineageOptions& options);
Result<LineageGraph> path(const Context& context, const EntityRef& from, const EntityRef& to,
                          const LineageOptions& options);
Error impact(const Context& context, const EntityRef& target, const ImpactOptions& options,
             const Lineage::Visit& visit);
Result<ImpactPage> impact_page(const Context& context, const EntityRef& target, const ImpactOptions& options,
                               std::size_t limit);
Result<ImpactCounts> impact_counts(const Context& context, const EntityRef& target, const ImpactOptions& options);
Result<std::vector<LineageDegrees>> degrees(const Context& context, std::span<const EntityId> ids, std::size_t at_most,
                                            const Principal& as, const Interrupt& interrupt);
Result<PlatformLineage> platform(const Context& context, std::chrono::milliseconds budget, const std::string& cursor,
                                 const Principal& as, const Interrupt& interrupt);
Result<Lineage::Csv> export_csv(const Context& context, const EntityRef& target, const LineageOptions& options);

/// The graph that a search from the entity (or one of its columns) runs on, and where it begins.
struct Ground {
  std::unique_ptr<Graph> graph;
  PipelineGraph* pipeline = nullptr;  ///< the same graph when edges run through the entity
  Place root = 0;
};
Result<Ground> ground_of(const Context& context, store::Reader& reader, const store::StoredEntity& stored,
                         const std::string& column);

}  // namespace metadata::lineage

#endif  // METADATA_LIB_LINEAGE_WALK_H
