#ifndef METADATA_SERVER_RENDER_LINEAGE_H
#define METADATA_SERVER_RENDER_LINEAGE_H

#include <functional>
#include <string>
#include <vector>

#include "http/response.h"
#include "metadata/lineage.h"

namespace metadata::server {
struct Call;
}

namespace metadata::server::render {

/// The text of an entity with links, as a document of the search-shaped answers; empty when it is not there any more.
using Document = std::function<Result<std::string>(const LineageNode&)>;

/// What a graph is shown as.
enum class GraphShape {
  Lists,   ///< `upstreamEdges` and `downstreamEdges` as lists: EntityLineage of the real client, whose model is closed
  Counts,  ///< the guide's: one list `edges`, and the counts of both directions
};

/// `{"entity", "nodes", …}`. The guide's dialect says `complete` and `cursor` in the body; the head says them always.
Response graph(const Call& call, const LineageGraph& graph, GraphShape shape);
/// `{"nodes": {fqn: {"entity", "paging", "nodeDepth"}}, "upstreamEdges": {id: edge}, "downstreamEdges": {…}}`.
Result<Response> graph_by_name(const Call& call, const LineageGraph& graph, const std::vector<LineageDegrees>& degrees,
                               const Document& document);
/// `{"nodes": [document], "edges": [edge]}`.
Result<Response> node_list(const Call& call, const LineageGraph& graph, const Document& document);
/// `{"edge": lineageDetails}`.
Response edge(const LineageEdge& edge);
/// `{"entity", "nodes", "paging"}`.
Response impact(const Call& call, const ImpactPage& page);
/// `{"entity", "total", "byType", "byDepth", "byOwner", "byTier"}`.
Response counts(const Call& call, const ImpactCounts& counts);
/// Services as nodes, as graph_by_name().
Result<Response> platform(const Call& call, const PlatformLineage& platform, const Document& document);
/// CSV as a file to be saved.
Response csv(const Lineage::Csv& csv);
/// What the head says of every answer: `X-Lineage-Complete`, and `X-Lineage-Cursor` where there is one.
void tell_complete(Response& response, bool complete, const std::string& cursor);

}  // namespace metadata::server::render

#endif  // METADATA_SERVER_RENDER_LINEAGE_H
