#include <string>
#include <vector>

#include "store/sqlite/operations.h"
#include "store/sqlite/statement.h"

namespace metadata::store::sqlite {
namespace {

// The commit that is being made: its log record, or the first that follows, has this number.
#define MD_NEXT_SEQ "(SELECT coalesce(max(seq), 0) + 1 FROM change_log)"

struct Edge {
  Rid edge = 0;
  LineagePair ends;
  Seq seq = 0;
};

Result<std::optional<Edge>> find_edge(Connection& writer, const EntityId& from, const EntityId& to) {
  Statement query(writer,
                  "SELECT l.edge, l.from_rid, l.to_rid, l.seq FROM entity f CROSS JOIN entity t"
                  " CROSS JOIN lineage l ON l.from_rid = f.rid AND l.to_rid = t.rid WHERE f.id = ?1 AND t.id = ?2",
                  from, to);
  return row_of(query, [](const Statement& row) {
    return Edge{row.integer(0), {row.integer(1), row.integer(2)}, row.integer(3)};
  });
}

Error delete_columns(Connection& writer, Rid edge) {
  return Statement(writer, "DELETE FROM lineage_column WHERE edge = ?", edge).run();
}

Error put_columns(Connection& writer, const Edge& edge, const std::vector<LineageColumn>& columns) {
  for (const LineageColumn& column : columns) {
    MD_OK(Statement(writer,
                    "INSERT INTO lineage_column (edge, mapping, item, from_rid, from_column, to_rid, to_column, "
                    "function) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    edge.edge, column.mapping, column.item, edge.ends.from, column.from_column, edge.ends.to,
                    column.to_column, column.function)
              .run());
  }
  return {};
}

Result<Rid> rid_of(Connection& writer, const EntityId& id) {
  Statement query(writer, "SELECT rid FROM entity WHERE id = ?", id);
  MD_LET(found, query.step());
  if (!found) return gone(id);
  return query.integer(0);
}

}  // namespace

Error check_lineage(Connection& writer, const LineageAt& at) {
  MD_LET(edge, find_edge(writer, at.from, at.to));
  if ((edge ? edge->seq : 0) == at.seq) return {};
  return Error(Code::Conflict, "the lineage from " + at.from.text() + " to " + at.to.text() + " was changed meanwhile");
}

Error put_lineage(Connection& writer, const PutLineage& put) {
  if (!put.pipeline.empty()) MD_OK(rid_of(writer, put.pipeline).error());
  MD_OK(Statement(writer,
                  "INSERT INTO lineage (from_rid, to_rid, source, pipeline_rid, seq, description, body)"
                  " SELECT f.rid, t.rid, ?3, (SELECT rid FROM entity WHERE id = ?4), " MD_NEXT_SEQ
                  ", ?5, ?6 FROM entity f CROSS JOIN entity t WHERE f.id = ?1 AND t.id = ?2"
                  " ON CONFLICT (from_rid, to_rid) DO UPDATE SET source = excluded.source, seq = excluded.seq,"
                  " pipeline_rid = excluded.pipeline_rid, description = excluded.description, body = excluded.body",
                  put.from, put.to, put.source, put.pipeline, put.description, put.body)
            .run());
  MD_OK(wrote_row(writer, put.to));
  MD_LET(edge, find_edge(writer, put.from, put.to));
  if (!edge) return corrupt("a lineage edge that was written is not there");
  MD_OK(delete_columns(writer, edge->edge));
  return put_columns(writer, *edge, put.columns);
}

Error delete_lineage(Connection& writer, const DeleteLineage& gone_edge) {
  MD_LET(edge, find_edge(writer, gone_edge.from, gone_edge.to));
  if (!edge) return {};
  MD_OK(delete_columns(writer, edge->edge));
  return Statement(writer, "DELETE FROM lineage WHERE edge = ?", edge->edge).run();
}

Error drop_lineage_columns(Connection& writer, const DropLineageColumns& drop) {
  MD_LET(rid, rid_of(writer, drop.id));
  const std::string columns = json_list(drop.columns);
  // Edges that change get another number first, so that whoever patches one of them looks again.
#define MD_DROPPED(end) \
  "SELECT edge FROM lineage_column WHERE " end "_rid = ?1 AND " end "_column IN (SELECT value FROM json_each(?2))"
  MD_OK(Statement(writer,
                  "UPDATE lineage SET seq = " MD_NEXT_SEQ
                  " WHERE edge IN (" MD_DROPPED("from") " UNION " MD_DROPPED("to") ")",
                  rid, columns)
            .run());
#undef MD_DROPPED
  if (writer.changes() == 0) return {};
  for (const std::string_view sql :
       {"DELETE FROM lineage_column WHERE from_rid = ?1 AND from_column IN (SELECT value FROM json_each(?2))",
        "DELETE FROM lineage_column WHERE to_rid = ?1 AND to_column IN (SELECT value FROM json_each(?2))"}) {
    MD_OK(Statement(writer, sql, rid, columns).run());
  }
  return {};
}

}  // namespace metadata::store::sqlite
