#include <chrono>
#include <map>

#include "access/sight.h"
#include "base/interrupt.h"
#include "lineage/cursor.h"
#include "lineage/fill.h"
#include "lineage/filter.h"
#include "lineage/walk.h"
#include "model/fqn.h"

namespace metadata::lineage {
namespace {

constexpr std::size_t kEdgesAtOnce = 1000;
constexpr std::size_t kMaxEntities = 1000;

std::string_view root_of(std::string_view key) { return model::key_parts(key).front(); }

/// Counts edges between services. A service is what lies at the root of an entity's containment tree.
class Services {
 public:
  Services(const Context& context, store::Reader& reader, const Principal& as)
      : context_(context), reader_(reader), as_(as) {}

  Error add(std::span<const store::LineagePair> pairs) {
    std::vector<store::Rid> rids;
    for (const auto& pair : pairs) rids.insert(rids.end(), {pair.from, pair.to});
    References ends;
    MD_OK(fetch_references(reader_, rids, ends));
    MD_OK(find_roots(ends));
    MD_LET(seen, seen_among(context_, reader_, as_, rids, ends));
    for (const auto& pair : pairs) {
      if (!seen.contains(pair.from) || !seen.contains(pair.to)) continue;
      const auto from = root(ends, pair.from), to = root(ends, pair.to);
      if (from != 0 && to != 0 && from != to) ++counts_[{from, to}];
    }
    return {};
  }

  void show(PlatformLineage& platform) const {
    std::map<store::Rid, bool> shown;
    for (const auto& [ends, count] : counts_) {
      platform.edges.push_back({services_.at(ends.from).id, services_.at(ends.to).id, count});
      shown[ends.from] = shown[ends.to] = true;
    }
    for (const auto& [rid, yes] : shown) platform.services.push_back(node_of(services_.at(rid), 0));
  }

 private:
  /// The types that can contain others and lie in nothing themselves.
  std::vector<store::TypedKey> candidates(const store::RefRow& row) const {
    std::vector<store::TypedKey> keys;
    const model::EntityType* type = context_.layouts.registry().type(row.type);
    if (type == nullptr) return keys;
    for (const std::string& above : type->above) {
      const model::EntityType* container = context_.layouts.registry().type(above);
      if (container != nullptr && container->above.empty()) keys.push_back({above, std::string(root_of(row.fqn_key))});
    }
    return keys;
  }

  Error find_roots(const References& ends) {
    std::vector<store::TypedKey> wanted;
    for (const auto& [rid, row] : ends) {
      for (auto& key : candidates(row)) {
        if (known_.emplace(std::pair(key.type, key.fqn_key), 0).second) wanted.push_back(std::move(key));
      }
    }
    if (wanted.empty()) return {};
    MD_LET(found, reader_.refs_by_key(wanted));
    for (auto& row : found) {
      known_[std::pair(row.type, row.fqn_key)] = row.rid;
      services_.emplace(row.rid, std::move(row));
    }
    return {};
  }

  store::Rid root(const References& ends, store::Rid rid) const {
    const auto row = ends.find(rid);
    if (row == ends.end()) return 0;
    for (const auto& key : candidates(row->second)) {
      const auto found = known_.find(std::pair(key.type, key.fqn_key));
      if (found != known_.end() && found->second != 0) return found->second;
    }
    return 0;
  }

  const Context& context_;
  store::Reader& reader_;
  const Principal& as_;
  std::map<std::pair<std::string, std::string>, store::Rid> known_;
  std::map<store::Rid, store::RefRow> services_;
  std::map<store::LineagePair, std::int64_t> counts_;
};

void add_cell(std::string& line, std::string_view text) {
  if (!line.empty()) line += ',';
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    line += text;
    return;
  }
  line += '"';
  for (const char c : text) {
    if (c == '"') line += '"';
    line += c;
  }
  line += '"';
}

std::string service_name(std::string_view fqn) {
  const auto parts = fqn::split(fqn);
  return parts.ok() && parts->size() > 1 ? parts->front() : std::string();
}

/// The lines of one edge: one a pair of columns, or one without columns.
void add_lines(std::string& csv, const LineageNode& from, const LineageNode& to, const Json& details) {
  const auto line = [&](std::string_view from_column, std::string_view to_column) {
    std::string cells;
    for (const std::string_view cell : {std::string_view(from.fqn), std::string_view(from.type)}) add_cell(cells, cell);
    add_cell(cells, service_name(from.fqn));
    for (const std::string_view cell : {std::string_view(to.fqn), std::string_view(to.type)}) add_cell(cells, cell);
    add_cell(cells, service_name(to.fqn));
    add_cell(cells, from_column);
    add_cell(cells, to_column);
    add_cell(cells, details["pipeline"]["fullyQualifiedName"].as_string().value_or(""));
    add_cell(cells, details["source"].as_string().value_or(""));
    csv.append(cells).append("\r\n");
  };
  const Json mappings = details["columnsLineage"];
  if (mappings.size() == 0) return line("", "");
  for (std::size_t i = 0; i < mappings.size(); ++i) {
    const Json mapping = mappings.at(i), sources = mapping["fromColumns"];
    const std::string target(mapping["toColumn"].as_string().value_or(""));
    if (sources.size() == 0) line("", target);
    for (std::size_t j = 0; j < sources.size(); ++j) line(sources.at(j).as_string().value_or(""), target);
  }
}

constexpr std::string_view kHead =
    "fromEntityFQN,fromEntityType,fromServiceName,toEntityFQN,toEntityType,toServiceName,fromChildEntityFQN,"
    "toChildEntityFQN,pipelineName,source\r\n";

/// How many neighbours in one direction the principal sees; of a hub no more than so many are looked at.
Result<std::int64_t> seen_neighbours(const Context& context, store::Reader& reader, const Principal& as, store::Rid rid,
                                     store::Direction direction, std::size_t at_most) {
  std::vector<store::Rid> others;
  MD_OK(reader.lineage_pairs(std::span(&rid, 1), direction, [&](const store::LineagePair& pair) {
    others.push_back(direction == store::Direction::From ? pair.to : pair.from);
    return others.size() < at_most;
  }));
  References references;
  MD_OK(fetch_references(reader, others, references));
  MD_LET(seen, seen_among(context, reader, as, others, references));
  return static_cast<std::int64_t>(seen.size());
}

}  // namespace

