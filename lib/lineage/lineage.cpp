#include "metadata/lineage.h"

#include "lineage/edges.h"
#include "lineage/walk.h"

namespace metadata {

Lineage::Lineage(std::unique_ptr<const Parts> parts) : parts_(std::move(parts)) {}
Lineage::~Lineage() = default;

Result<LineageWritten> Lineage::put_edge(std::string_view json, const WriteOptions& options) {
  return lineage::put_edge(*parts_, json, options);
}
Result<LineageWritten> Lineage::put_edge(const EntityRef& from, const EntityRef& to, std::string_view json,
                                         const WriteOptions& options) {
  return lineage::put_edge(*parts_, from, to, json, options);
}
Result<LineageWritten> Lineage::patch_edge(const EntityRef& from, const EntityRef& to, const Patch& patch,
                                           const WriteOptions& options) {
  return lineage::patch_edge(*parts_, from, to, patch, options);
}
Result<LineageWritten> Lineage::remove_edge(const EntityRef& from, const EntityRef& to, const WriteOptions& options) {
  return lineage::remove_edge(*parts_, from, to, options);
}
Result<std::size_t> Lineage::remove_by_source(const EntityRef& target, std::string_view source,
                                              const WriteOptions& options) {
  return lineage::remove_by_source(*parts_, target, source, options);
}
Result<LineageEdge> Lineage::edge(const EntityRef& from, const EntityRef& to, const Interrupt& interrupt,
                                  const Principal& as) const {
  return lineage::edge(*parts_, from, to, as, interrupt);
}
Result<LineageGraph> Lineage::walk(const EntityRef& target, const LineageOptions& options) const {
  return lineage::walk(*parts_, target, options);
}
Result<LineageGraph> Lineage::path(const EntityRef& from, const EntityRef& to, const LineageOptions& options) const {
  return lineage::path(*parts_, from, to, options);
}
Error Lineage::impact(const EntityRef& target, const ImpactOptions& options, const Visit& visit) const {
  return lineage::impact(*parts_, target, options, visit);
}
Result<ImpactPage> Lineage::impact_page(const EntityRef& target, const ImpactOptions& options,
                                        std::size_t limit) const {
  return lineage::impact_page(*parts_, target, options, limit);
}
Result<ImpactCounts> Lineage::impact_counts(const EntityRef& target, const ImpactOptions& options) const {
  return lineage::impact_counts(*parts_, target, options);
}
Result<std::vector<LineageDegrees>> Lineage::degrees(std::span<const EntityId> ids, std::size_t at_most,
                                                     const Interrupt& interrupt, const Principal& as) const {
  return lineage::degrees(*parts_, ids, at_most, as, interrupt);
}
Result<PlatformLineage> Lineage::platform(std::chrono::milliseconds budget, const std::string& cursor,
                                          const Interrupt& interrupt, const Principal& as) const {
  return lineage::platform(*parts_, budget, cursor, as, interrupt);
}
Result<Lineage::Csv> Lineage::export_csv(const EntityRef& target, const LineageOptions& options) const {
  return lineage::export_csv(*parts_, target, options);
}

}  // namespace metadata
