#include <algorithm>

#include "dialect/aliases.h"
#include "metadata/patch.h"
#include "render/lineage.h"
#include "render/page.h"
#include "routes/input.h"
#include "routes/routes.h"

namespace metadata::server {
namespace {

constexpr int kMaxDepth = 3;  // of the routes that the client uses, as the API says
constexpr long long kMaxNodes = 1000;
constexpr long long kMaxImpactPage = 10'000;
constexpr std::size_t kMaxMet = 4'000'000;
constexpr std::chrono::milliseconds kPlatformBudget{2000};

// ---- which entities ----------------------------------------------------------------------------------------------

/// The entity that a type and an id name. The type may be spelled in any case.
Result<EntityRef> ref_by_id(const std::string& type, const std::string& said) {
  const auto id = EntityId::parse(said);
  if (!id) return invalid_argument("'" + said.substr(0, 200) + "' is not the id of an entity: a UUID is expected");
  return EntityRef::by_id(type, *id);
}

EntityRef ref_by_name(const Call& call, const std::string& type, const std::string& fqn) {
  const TypeInfo* info = call.server.catalog.registry().find(type);
  return EntityRef::by_fqn(type, canonical_fqn(info == nullptr ? std::string_view(type) : info->name, fqn));
}

/// The entity of a route by its first two parameters, type and id or name.
Result<EntityRef> target_by_id(const Call& call) { return ref_by_id(call.params[0], call.params[1]); }
Result<EntityRef> target_by_name(const Call& call) { return ref_by_name(call, call.params[0], call.params[1]); }
/// The entity that `type` and `fqn` of the query name.
Result<EntityRef> target_of_query(const Call& call) {
  const std::string type = call.query.text("type"), fqn = call.query.text("fqn");
  if (fqn.empty()) return invalid_argument("query param fqn is required", "fqn");
  if (type.empty()) return invalid_argument("query param type is required", "type");
  return ref_by_name(call, type, fqn);
}

struct Ends {
  EntityRef from, to;
};
Result<Ends> ends_by_id(const Call& call) {
  MD_LET(from, ref_by_id(call.params[0], call.params[1]));
  MD_LET(to, ref_by_id(call.params[2], call.params[3]));
  return Ends{std::move(from), std::move(to)};
}
Result<Ends> ends_by_name(const Call& call) {
  return Ends{ref_by_name(call, call.params[0], call.params[1]), ref_by_name(call, call.params[2], call.params[3])};
}

// ---- what of them --------------------------------------------------------------------------------------------------

Result<long long> number_within(const Call& call, std::string_view name, long long otherwise, long long least,
                                long long most) {
  MD_LET(value, call.query.number(name, otherwise));
  if (value >= least && value <= most) return value;
  return invalid_argument("query param " + std::string(name) + " must be from " + std::to_string(least) + " to " +
                              std::to_string(most) + ", not " + std::to_string(value),
                          std::string(name));
}

/// Lets in what query_filter, a query body of search (docs/search.md), matches; null without one. What the index has
/// not heard of yet cannot be told from what does not match, so lineage is not answered from an index that is behind.
Admit matching(const Call& call) {
  SearchQuery query;
  query.query_filter = call.query.text("query_filter");
  if (query.query_filter.empty() || query.query_filter == "{}") return nullptr;
  query.as = call.who;
  query.include = std::nullopt;
  query.interrupt = call.interrupt;
  return [&call, query = std::move(query)](std::span<const EntityId> ids) -> Result<std::vector<bool>> {
    MD_LET(matches, call.server.catalog.search().matching(query, ids));
    if (!matches.complete) return unavailable("the search index is behind; ask again");
    return std::move(matches.matched);
  };
}

/// The options of a walk: depths up to `most`, and what filters and pages it. `deleted`: whether soft-deleted ones are
/// shown unless the query says otherwise.
Result<LineageOptions> walk_options(const Call& call, int most, bool deleted) {
  LineageOptions options;
  options.as = call.who;
  options.interrupt = call.interrupt;
  options.max_visited = kMaxMet;
  MD_LET(up, number_within(call, "upstreamDepth", 1, 0, most));
  MD_LET(down, number_within(call, "downstreamDepth", 1, 0, most));
  MD_LET(include_deleted, call.query.flag("includeDeleted", deleted));
  MD_LET(size, number_within(call, "size", kMaxNodes, 1, kMaxNodes));
  MD_LET(from, call.query.number("from", 0));
  if (from != 0) return invalid_argument("query param from must be 0: pages go on by cursor", "from");
  options.admit = matching(call);
  options.upstream_depth = static_cast<int>(up);
  options.downstream_depth = static_cast<int>(down);
  options.deleted = include_deleted;
  options.max_nodes = static_cast<std::size_t>(size);
  options.column = call.query.text("column");
  options.types = list_of(call, "types");
  options.cursor = call.query.text("cursor");
  return options;
}

/// Whole entities for the answers that show them, read when they are written. Masked as for any reader.
render::Document documents(const Call& call) {
  const bool all = call.query.text("fields") == "*";
  return [&call, all](const LineageNode& node) -> Result<std::string> {
    const auto ref = EntityRef::by_id(node.type, node.id);
    const auto entity = call.server.catalog.get(ref, {call.who, all ? "*" : "", Include::All, call.interrupt});
    if (!entity.ok() && entity.error().code() == Code::NotFound) return std::string();
    if (!entity.ok()) return entity.error();
    const TypeInfo* type = call.server.references.type(node.type);
    if (type == nullptr) return std::string();
    std::string text = render::entity_text(*entity, *type, call.server.references, {call.base, false});
    return text.insert(1, "\"entityType\":\"" + node.type + "\",");
  };
}

// ---- handlers ------------------------------------------------------------------------------------------------------

template <auto address>
Reply read(const Call& call) {
  MD_LET(target, address(call));
  MD_LET(options, walk_options(call, kMaxDepth, true));
  MD_LET(graph, call.server.catalog.lineage().walk(target, options));
  return render::graph(call, graph, render::GraphShape::Lists);
}

/// By name the guide's words are the default; the client's dialect gets what it gets by id.
Reply read_by_name(const Call& call) {
  MD_LET(target, target_by_name(call));
  MD_LET(options, walk_options(call, kMaxDepth, true));
  MD_LET(graph, call.server.catalog.lineage().walk(target, options));
  const bool guide = call.dialect == Dialect::Guide;
  return render::graph(call, graph, guide ? render::GraphShape::Counts : render::GraphShape::Lists);
}

Reply show_by_name(const Call& call, const LineageGraph& graph) {
  std::vector<EntityId> ids;
  // Degrees are told of as many as may be asked for at once; the entity itself comes first.
  ids.push_back(graph.entity.id);
  for (const auto& node : graph.nodes) ids.push_back(node.id);
  if (ids.size() > static_cast<std::size_t>(kMaxNodes)) ids.resize(static_cast<std::size_t>(kMaxNodes));
  MD_LET(degrees, call.server.catalog.lineage().degrees(ids, 10'000, call.interrupt, call.who));
  return render::graph_by_name(call, graph, degrees, documents(call));
}

Reply get_lineage(const Call& call) {
  MD_LET(target, target_of_query(call));
  MD_LET(options, walk_options(call, kAnyDepth, false));
  MD_LET(graph, call.server.catalog.lineage().walk(target, options));
  return show_by_name(call, graph);
}

Result<Flow> flow_of(const std::string& word) {
  if (word == "Upstream") return Flow::Upstream;
  if (word == "Downstream") return Flow::Downstream;
  return invalid_argument("the direction must be Upstream or Downstream, not '" + word.substr(0, 100) + "'",
                          "direction");
}

Reply get_lineage_one_way(const Call& call) {
  MD_LET(flow, flow_of(call.params[0]));
  MD_LET(target, target_of_query(call));
  MD_LET(options, walk_options(call, kAnyDepth, false));
  (flow == Flow::Upstream ? options.downstream_depth : options.upstream_depth) = 0;
  MD_LET(graph, call.server.catalog.lineage().walk(target, options));
  return show_by_name(call, graph);
}

Reply data_quality(const Call& call) {
  const std::string type = call.query.text("type");
  const std::string fqn = call.query.text("fqn");
  if (fqn.empty()) return invalid_argument("query param fqn is required", "fqn");
  MD_LET(options, walk_options(call, kAnyDepth, false));
  options.downstream_depth = 0;
  const auto target = ref_by_name(call, type.empty() ? "table" : type, fqn);
  MD_LET(graph, call.server.catalog.lineage().walk(target, options));
  return render::node_list(call, graph, documents(call));
}

Reply get_platform(const Call& call) {
  const std::string view = call.query.text("view");
  if (view == "domain" || view == "dataProduct")
    return unimplemented("platform lineage has the view service, not " + view + " yet");
  if (!view.empty() && view != "service" && view != "all")
    return invalid_argument("query param view must be service, domain, dataProduct or all", "view");
  MD_LET(platform,
         call.server.catalog.lineage().platform(kPlatformBudget, call.query.text("cursor"), call.interrupt, call.who));
  return render::platform(call, platform, documents(call));
}

/// How many entities stand how far away, one way.
Result<std::vector<std::int64_t>> count_by_depth(const Call& call, const EntityRef& target, Flow flow, int depth,
                                                 bool deleted) {
  ImpactOptions options;
  options.as = call.who;
  options.interrupt = call.interrupt;
  options.flow = flow;
  options.depth = depth;
  options.deleted = deleted;
  options.admit = matching(call);
  options.max_visited = kMaxMet;
  std::vector<std::int64_t> counts;
  const Error error = call.server.catalog.lineage().impact(target, options, [&](std::span<const LineageNode> nodes) {
    for (const auto& node : nodes) {
      const auto away = static_cast<std::size_t>(std::abs(node.depth));
      if (counts.size() < away) counts.resize(away);
      ++counts[away - 1];
    }
    return true;
  });
  MD_OK(error);
  return counts;
}

Reply pagination_info(const Call& call) {
  MD_LET(target, target_of_query(call));
  MD_LET(options, walk_options(call, kAnyDepth, false));
  MD_LET(up, count_by_depth(call, target, Flow::Upstream, options.upstream_depth, options.deleted));
  MD_LET(down, count_by_depth(call, target, Flow::Downstream, options.downstream_depth, options.deleted));
  JsonWriter out;
  out.begin_object();
  const auto write = [&](std::string_view list, std::string_view most, std::string_view total,
                         const std::vector<std::int64_t>& counts) {
    out.key(list).begin_array();
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      sum += counts[i];
      out.begin_object().key("depth").integer(static_cast<std::int64_t>(i) + 1);
      out.key("entityCount").integer(counts[i]).end_object();
    }
    out.end_array().key(most).integer(static_cast<std::int64_t>(counts.size())).key(total).integer(sum);
  };
  write("upstreamDepthInfo", "maxUpstreamDepth", "totalUpstreamEntities", up);
  write("downstreamDepthInfo", "maxDownstreamDepth", "totalDownstreamEntities", down);
  out.key("complete").boolean(true).end_object();
  Response response = render::json(std::move(out).text());
  render::tell_complete(response, true, {});
  return response;
}

/// The entities at one distance, with the edges that lead to them.
Reply by_entity_count(const Call& call) {
  MD_LET(target, target_of_query(call));
  MD_LET(flow, flow_of(call.query.text("direction")));
  MD_LET(depth, number_within(call, "nodeDepth", 1, 1, kAnyDepth));
  MD_LET(from, number_within(call, "from", 0, 0, kMaxNodes));
  MD_LET(size, number_within(call, "size", 50, 1, kMaxNodes));
  MD_LET(deleted, call.query.flag("includeDeleted", false));
  LineageOptions options;
  options.as = call.who;
  options.interrupt = call.interrupt;
  options.deleted = deleted;
  options.admit = matching(call);
  options.max_visited = kMaxMet;
  options.upstream_depth = flow == Flow::Upstream ? static_cast<int>(depth) : 0;
  options.downstream_depth = flow == Flow::Downstream ? static_cast<int>(depth) : 0;
  MD_LET(graph, call.server.catalog.lineage().walk(target, options));
  std::erase_if(graph.nodes, [&](const LineageNode& node) { return std::abs(node.depth) != depth; });
  const auto found = static_cast<long long>(graph.nodes.size());
  const auto first = graph.nodes.begin() + std::min(from, found);
  graph.nodes = {first, first + std::min(size, found - std::min(from, found))};
  const auto leads_nowhere = [&](const EntityId& head) {
    return std::none_of(graph.nodes.begin(), graph.nodes.end(), [&](const auto& node) { return node.id == head; });
  };
  std::erase_if(graph.upstream, [&](const LineageEdge& edge) { return leads_nowhere(edge.from); });
  std::erase_if(graph.downstream, [&](const LineageEdge& edge) { return leads_nowhere(edge.to); });
  return show_by_name(call, graph);
}

Reply export_csv(const Call& call) {
  MD_LET(target, target_of_query(call));
  MD_LET(options, walk_options(call, kAnyDepth, false));
  MD_LET(csv, call.server.catalog.lineage().export_csv(target, options));
  return render::csv(csv);
}

Reply read_edge(const Call& call) {
  MD_LET(from, ref_by_id("", call.params[0]));
  MD_LET(to, ref_by_id("", call.params[1]));
  MD_LET(edge, call.server.catalog.lineage().edge(from, to, call.interrupt, call.who));
  return render::edge(edge);
}

/// The answer to a write of an edge: nothing, as the API has it; the head says what happened.
Response wrote(const LineageWritten& written) {
  Response response;
  response.set("X-OpenMetadata-Change",
               written.created ? "entityCreated" : (written.changed ? "entityUpdated" : "entityNoChange"));
  if (written.seq > 0) response.set("X-Metadata-Seq", std::to_string(written.seq));
  return response;
}

Reply put(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  MD_LET(options, write_options(call));
  MD_LET(written, call.server.catalog.lineage().put_edge(call.request.body, options));
  return wrote(written);
}

template <auto ends_of>
Reply put_between(const Call& call) {
  if (auto refused = refuse_media_type(call, false)) return *std::move(refused);
  MD_LET(options, write_options(call));
  MD_LET(ends, ends_of(call));
  MD_LET(written, call.server.catalog.lineage().put_edge(ends.from, ends.to, call.request.body, options));
  return wrote(written);
}

Reply patch(const Call& call) {
  if (auto refused = refuse_media_type(call, true)) return *std::move(refused);
  MD_LET(options, write_options(call));
  MD_LET(ends, ends_by_id(call));
  MD_LET(operations, Patch::parse(call.request.body));
  MD_LET(written, call.server.catalog.lineage().patch_edge(ends.from, ends.to, operations, options));
  Response response = wrote(written);
  response.body = written.edge.details;
  return response;
}

template <auto ends_of>
Reply remove(const Call& call) {
  MD_LET(options, write_options(call));
  MD_LET(ends, ends_of(call));
  MD_LET(written, call.server.catalog.lineage().remove_edge(ends.from, ends.to, options));
  return wrote(written);
}

Reply remove_by_source(const Call& call) {
  MD_LET(options, write_options(call));
  MD_LET(target, target_by_id(call));
  MD_LET(removed, call.server.catalog.lineage().remove_by_source(target, call.params[2], options));
  Response response;
  response.set("X-Lineage-Removed", std::to_string(removed));
  return response;
}

Result<ImpactOptions> impact_options(const Call& call) {
  ImpactOptions options;
  options.as = call.who;
  options.interrupt = call.interrupt;
  options.max_visited = kMaxMet;
  const std::string direction = call.query.text("direction");
  if (!direction.empty()) {
    MD_LET(flow, flow_of(direction));
    options.flow = flow;
  }
  MD_LET(depth, number_within(call, "depth", kAnyDepth, 1, kAnyDepth));
  MD_LET(deleted, call.query.flag("includeDeleted", true));
  options.depth = static_cast<int>(depth);
  options.deleted = deleted;
  options.column = call.query.text("column");
  options.types = list_of(call, "types");
  options.admit = matching(call);
  options.cursor = call.query.text("after");
  return options;
}

template <auto address>
Reply impact(const Call& call) {
  MD_LET(target, address(call));
  MD_LET(options, impact_options(call));
  MD_LET(limit, number_within(call, "limit", kMaxNodes, 1, kMaxImpactPage));
  MD_LET(page, call.server.catalog.lineage().impact_page(target, options, static_cast<std::size_t>(limit)));
  return render::impact(call, page);
}

template <auto address>
Reply impact_counts(const Call& call) {
  MD_LET(target, address(call));
  MD_LET(options, impact_options(call));
  options.cursor.clear();
  MD_LET(counts, call.server.catalog.lineage().impact_counts(target, options));
  return render::counts(call, counts);
}

template <auto ends_of>
Reply path(const Call& call) {
  MD_LET(ends, ends_of(call));
  MD_LET(deleted, call.query.flag("includeDeleted", true));
  LineageOptions options;
  options.as = call.who;
  options.interrupt = call.interrupt;
  options.max_visited = kMaxMet;
  options.deleted = deleted;
  options.types = list_of(call, "types");
  options.admit = matching(call);
  MD_LET(graph, call.server.catalog.lineage().path(ends.from, ends.to, options));
  return render::graph(call, graph, render::GraphShape::Lists);
}

}  // namespace

std::vector<Route> lineage_routes() {
  const std::string root = "/api/v1/lineage";
  const std::string by_ids = "/{fromType}/{fromId}/{toType}/{toId}";
  const std::string by_names = "/{fromType}/name/{fromFqn}/{toType}/name/{toFqn}";
  constexpr Need view = needs("ViewBasic"), edit = needs("EditLineage");
  return {
      {"PUT", root, put, edit},
      {"GET", root + "/{type}/{id}", read<target_by_id>, view},
      {"GET", root + "/{type}/name/{fqn...}", read_by_name, view},
      {"GET", root + "/getLineage", get_lineage, view},
      {"GET", root + "/getLineage/{direction}", get_lineage_one_way, view},
      {"GET", root + "/getLineageEdge/{fromId}/{toId}", read_edge, view},
      {"GET", root + "/getDataQualityLineage", data_quality, view},
      {"GET", root + "/getPlatformLineage", get_platform, view},
      {"GET", root + "/getPaginationInfo", pagination_info, view},
      {"GET", root + "/getLineageByEntityCount", by_entity_count, view},
      {"GET", root + "/export", export_csv, view},
      {"PUT", root + by_ids, put_between<ends_by_id>, edit},
      {"PUT", root + by_names, put_between<ends_by_name>, edit},
      {"PATCH", root + by_ids, patch, edit},
      {"DELETE", root + by_ids, remove<ends_by_id>, edit},
      {"DELETE", root + by_names, remove<ends_by_name>, edit},
      {"DELETE", root + "/{type}/{id}/type/{source}", remove_by_source, edit},
      // Beyond the API: docs/lineage.md.
      {"GET", root + "/impact/{type}/{id}", impact<target_by_id>, view},
      {"GET", root + "/impact/{type}/name/{fqn...}", impact<target_by_name>, view},
      {"GET", root + "/impact/{type}/{id}/counts", impact_counts<target_by_id>, view},
      {"GET", root + "/impact/{type}/name/{fqn...}/counts", impact_counts<target_by_name>, view},
      {"GET", root + "/path" + by_ids, path<ends_by_id>, view},
      {"GET", root + "/path" + by_names, path<ends_by_name>, view},
  };
}

}  // namespace metadata::server
