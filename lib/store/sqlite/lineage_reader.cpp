#include <algorithm>

#include "store/sqlite/listing.h"
#include "store/sqlite/reader.h"
#include "store/sqlite/statement.h"

// The lineage half of a reader. Edges at removed entities lie about until they are reaped; nearly always there are
// none, so that is asked once, and only then is every row looked at.
namespace metadata::store::sqlite {
namespace {

#define MD_ROW_COLUMNS \
  "l.edge, l.from_rid, l.to_rid, l.source, coalesce(l.pipeline_rid, 0), l.seq, l.description, l.body"
#define MD_STAYS(rid) " AND NOT EXISTS (SELECT 1 FROM gone g WHERE g.rid = " rid ")"
#define MD_BOTH_STAY MD_STAYS("l.from_rid") MD_STAYS("l.to_rid")

LineageRow read_row(const Statement& row) {
  return {row.integer(0), {row.integer(1), row.integer(2)}, row.text(3), row.integer(4), row.integer(5), row.text(6),
          row.text(7)};
}

Result<bool> anything_gone(Connection& connection) {
  return Statement(connection, "SELECT 1 FROM gone LIMIT 1").step();
}

/// Goes on until the rows end or the visitor has enough.
template <class Visit>
Error visit_rows(Statement& statement, Visit visit) {
  for (;;) {
    MD_LET(row, statement.step());
    if (!row || !visit(statement)) return {};
  }
}

}  // namespace

Result<std::vector<RefRow>> SqliteReader::refs_by_rid(std::span<const Rid> rids) {
  Statement query(connection_,
                  "SELECT e.rid, e.id, e.type, e.fqn_key, e.name, e.display_name, e.deleted"
                  " FROM numbers(?1) k CROSS JOIN entity e ON e.rid = k.value",
                  Numbers(rids));
  std::vector<RefRow> rows;
  rows.reserve(rids.size());
  MD_OK(query.each([&](const Statement& row) {
    rows.push_back({row.integer(0), row.id(1), row.text(2), row.text(3), row.text(4), row.text(5), row.boolean(6)});
  }));
  return rows;
}

// Here and below there is no ORDER BY: it would sort all rows before the first is seen, and a hub has 100,000 of them
// where a thousand are wanted. The list leads, and the index behind each of its elements is in the wanted order; a test
// holds SQLite to that.
Error SqliteReader::lineage_pairs(std::span<const Rid> entities, Direction direction, const PairVisit& visit) {
  MD_LET(some_gone, anything_gone(connection_));
  static constexpr std::string_view kTexts[2][2] = {
      {"SELECT l.from_rid, l.to_rid FROM numbers(?1) s CROSS JOIN lineage l ON l.from_rid = s.value",
       "SELECT l.from_rid, l.to_rid FROM numbers(?1) s CROSS JOIN lineage l ON l.from_rid = s.value"
       " WHERE 1" MD_BOTH_STAY},
      {"SELECT l.from_rid, l.to_rid FROM numbers(?1) s CROSS JOIN lineage l ON l.to_rid = s.value",
       "SELECT l.from_rid, l.to_rid FROM numbers(?1) s CROSS JOIN lineage l ON l.to_rid = s.value"
       " WHERE 1" MD_BOTH_STAY}};
  Statement query(connection_, kTexts[direction == Direction::To][some_gone], Numbers(entities));
  return visit_rows(query, [&](const Statement& row) { return visit({row.integer(0), row.integer(1)}); });
}

Error SqliteReader::lineage_column_pairs(std::span<const ColumnOf> columns, Direction direction,
                                         const ColumnVisit& visit) {
  MD_LET(some_gone, anything_gone(connection_));
#define MD_COLUMNS(self, other, stays)                                                                            \
  "SELECT s.key, l." other "_rid, l." other "_column FROM json_each(?1) s CROSS JOIN lineage_column l ON l." self \
  "_rid = json_extract(s.value, '$[0]') AND l." self "_column = json_extract(s.value, '$[1]') WHERE 1" stays
  static constexpr std::string_view kTexts[2][2] = {
      {MD_COLUMNS("from", "to", ""), MD_COLUMNS("from", "to", MD_BOTH_STAY)},
      {MD_COLUMNS("to", "from", ""), MD_COLUMNS("to", "from", MD_BOTH_STAY)}};
#undef MD_COLUMNS
  std::string list = "[";
  for (const ColumnOf& column : columns) {
    if (list.size() > 1) list += ',';
    list += "[" + std::to_string(column.entity) + "," + json_text(column.column) + "]";
  }
  list += "]";
  Statement query(connection_, kTexts[direction == Direction::To][some_gone], list);
  return visit_rows(query, [&](const Statement& row) {
    return visit(static_cast<std::size_t>(row.integer(0)), row.integer(1), row.view(2));
  });
}

Result<std::vector<LineageRow>> SqliteReader::lineage_rows(std::span<const LineagePair> pairs) {
  Statement query(connection_,
                  "SELECT " MD_ROW_COLUMNS
                  " FROM numbers(?1) s CROSS JOIN lineage l ON l.from_rid = s.value AND l.to_rid = s.other"
                  " WHERE 1" MD_BOTH_STAY,
                  Numbers(pairs));
  std::vector<LineageRow> rows;
  rows.reserve(pairs.size());
  MD_OK(query.each([&](const Statement& row) { rows.push_back(read_row(row)); }));
  return rows;
}

Result<std::vector<LineageColumn>> SqliteReader::lineage_columns(std::span<const Rid> edges) {
  Statement query(connection_,
                  "SELECT c.edge, c.mapping, c.item, c.from_column, c.to_column, c.function FROM numbers(?1) s"
                  " CROSS JOIN lineage_column c ON c.edge = s.value",
                  Numbers(edges));
  return rows_of(query, [](const Statement& row) {
    return LineageColumn{row.integer(0),
                         static_cast<std::int32_t>(row.integer(1)),
                         static_cast<std::int32_t>(row.integer(2)),
                         row.text(3),
                         row.text(4),
                         row.text(5)};
  });
}

Result<std::vector<LineageRow>> SqliteReader::lineage_of_pipeline(Rid pipeline, Rid after, std::size_t limit) {
  Statement query(connection_,
                  "SELECT " MD_ROW_COLUMNS " FROM lineage l WHERE l.pipeline_rid = ?1 AND l.edge > ?2" MD_BOTH_STAY
                  " ORDER BY l.edge LIMIT ?3",
                  pipeline, after, sql_limit(limit));
  return rows_of(query, read_row);
}

Result<std::vector<LineageRow>> SqliteReader::lineage_into(Rid to, std::string_view source, Rid after,
                                                           std::size_t limit) {
  Statement query(connection_,
                  "SELECT " MD_ROW_COLUMNS
                  " FROM lineage l WHERE l.to_rid = ?1 AND l.source = ?2 AND l.edge > ?3" MD_BOTH_STAY
                  " ORDER BY l.edge LIMIT ?4",
                  to, source, after, sql_limit(limit));
  return rows_of(query, read_row);
}

Result<std::vector<LineagePair>> SqliteReader::all_lineage(LineagePair after, std::size_t limit) {
  Statement query(connection_,
                  "SELECT l.from_rid, l.to_rid FROM lineage l WHERE (l.from_rid, l.to_rid) > (?1, ?2)" MD_BOTH_STAY
                  " ORDER BY l.from_rid, l.to_rid LIMIT ?3",
                  after.from, after.to, sql_limit(limit));
  return rows_of(query, [](const Statement& row) { return LineagePair{row.integer(0), row.integer(1)}; });
}

Result<std::vector<LineageDegree>> SqliteReader::lineage_degrees(std::span<const Rid> entities, std::size_t at_most) {
#define MD_COUNT(end) \
  "(SELECT count(*) FROM (SELECT 1 FROM lineage l WHERE l." end "_rid = s.value" MD_BOTH_STAY " LIMIT ?2))"
  Statement query(connection_, "SELECT s.value, " MD_COUNT("to") ", " MD_COUNT("from") " FROM numbers(?1) s",
                  Numbers(entities), sql_limit(at_most));
#undef MD_COUNT
  return rows_of(query, [](const Statement& row) {
    return LineageDegree{row.integer(0), row.integer(1), row.integer(2)};
  });
}

}  // namespace metadata::store::sqlite
