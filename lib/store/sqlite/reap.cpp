#include <string_view>
#include <vector>

#include "store/sqlite/operations.h"
#include "store/sqlite/statement.h"

namespace metadata::store::sqlite {
namespace {

// What hangs on removed entities, at most ?2 rows a statement, for those up to the rid ?1. One entity may have any
// number of versions, a tag any number of labels; so no statement takes "all of it". CROSS JOIN: the few removed rows
// lead.
constexpr std::string_view kPieces[] = {
    "DELETE FROM body WHERE rid IN (SELECT rid FROM gone WHERE rid <= ?1 LIMIT ?2)",
    "DELETE FROM history WHERE rowid IN"
    " (SELECT h.rowid FROM gone g CROSS JOIN history h ON h.rid = g.rid WHERE g.rid <= ?1 LIMIT ?2)",
    "DELETE FROM tag_usage WHERE (rid, path, tag_rid) IN"
    " (SELECT u.rid, u.path, u.tag_rid FROM gone g CROSS JOIN tag_usage u ON u.rid = g.rid"
    " WHERE g.rid <= ?1 LIMIT ?2)",
    "DELETE FROM tag_usage WHERE (rid, path, tag_rid) IN"
    " (SELECT u.rid, u.path, u.tag_rid FROM gone g CROSS JOIN tag_usage u ON u.tag_rid = g.rid"
    " WHERE g.rid <= ?1 LIMIT ?2)",
    "DELETE FROM attribute WHERE (type, name, value, fqn_key, rid) IN"
    " (SELECT a.type, a.name, a.value, a.fqn_key, a.rid FROM gone g CROSS JOIN attribute a ON a.rid = g.rid"
    " WHERE g.rid <= ?1 LIMIT ?2)",
    "DELETE FROM series WHERE rowid IN"
    " (SELECT s.rowid FROM gone g CROSS JOIN series s ON s.owner_rid = g.rid WHERE g.rid <= ?1 LIMIT ?2)",
    "DELETE FROM side WHERE (kind, key) IN"
    " (SELECT s.kind, s.key FROM gone g CROSS JOIN side s ON s.owner_rid = g.rid WHERE g.rid <= ?1 LIMIT ?2)",
    "DELETE FROM lineage_column WHERE (edge, mapping, item) IN (SELECT c.edge, c.mapping, c.item"
    " FROM gone g CROSS JOIN lineage_column c ON c.from_rid = g.rid WHERE g.rid <= ?1 LIMIT ?2)",
    "DELETE FROM lineage_column WHERE (edge, mapping, item) IN (SELECT c.edge, c.mapping, c.item"
    " FROM gone g CROSS JOIN lineage_column c ON c.to_rid = g.rid WHERE g.rid <= ?1 LIMIT ?2)",
    "DELETE FROM lineage WHERE edge IN"
    " (SELECT l.edge FROM gone g CROSS JOIN lineage l ON l.from_rid = g.rid WHERE g.rid <= ?1 LIMIT ?2)",
    "DELETE FROM lineage WHERE edge IN"
    " (SELECT l.edge FROM gone g CROSS JOIN lineage l ON l.to_rid = g.rid WHERE g.rid <= ?1 LIMIT ?2)",
    "UPDATE lineage SET pipeline_rid = NULL WHERE edge IN"
    " (SELECT l.edge FROM gone g CROSS JOIN lineage l ON l.pipeline_rid = g.rid WHERE g.rid <= ?1 LIMIT ?2)",
};

constexpr std::string_view kEdges[] = {
    "SELECT r.from_rid, r.kind, r.to_rid FROM gone g CROSS JOIN relation r ON r.from_rid = g.rid"
    " WHERE g.rid <= ?1 LIMIT ?2",
    "SELECT r.from_rid, r.kind, r.to_rid FROM gone g CROSS JOIN relation r ON r.to_rid = g.rid"
    " WHERE g.rid <= ?1 LIMIT ?2",
};

struct Edge {
  std::int64_t from = 0;
  std::string kind;
  std::int64_t to = 0;
};

/// How many went. One statement for all would be planned to walk every edge of an end for each of its edges, and an
/// owner may have a million.
Result<std::int64_t> reap_edges(Connection& writer, std::string_view found, std::int64_t last, std::int64_t at_most) {
  std::vector<Edge> edges;
  {
    Statement query(writer, found, last, at_most);
    MD_LET(rows, rows_of(query, [](const Statement& row) {
             return Edge{row.integer(0), row.text(1), row.integer(2)};
           }));
    edges = std::move(rows);
  }
  for (const Edge& edge : edges) {
    MD_OK(Statement(writer, "DELETE FROM relation WHERE from_rid = ? AND kind = ? AND to_rid = ?", edge.from, edge.kind,
                    edge.to)
              .run());
  }
  return static_cast<std::int64_t>(edges.size());
}

}  // namespace

Error reap(Connection& writer, std::size_t rows) {
  const auto at_most = static_cast<std::int64_t>(rows);
  Statement bound(writer, "SELECT coalesce(max(rid), 0) FROM (SELECT rid FROM gone ORDER BY rid LIMIT ?)", at_most);
  MD_LET(last, number_of(bound));
  if (last == 0) return {};
  bool all = true;
  for (const std::string_view piece : kPieces) {
    MD_OK(Statement(writer, piece, last, at_most).run());
    // An entity has one body, so all of them went.
    all = all && (piece == kPieces[0] || writer.changes() < at_most);
  }
  for (const std::string_view found : kEdges) {
    MD_LET(went, reap_edges(writer, found, last, at_most));
    all = all && went < at_most;
  }
  // Only when nothing hangs on them any more are they forgotten.
  return all ? Statement(writer, "DELETE FROM gone WHERE rid <= ?", last).run() : Error();
}

Result<bool> has_leftovers(Connection& writer) { return Statement(writer, "SELECT 1 FROM gone LIMIT 1").step(); }

}  // namespace metadata::store::sqlite
