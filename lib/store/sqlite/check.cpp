#include <array>
#include <string>
#include <string_view>

#include "store/sqlite/backend.h"
#include "store/sqlite/statement.h"

namespace metadata::store::sqlite {
namespace {

// One broken rule can break a million rows; the first few say enough.
constexpr std::size_t kMaxProblemsOfRule = 100;

/// A rule and the query whose rows break it: each row is one text that says what and where.
struct Rule {
  std::string_view name;
  std::string_view broken;
};

// The entity is neither there nor among the removed ones whose leftovers are still to be reaped.
#define MD_MISSING(rid)                                                                                                \
  "(NOT EXISTS (SELECT 1 FROM entity e WHERE e.rid = " rid ") AND NOT EXISTS (SELECT 1 FROM gone g WHERE g.rid = " rid \
  "))"

// In keys the separator is shown as " / ". CROSS JOIN fixes the order of the tables, since the file has no statistics.
constexpr std::array kRules = {
    Rule{"file-damaged", R"sql(
      SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok')sql"},
    Rule{"foreign-key", R"sql(
      SELECT 'table ' || "table" || ' refers to a missing row of ' || parent || coalesce(' at row ' || rowid, '')
      FROM pragma_foreign_key_check WHERE NOT EXISTS (SELECT 1 FROM gone))sql"},
    Rule{"row-without-body", R"sql(
      SELECT 'entity ' || lower(hex(e.id)) || ' (' || e.type || ') has no body' FROM entity e
      WHERE NOT EXISTS (SELECT 1 FROM body b WHERE b.rid = e.rid))sql"},
    Rule{"body-without-row", R"sql(
      SELECT 'body ' || b.rid || ' has no entity' FROM body b
      WHERE )sql" MD_MISSING("b.rid")},
    Rule{"history-without-row", R"sql(
      SELECT 'history of missing entity ' || h.rid FROM history h
      WHERE )sql" MD_MISSING("h.rid") R"sql( GROUP BY h.rid)sql"},
    Rule{"relation-without-row", R"sql(
      SELECT 'relation ' || r.from_rid || ' ' || r.kind || ' ' || r.to_rid || ' has a missing end' FROM relation r
      WHERE )sql" MD_MISSING("r.from_rid") R"sql(
         OR )sql" MD_MISSING("r.to_rid")},
    Rule{"lineage-without-row", R"sql(
      SELECT 'lineage ' || l.from_rid || ' to ' || l.to_rid || ' has a missing end' FROM lineage l
      WHERE )sql" MD_MISSING("l.from_rid") R"sql(
         OR )sql" MD_MISSING("l.to_rid") R"sql(
      UNION ALL
      SELECT 'lineage ' || l.from_rid || ' to ' || l.to_rid || ' runs through the missing entity ' || l.pipeline_rid
      FROM lineage l WHERE l.pipeline_rid IS NOT NULL AND )sql" MD_MISSING("l.pipeline_rid")},
    Rule{"lineage-column-differs", R"sql(
      SELECT 'column mapping ' || c.mapping || ' from ' || c.from_rid || c.from_column || ' to ' || c.to_rid ||
             c.to_column || ' belongs to no edge between them'
      FROM lineage_column c
      WHERE NOT EXISTS (SELECT 1 FROM lineage l
                        WHERE l.edge = c.edge AND l.from_rid = c.from_rid AND l.to_rid = c.to_rid)
        AND NOT EXISTS (SELECT 1 FROM gone g WHERE g.rid IN (c.from_rid, c.to_rid)))sql"},
    Rule{"tag-without-row", R"sql(
      SELECT 'label ' || u.tag_rid || ' at ' || u.rid || ' ' || replace(u.path, char(31), ' / ') || ' has a missing end'
      FROM tag_usage u
      WHERE )sql" MD_MISSING("u.rid") R"sql(
         OR )sql" MD_MISSING("u.tag_rid")},
    Rule{"attribute-without-row", R"sql(
      SELECT 'attribute ' || a.type || '.' || a.name || ' of missing entity ' || a.rid FROM attribute a
      WHERE )sql" MD_MISSING("a.rid")},
    Rule{"series-without-row", R"sql(
      SELECT 'series ' || s.kind || ' ' || s.id || ' of missing entity ' || s.owner_rid FROM series s
      WHERE )sql" MD_MISSING("s.owner_rid")},
    Rule{"side-without-owner", R"sql(
      SELECT 'side record of kind ' || s.kind || ' of missing entity ' || s.owner_rid FROM side s
      WHERE s.owner_rid IS NOT NULL AND )sql" MD_MISSING("s.owner_rid")},
    Rule{"gone-but-there", R"sql(
      SELECT 'entity ' || lower(hex(e.id)) || ' is there and among the removed ones' FROM gone g
      CROSS JOIN entity e ON e.rid = g.rid)sql"},
    Rule{"version-too-low", R"sql(
      SELECT 'entity ' || lower(hex(id)) || ' has version ' || version || ' and revision ' || revision FROM entity
      WHERE version < 1 OR revision < 1
      UNION ALL
      SELECT 'history of ' || rid || ' has version ' || version FROM history WHERE version < 1)sql"},
    Rule{"history-not-older", R"sql(
      SELECT 'entity ' || lower(hex(e.id)) || ' is at version ' || e.version || ' revision ' || e.revision ||
             ', its history has version ' || h.version || ' revision ' || h.revision
      FROM history h CROSS JOIN entity e ON e.rid = h.rid
      WHERE h.version >= e.version OR h.revision >= e.revision)sql"},
    Rule{"history-twice", R"sql(
      SELECT 'history of ' || rid || ' has version ' || version || ' ' || count(*) || ' times' FROM history
      GROUP BY rid, version HAVING count(*) > 1)sql"},
    Rule{"key-taken-twice", R"sql(
      SELECT type || ' ' || replace(fqn_key, char(31), ' / ') || ' is there ' || count(*) || ' times'
      FROM entity NOT INDEXED GROUP BY type, fqn_key HAVING count(*) > 1)sql"},
    Rule{"name-differs", R"sql(
      SELECT 'entity ' || lower(hex(id)) || ' is named ' || name || ', its key is ' || replace(fqn_key, char(31), ' / ')
      FROM entity WHERE lower(fqn_key) <> lower(name)
        AND lower(substr(fqn_key, -length(name) - 1)) <> char(31) || lower(name))sql"},
    Rule{"root-missing", R"sql(
      SELECT e.type || ' ' || replace(e.fqn_key, char(31), ' / ') || ' lies in no ' || e.tree FROM entity e
      WHERE instr(e.fqn_key, char(31)) > 0 AND NOT EXISTS
            (SELECT 1 FROM entity r
             WHERE r.type = e.tree AND r.fqn_key = substr(e.fqn_key, 1, instr(e.fqn_key, char(31)) - 1)))sql"},
    Rule{"live-under-deleted", R"sql(
      SELECT e.type || ' ' || replace(e.fqn_key, char(31), ' / ') || ' is live under the deleted ' || d.type || ' ' ||
             replace(d.fqn_key, char(31), ' / ')
      FROM entity d CROSS JOIN (SELECT DISTINCT type FROM entity) t
      CROSS JOIN entity e ON e.type = t.type AND e.deleted = 0 AND e.fqn_key > d.fqn_key || char(31)
             AND e.fqn_key < d.fqn_key || char(32) AND e.tree = d.tree
      WHERE d.deleted = 1)sql"},
    Rule{"counter-differs", R"sql(
      SELECT 'counter of ' || type || ' (tree ' || tree || ', deleted ' || deleted || ') is off by ' || sum(n)
      FROM (SELECT type, tree, deleted, n FROM counter
            UNION ALL
            SELECT type, tree, deleted, -count(*) FROM entity GROUP BY type, tree, deleted)
      GROUP BY type, tree, deleted HAVING sum(n) <> 0)sql"},
    Rule{"attribute-differs", R"sql(
      SELECT 'attribute ' || a.name || ' of ' || lower(hex(e.id)) || ' stands under ' || a.type || ' ' ||
             replace(a.fqn_key, char(31), ' / ') || ', its entity under ' || e.type || ' ' ||
             replace(e.fqn_key, char(31), ' / ')
      FROM attribute a CROSS JOIN entity e ON e.rid = a.rid
      WHERE a.type <> e.type OR a.fqn_key <> e.fqn_key)sql"},
    Rule{"log-gap", R"sql(
      SELECT 'the change log has nothing between ' || before || ' and ' || seq
      FROM (SELECT seq, lag(seq) OVER (ORDER BY seq) AS before FROM change_log) WHERE seq <> before + 1)sql"},
    Rule{"log-end-differs", R"sql(
      SELECT 'the change log ends at ' || last || ', it should end at ' || coalesce(given, 0)
      FROM (SELECT (SELECT max(seq) FROM change_log) AS last,
                   (SELECT max(seq) FROM sqlite_sequence WHERE name = 'change_log') AS given)
      WHERE last IS NOT NULL AND last IS NOT given)sql"},
    Rule{"log-ahead-of-row", R"sql(
      SELECT 'log record ' || l.seq || ' has revision ' || l.revision || ' of ' || lower(hex(e.id)) ||
             ', which is at ' || e.revision
      FROM change_log l CROSS JOIN entity e ON e.id = l.id WHERE l.revision > e.revision)sql"},
    Rule{"bad-json", R"sql(
      SELECT 'body of entity ' || rid || ' is not JSON' FROM body
      WHERE NOT json_valid(document) OR NOT json_valid(provenance) OR (change <> '' AND NOT json_valid(change))
      UNION ALL
      SELECT 'history of ' || rid || ' at version ' || version || ' is not JSON' FROM history
      WHERE (body <> '' AND NOT json_valid(body)) OR (change <> '' AND NOT json_valid(change))
      UNION ALL
      SELECT 'log record ' || seq || ' is not JSON' FROM change_log
      WHERE (facts <> '' AND NOT json_valid(facts)) OR (change <> '' AND NOT json_valid(change))
      UNION ALL
      SELECT 'relation ' || from_rid || ' ' || kind || ' ' || to_rid || ' is not JSON' FROM relation
      WHERE body <> '' AND NOT json_valid(body)
      UNION ALL
      SELECT 'lineage ' || from_rid || ' to ' || to_rid || ' is not JSON' FROM lineage WHERE NOT json_valid(body))sql"},
};

Error collect(Connection& connection, const Rule& rule, std::vector<Problem>& problems) {
  Statement query(connection, std::string(rule.broken));
  for (std::size_t found = 0; found < kMaxProblemsOfRule; ++found) {
    MD_LET(more, query.step());
    if (!more) break;
    problems.push_back({std::string(rule.name), query.text(0)});
  }
  return {};
}

}  // namespace

Result<std::vector<Problem>> check_rules(Connection& connection) {
  std::vector<Problem> problems;
  for (const Rule& rule : kRules) {
    const Error error = collect(connection, rule, problems);
    if (error.ok()) continue;
    if (error.code() != Code::Corrupt) return error;
    // A file too broken to be read is a finding, not a failure of the check.
    problems.push_back(
        {"file-damaged", std::string(rule.name) + " cannot be checked: " + std::string(error.message())});
  }
  return problems;
}

}  // namespace metadata::store::sqlite
