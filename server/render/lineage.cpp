#include "render/lineage.h"

#include <map>

#include "call.h"
#include "metadata/json.h"
#include "render/entity.h"
#include "render/page.h"

namespace metadata::server::render {
namespace {

using Nodes = std::map<EntityId, const LineageNode*>;

Nodes nodes_by_id(const LineageGraph& graph) {
  Nodes nodes{{graph.entity.id, &graph.entity}};
  for (const auto& node : graph.nodes) nodes.emplace(node.id, &node);
  return nodes;
}

/// A reference, as it stands in entities.
void write_node(JsonWriter& out, const Call& call, const LineageNode& node, bool depth = false) {
  out.begin_object();
  const TypeInfo* type = call.server.references.type(node.type);
  if (type != nullptr && !call.base.empty()) out.key("href").string(href(call.base, *type, node.id.text()));
  out.key("id").string(node.id.text()).key("type").string(node.type).key("name").string(node.name);
  out.key("fullyQualifiedName").string(node.fqn);
  if (!node.display_name.empty()) out.key("displayName").string(node.display_name);
  out.key("deleted").boolean(node.deleted);
  if (depth) out.key("depth").integer(node.depth);
  out.end_object();
}

void write_edge(JsonWriter& out, const LineageEdge& edge) {
  out.begin_object().key("fromEntity").string(edge.from.text()).key("toEntity").string(edge.to.text());
  if (!edge.description.empty()) out.key("description").string(edge.description);
  out.key("lineageDetails").raw(edge.details.empty() ? "{}" : edge.details);
  out.end_object();
}

void write_edges(JsonWriter& out, const std::vector<LineageEdge>& edges) {
  for (const auto& edge : edges) write_edge(out, edge);
}

void write_complete(JsonWriter& out, bool complete, const std::string& cursor) {
  out.key("complete").boolean(complete);
  if (!cursor.empty()) out.key("cursor").string(cursor);
}

std::string edge_name(const LineageEdge& edge) { return edge.from.text() + "--->" + edge.to.text(); }

void write_end(JsonWriter& out, const Nodes& nodes, const EntityId& id) {
  out.begin_object().key("id").string(id.text());
  if (const auto node = nodes.find(id); node != nodes.end()) {
    out.key("type").string(node->second->type).key("fullyQualifiedName").string(node->second->fqn);
  }
  out.end_object();
}

/// An edge of the search-shaped answers: its details beside its ends.
Error write_flat_edge(JsonWriter& out, const Nodes& nodes, const LineageEdge& edge) {
  JsonLimits own;  // the text was made by the library
  own.max_bytes = own.max_elements = own.max_values = own.max_string_bytes = std::size_t{1} << 30;
  MD_LET(details, Json::parse(edge.details.empty() ? "{}" : edge.details, own));
  out.begin_object().key("fromEntity");
  write_end(out, nodes, edge.from);
  out.key("toEntity");
  write_end(out, nodes, edge.to);
  out.key("docUniqueId").string(edge_name(edge));
  details.for_each_member([&](std::string_view name, const Json& value) {
    out.key(name == "columnsLineage" ? "columns" : name).raw(value.text());
    if (name == "pipeline") out.key("pipelineEntityType").raw(value["type"].text());
  });
  out.end_object();
  return {};
}

Error write_flat_edges(JsonWriter& out, const Nodes& nodes, const std::vector<LineageEdge>& edges) {
  out.begin_object();
  for (const auto& edge : edges) {
    out.key(edge_name(edge));
    MD_OK(write_flat_edge(out, nodes, edge));
  }
  out.end_object();
  return {};
}

Error write_named_node(JsonWriter& out, const LineageNode& node, const std::map<EntityId, LineageDegrees>& degrees,
                       const Document& document) {
  MD_LET(text, document(node));
  if (text.empty()) return {};
  out.key(node.fqn).begin_object().key("entity").raw(text);
  if (const auto found = degrees.find(node.id); found != degrees.end()) {
    out.key("paging").begin_object();
    out.key("entityDownstreamCount").integer(found->second.downstream);
    out.key("entityUpstreamCount").integer(found->second.upstream).end_object();
  }
  out.key("nodeDepth").integer(node.depth).end_object();
  return {};
}

void write_group(JsonWriter& out, std::string_view name, const ImpactCounts::Group& group) {
  out.key(name).begin_array();
  for (const auto& [key, count] : group) {
    out.begin_object().key("key");
    if (key.empty()) {
      out.null();
    } else {
      out.string(key);
    }
    out.key("count").integer(count).end_object();
  }
  out.end_array();
}

}  // namespace

void tell_complete(Response& response, bool complete, const std::string& cursor) {
  response.set("X-Lineage-Complete", complete ? "true" : "false");
  if (!cursor.empty()) response.set("X-Lineage-Cursor", cursor);
}

Response graph(const Call& call, const LineageGraph& graph, GraphShape shape) {
  JsonWriter out;
  out.begin_object().key("entity");
  write_node(out, call, graph.entity);
  out.key("nodes").begin_array();
  for (const auto& node : graph.nodes) write_node(out, call, node);
  out.end_array();
  if (shape == GraphShape::Counts) {
    out.key("edges").begin_array();
    write_edges(out, graph.upstream);
    write_edges(out, graph.downstream);
    out.end_array();
    out.key("upstreamEdges").integer(static_cast<std::int64_t>(graph.upstream.size()));
    out.key("downstreamEdges").integer(static_cast<std::int64_t>(graph.downstream.size()));
  } else {
    out.key("upstreamEdges").begin_array();
    write_edges(out, graph.upstream);
    out.end_array().key("downstreamEdges").begin_array();
    write_edges(out, graph.downstream);
    out.end_array();
  }
  if (call.dialect == Dialect::Guide) write_complete(out, graph.complete, graph.cursor);
  out.end_object();
  Response response = json(std::move(out).text());
  tell_complete(response, graph.complete, graph.cursor);
  return response;
}

Result<Response> graph_by_name(const Call&, const LineageGraph& graph, const std::vector<LineageDegrees>& degrees,
                               const Document& document) {
  std::map<EntityId, LineageDegrees> by_id;
  for (const auto& one : degrees) by_id.emplace(one.id, one);
  const Nodes nodes = nodes_by_id(graph);
  JsonWriter out;
  out.begin_object().key("nodes").begin_object();
  for (const auto& [id, node] : nodes) MD_OK(write_named_node(out, *node, by_id, document));
  out.end_object().key("upstreamEdges");
  MD_OK(write_flat_edges(out, nodes, graph.upstream));
  out.key("downstreamEdges");
  MD_OK(write_flat_edges(out, nodes, graph.downstream));
  write_complete(out, graph.complete, graph.cursor);
  out.end_object();
  Response response = json(std::move(out).text());
  tell_complete(response, graph.complete, graph.cursor);
  return response;
}

Result<Response> node_list(const Call&, const LineageGraph& graph, const Document& document) {
  const Nodes nodes = nodes_by_id(graph);
  JsonWriter out;
  out.begin_object().key("nodes").begin_array();
  for (const auto& [id, node] : nodes) {
    MD_LET(text, document(*node));
    if (!text.empty()) out.raw(text);
  }
  out.end_array().key("edges").begin_array();
  for (const auto* edges : {&graph.upstream, &graph.downstream}) {
    for (const auto& edge : *edges) MD_OK(write_flat_edge(out, nodes, edge));
  }
  out.end_array();
  write_complete(out, graph.complete, graph.cursor);
  out.end_object();
  Response response = json(std::move(out).text());
  tell_complete(response, graph.complete, graph.cursor);
  return response;
}

Response edge(const LineageEdge& edge) { return json("{\"edge\":" + edge.details + "}"); }

Response impact(const Call& call, const ImpactPage& page) {
  JsonWriter out;
  out.begin_object().key("entity");
  write_node(out, call, page.entity);
  out.key("nodes").begin_array();
  for (const auto& node : page.nodes) write_node(out, call, node, true);
  out.end_array().key("paging").begin_object();
  if (!page.after.empty()) out.key("after").string(page.after);
  out.end_object().key("complete").boolean(page.after.empty()).end_object();
  Response response = json(std::move(out).text());
  tell_complete(response, page.after.empty(), page.after);
  return response;
}

Response counts(const Call& call, const ImpactCounts& counts) {
  JsonWriter out;
  out.begin_object().key("entity");
  write_node(out, call, counts.entity);
  out.key("total").integer(counts.total);
  write_group(out, "byType", counts.by_type);
  write_group(out, "byDepth", counts.by_depth);
  write_group(out, "byOwner", counts.by_owner);
  write_group(out, "byTier", counts.by_tier);
  out.key("complete").boolean(true).end_object();
  Response response = json(std::move(out).text());
  tell_complete(response, true, {});
  return response;
}

Result<Response> platform(const Call&, const PlatformLineage& platform, const Document& document) {
  Nodes nodes;
  for (const auto& node : platform.services) nodes.emplace(node.id, &node);
  JsonWriter out;
  out.begin_object().key("nodes").begin_object();
  for (const auto& node : platform.services) MD_OK(write_named_node(out, node, {}, document));
  out.end_object().key("upstreamEdges").begin_object().end_object().key("downstreamEdges").begin_object();
  for (const auto& edge : platform.edges) {
    out.key(edge.from.text() + "--->" + edge.to.text()).begin_object().key("fromEntity");
    write_end(out, nodes, edge.from);
    out.key("toEntity");
    write_end(out, nodes, edge.to);
    out.key("source").string("ChildAssets").key("assetEdges").integer(edge.assets).end_object();
  }
  out.end_object();
  write_complete(out, platform.complete, platform.cursor);
  out.end_object();
  Response response = json(std::move(out).text());
  tell_complete(response, platform.complete, platform.cursor);
  return response;
}

Response csv(const Lineage::Csv& csv) {
  Response response;
  response.body = csv.text;
  response.content_type = "text/csv; charset=utf-8";
  response.set("Content-Disposition", "attachment; filename=\"lineage.csv\"");
  tell_complete(response, csv.complete, csv.cursor);
  return response;
}

}  // namespace metadata::server::render