Result<std::vector<LineageDegrees>> degrees(const Context& context, std::span<const EntityId> ids, std::size_t at_most,
                                            const Principal& as, const Interrupt& interrupt) {
  if (ids.size() > kMaxEntities)
    return too_large("degrees of at most " + std::to_string(kMaxEntities) + " entities are told at once");
  MD_LET(reader, context.store.snapshot(interrupt));
  MD_LET(rows, reader->refs_by_id(ids));
  std::vector<store::Rid> rids;
  std::map<store::Rid, EntityId> by_rid;
  References references;
  for (const auto& row : rows) references.emplace(row.rid, row);
  std::vector<store::Rid> found_rids;
  for (const auto& row : rows) found_rids.push_back(row.rid);
  MD_LET(seen, seen_among(context, *reader, as, found_rids, references));
  for (const auto& row : rows) {
    if (!seen.contains(row.rid)) continue;
    rids.push_back(row.rid);
    by_rid.emplace(row.rid, row.id);
  }
  std::vector<LineageDegrees> degrees;
  if (!access::sees_everything(as)) {
    for (const store::Rid rid : rids) {
      MD_LET(incoming, seen_neighbours(context, *reader, as, rid, store::Direction::To, at_most));
      MD_LET(outgoing, seen_neighbours(context, *reader, as, rid, store::Direction::From, at_most));
      degrees.push_back({by_rid.at(rid), incoming, outgoing});
    }
    return degrees;
  }
  MD_LET(found, reader->lineage_degrees(rids, at_most));
  for (const auto& one : found) degrees.push_back({by_rid.at(one.entity), one.incoming, one.outgoing});
  return degrees;
}

Result<PlatformLineage> platform(const Context& context, std::chrono::milliseconds budget, const std::string& said,
                                 const Principal& as, const Interrupt& interrupt) {
  const auto deadline = std::chrono::steady_clock::now() + budget;
  Cursor cursor;
  if (!said.empty()) {
    MD_LET(given, Cursor::from_text(said, 0));
    cursor = given;
  }
  MD_LET(reader, context.store.snapshot(interrupt));
  PlatformLineage platform;
  Services services(context, *reader, as);
  store::LineagePair after{cursor.at[0].last.tail, cursor.at[0].last.head};
  while (true) {
    MD_OK(base::check(interrupt));
    MD_LET(pairs, reader->all_lineage(after, kEdgesAtOnce));
    if (pairs.empty()) break;
    MD_OK(services.add(pairs));
    after = pairs.back();
    if (pairs.size() < kEdgesAtOnce) break;
    if (std::chrono::steady_clock::now() > deadline) {
      cursor.at[0].last = {after.from, after.to, 1, false};
      platform.complete = false;
      platform.cursor = cursor.to_text();
      break;
    }
  }
  services.show(platform);
  return platform;
}

Result<Lineage::Csv> export_csv(const Context& context, const EntityRef& target, const LineageOptions& options) {
  MD_LET(graph, walk(context, target, options));
  std::map<EntityId, const LineageNode*> nodes{{graph.entity.id, &graph.entity}};
  for (const auto& node : graph.nodes) nodes.emplace(node.id, &node);
  Lineage::Csv csv{std::string(kHead), graph.complete, graph.cursor};
  JsonLimits own;  // the text was made here
  own.max_bytes = own.max_elements = own.max_values = own.max_string_bytes = std::size_t{1} << 30;
  for (const auto* edges : {&graph.upstream, &graph.downstream}) {
    for (const LineageEdge& edge : *edges) {
      const auto from = nodes.find(edge.from), to = nodes.find(edge.to);
      // On a later page one end may have been told of on an earlier one.
      const LineageNode unknown_from{edge.from, {}, {}, {}, edge.from.text(), false, 0};
      const LineageNode unknown_to{edge.to, {}, {}, {}, edge.to.text(), false, 0};
      MD_LET(details, Json::parse(edge.details.empty() ? "{}" : edge.details, own));
      add_lines(csv.text, from == nodes.end() ? unknown_from : *from->second,
                to == nodes.end() ? unknown_to : *to->second, details);
    }
  }
  return csv;
}

}  // namespace metadata::lineage
