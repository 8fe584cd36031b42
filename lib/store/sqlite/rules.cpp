#include "store/sqlite/rules.h"

#include <string_view>
#include <utility>

#include "store/sqlite/schema.h"

namespace metadata::store::sqlite {
namespace {

// The entity is neither there nor among the removed ones whose leftovers are still to be reaped.
#define MD_MISSING(rid)                                                                                                \
  "(NOT EXISTS (SELECT 1 FROM entity e WHERE e.rid = " rid ") AND NOT EXISTS (SELECT 1 FROM gone g WHERE g.rid = " rid \
  "))"

// The id of an entity, or its number in the store when it is not there.
#define MD_END(rid) "coalesce((SELECT uuid(e.id) FROM entity e WHERE e.rid = " rid "), 'missing ' || " rid ")"

// uuid(x) stands for the text of an id. In keys the separator is shown as " / ". CROSS JOIN fixes the order of the
// tables, since the file has no statistics. The order is that of mending: what counts and mirrors follows what it
// counts.
const Rule kRules[] = {
    Rule{"file-damaged", R"sql(
      SELECT replace(integrity_check, char(10), '; ') FROM pragma_integrity_check WHERE integrity_check <> 'ok')sql",
         "REINDEX"},
    Rule{"foreign-key", R"sql(
      SELECT 'table ' || "table" || ' refers to a missing row of ' || parent || coalesce(' at row ' || rowid, '')
      FROM pragma_foreign_key_check WHERE NOT EXISTS (SELECT 1 FROM gone))sql"},
    Rule{"row-without-body", R"sql(
      SELECT 'entity ' || uuid(e.id) || ' (' || e.type || ') has no body' FROM entity e
      WHERE NOT EXISTS (SELECT 1 FROM body b WHERE b.rid = e.rid))sql"},
    Rule{"body-without-row", R"sql(
      SELECT 'body ' || b.rid || ' has no entity' FROM body b
      WHERE )sql" MD_MISSING("b.rid"),
         R"sql(
      DELETE FROM body AS x WHERE )sql" MD_MISSING("x.rid")},
    Rule{"history-without-row", R"sql(
      SELECT 'history of missing entity ' || h.rid FROM history h
      WHERE )sql" MD_MISSING("h.rid") R"sql( GROUP BY h.rid)sql",
         R"sql(
      DELETE FROM history AS x WHERE )sql" MD_MISSING("x.rid")},
    Rule{"relation-without-row",
         R"sql(
      SELECT 'edge ' || r.kind || ' from ' || )sql" MD_END("r.from_rid") R"sql( || ' to ' || )sql" MD_END(
             "r.to_rid") R"sql(
      FROM relation r
      WHERE )sql" MD_MISSING("r.from_rid") R"sql(
         OR )sql" MD_MISSING("r.to_rid"),
         R"sql(
      DELETE FROM relation AS x WHERE )sql" MD_MISSING("x.from_rid") R"sql( OR )sql" MD_MISSING("x.to_rid")},
    Rule{"lineage-without-row",
         R"sql(
      SELECT 'lineage from ' || )sql" MD_END("l.from_rid") R"sql( || ' to ' || )sql" MD_END("l.to_rid") R"sql(
             || ' has a missing end' FROM lineage l
      WHERE )sql" MD_MISSING("l.from_rid") R"sql(
         OR )sql" MD_MISSING("l.to_rid"),
         R"sql(
      DELETE FROM lineage AS x WHERE )sql" MD_MISSING("x.from_rid") R"sql( OR )sql" MD_MISSING("x.to_rid")},
    Rule{"lineage-without-pipeline",
         R"sql(
      SELECT 'lineage from ' || )sql" MD_END("l.from_rid") R"sql( || ' to ' || )sql" MD_END("l.to_rid") R"sql(
             || ' runs through the missing entity ' || l.pipeline_rid FROM lineage l
      WHERE l.pipeline_rid IS NOT NULL AND )sql" MD_MISSING("l.pipeline_rid"),
         R"sql(
      UPDATE lineage AS x SET pipeline_rid = NULL WHERE x.pipeline_rid IS NOT NULL AND )sql" MD_MISSING(
             "x.pipeline_rid")},
    Rule{"lineage-column-differs",
         R"sql(
      SELECT 'column mapping ' || c.mapping || ' from ' || )sql" MD_END(
             "c.from_rid") R"sql( || c.from_column || ' to ' ||
             )sql" MD_END("c.to_rid") R"sql( || c.to_column || ' belongs to no edge between them'
      FROM lineage_column c
      WHERE NOT EXISTS (SELECT 1 FROM lineage l
                        WHERE l.edge = c.edge AND l.from_rid = c.from_rid AND l.to_rid = c.to_rid)
        AND NOT EXISTS (SELECT 1 FROM gone g WHERE g.rid IN (c.from_rid, c.to_rid)))sql",
         R"sql(
      DELETE FROM lineage_column AS x
      WHERE NOT EXISTS (SELECT 1 FROM lineage l
                        WHERE l.edge = x.edge AND l.from_rid = x.from_rid AND l.to_rid = x.to_rid)
        AND NOT EXISTS (SELECT 1 FROM gone g WHERE g.rid IN (x.from_rid, x.to_rid)))sql"},
    Rule{"tag-without-row", R"sql(
      SELECT 'label of tag ' || )sql" MD_END("u.tag_rid") R"sql( || ' on ' || )sql" MD_END("u.rid") R"sql(
             || ' ' || replace(u.path, char(31), ' / ') FROM tag_usage u
      WHERE )sql" MD_MISSING("u.rid") R"sql(
         OR )sql" MD_MISSING("u.tag_rid"),
         R"sql(
      DELETE FROM tag_usage AS x WHERE )sql" MD_MISSING("x.rid") R"sql( OR )sql" MD_MISSING("x.tag_rid")},
    Rule{"attribute-without-row", R"sql(
      SELECT 'attribute ' || a.type || '.' || a.name || ' of missing entity ' || a.rid FROM attribute a
      WHERE )sql" MD_MISSING("a.rid"),
         R"sql(
      DELETE FROM attribute AS x WHERE )sql" MD_MISSING("x.rid")},
    Rule{"series-without-row", R"sql(
      SELECT 'series ' || s.kind || ' ' || s.id || ' of missing entity ' || s.owner_rid FROM series s
      WHERE )sql" MD_MISSING("s.owner_rid"),
         R"sql(
      DELETE FROM series AS x WHERE )sql" MD_MISSING("x.owner_rid")},
    Rule{"side-without-owner", R"sql(
      SELECT 'side record of kind ' || s.kind || ' of missing entity ' || s.owner_rid FROM side s
      WHERE s.owner_rid IS NOT NULL AND )sql" MD_MISSING("s.owner_rid"),
         R"sql(
      DELETE FROM side AS x WHERE x.owner_rid IS NOT NULL AND )sql" MD_MISSING("x.owner_rid")},
    Rule{"rid-sequence-low", R"sql(
      SELECT 'the next entity would get the number ' || (coalesce(given, 0) + 1) || ', there are numbers up to ' || last
      FROM (SELECT (SELECT max(rid) FROM entity) AS last,
                   (SELECT max(seq) FROM sqlite_sequence WHERE name = 'entity') AS given)
      WHERE last > coalesce(given, 0))sql",
         R"sql(
      DELETE FROM sqlite_sequence WHERE name = 'entity';
      INSERT INTO sqlite_sequence (name, seq) SELECT 'entity', max(rid) FROM entity)sql"},
    Rule{"gone-never-there", R"sql(
      SELECT 'number ' || rid || ' is among the removed entities and was never given' FROM gone
      WHERE rid > (SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'entity'))sql",
         R"sql(
      DELETE FROM gone WHERE rid > (SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'entity'))sql"},
    Rule{"gone-but-there", R"sql(
      SELECT 'entity ' || uuid(e.id) || ' is there and among the removed ones' FROM gone g
      CROSS JOIN entity e ON e.rid = g.rid)sql",
         R"sql(
      DELETE FROM gone WHERE rid IN (SELECT rid FROM entity))sql"},
    Rule{"version-too-low", R"sql(
      SELECT 'entity ' || uuid(id) || ' has version ' || version || ' and revision ' || revision FROM entity
      WHERE version < 1 OR revision < 1
      UNION ALL
      SELECT 'history of ' || )sql" MD_END("h.rid") R"sql( || ' has version ' || h.version FROM history h
      WHERE h.version < 1)sql"},
    Rule{"history-not-older", R"sql(
      SELECT 'entity ' || uuid(e.id) || ' is at version ' || e.version || ' revision ' || e.revision ||
             ', its history has version ' || h.version || ' revision ' || h.revision
      FROM history h CROSS JOIN entity e ON e.rid = h.rid
      WHERE h.version >= e.version OR h.revision >= e.revision)sql"},
    Rule{"history-twice", R"sql(
      SELECT 'history of ' || )sql" MD_END(
                              "h.rid") R"sql( || ' has version ' || h.version || ' ' || count(*) || ' times'
      FROM history h GROUP BY h.rid, h.version HAVING count(*) > 1)sql"},
    Rule{"key-taken-twice", R"sql(
      SELECT type || ' ' || replace(fqn_key, char(31), ' / ') || ' is there ' || count(*) || ' times: ' ||
             group_concat(uuid(id), ', ') FROM entity NOT INDEXED GROUP BY type, fqn_key HAVING count(*) > 1)sql"},
    Rule{"id-taken-twice", R"sql(
      SELECT 'id ' || uuid(id) || ' has ' || count(*) || ' entities' FROM entity NOT INDEXED
      GROUP BY id HAVING count(*) > 1)sql"},
    Rule{"key-malformed", R"sql(
      SELECT 'entity ' || uuid(id) || ' has a key with an empty part: ' || replace(fqn_key, char(31), ' / ')
      FROM entity WHERE instr(char(31) || fqn_key || char(31), char(31) || char(31)) > 0)sql"},
    Rule{"tree-differs", R"sql(
      SELECT type || ' ' || uuid(id) || ' (' || fqn_key || ') stands at the root, but in the tree ' || tree
      FROM entity WHERE instr(fqn_key, char(31)) = 0 AND tree <> type)sql",
         R"sql(
      UPDATE entity SET tree = type WHERE instr(fqn_key, char(31)) = 0 AND tree <> type)sql"},
    Rule{"mark-differs", R"sql(
      SELECT 'entity ' || uuid(id) || ' is ' || iif(deleted, 'deleted', 'live') || ', its mark says otherwise'
      FROM entity WHERE (mark = 1 AND deleted = 0) OR (mark = 2 AND deleted = 1)
      UNION ALL
      SELECT 'history of ' || )sql" MD_END("h.rid") R"sql( || ' at version ' || h.version || ': its mark says otherwise'
      FROM history h WHERE (h.mark = 1 AND h.deleted = 0) OR (h.mark = 2 AND h.deleted = 1))sql"},
    Rule{"name-differs", R"sql(
      SELECT 'entity ' || uuid(id) || ' is named ' || name || ', its key is ' || replace(fqn_key, char(31), ' / ')
      FROM entity WHERE lower(fqn_key) <> lower(name)
        AND lower(substr(fqn_key, -length(name) - 1)) <> char(31) || lower(name)
        -- a fixed text may stand before the name within its part, and some keys are a whole FQN that says no name
        AND lower(substr(fqn_key, -length(name) - 1)) <> '_' || lower(name) AND substr(fqn_key, 1, 1) <> char(30)
        -- what is named by its place (a table's suite) has its whole FQN as its name
        AND lower(replace(replace(fqn_key, char(31), '.'), '"', '')) <> lower(replace(name, '"', '')))sql"},
    Rule{"root-missing", R"sql(
      SELECT e.type || ' ' || uuid(e.id) || ' (' || replace(e.fqn_key, char(31), ' / ') || ') lies in no ' || e.tree
      FROM entity e
      WHERE instr(e.fqn_key, char(31)) > 0 AND NOT EXISTS
            (SELECT 1 FROM entity r
             WHERE r.type = e.tree AND r.fqn_key = substr(e.fqn_key, 1, instr(e.fqn_key, char(31)) - 1)))sql"},
    Rule{"live-under-deleted", R"sql(
      SELECT e.type || ' ' || uuid(e.id) || ' (' || replace(e.fqn_key, char(31), ' / ') ||
             ') is live under the deleted ' || d.type || ' ' || uuid(d.id)
      FROM entity d CROSS JOIN (SELECT DISTINCT type FROM entity) t
      CROSS JOIN entity e ON e.type = t.type AND e.deleted = 0 AND e.fqn_key > d.fqn_key || char(31)
             AND e.fqn_key < d.fqn_key || char(32) AND e.tree = d.tree
      WHERE d.deleted = 1)sql"},
    Rule{"counter-differs", R"sql(
      SELECT 'counter of ' || type || ' (tree ' || tree || ', deleted ' || deleted || ') is off by ' || sum(n)
      FROM (SELECT type, tree, deleted, n FROM counter
            UNION ALL
            SELECT type, tree, deleted, -count(*) FROM entity GROUP BY type, tree, deleted)
      GROUP BY type, tree, deleted HAVING sum(n) <> 0)sql",
         R"sql(
      DELETE FROM counter;
      INSERT INTO counter (type, deleted, tree, n) SELECT type, deleted, tree, count(*) FROM entity
      GROUP BY type, deleted, tree)sql"},
    Rule{"attribute-differs", R"sql(
      SELECT 'attribute ' || a.name || ' of ' || uuid(e.id) || ' stands under ' || a.type || ' ' ||
             replace(a.fqn_key, char(31), ' / ') || ', its entity under ' || e.type || ' ' ||
             replace(e.fqn_key, char(31), ' / ')
      FROM attribute a CROSS JOIN entity e ON e.rid = a.rid
      WHERE a.type <> e.type OR a.fqn_key <> e.fqn_key)sql",
         R"sql(
      DELETE FROM attribute WHERE EXISTS
        (SELECT 1 FROM entity e WHERE e.rid = attribute.rid
         AND (attribute.type <> e.type OR attribute.fqn_key <> e.fqn_key)))sql"},
    Rule{"log-gap", R"sql(
      SELECT 'the change log has nothing between ' || before || ' and ' || seq
      FROM (SELECT seq, lag(seq) OVER (ORDER BY seq) AS before FROM change_log) WHERE seq <> before + 1)sql"},
    Rule{"log-end-differs", R"sql(
      SELECT 'the change log ends at ' || last || ', it should end at ' || coalesce(given, 0)
      FROM (SELECT (SELECT max(seq) FROM change_log) AS last,
                   (SELECT max(seq) FROM sqlite_sequence WHERE name = 'change_log') AS given)
      WHERE last IS NOT NULL AND last IS NOT given)sql",
         R"sql(
      DELETE FROM sqlite_sequence WHERE name = 'change_log' AND seq < (SELECT max(seq) FROM change_log);
      INSERT INTO sqlite_sequence (name, seq) SELECT 'change_log', max(seq) FROM change_log
      WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'change_log'))sql"},
    Rule{"log-ahead-of-row", R"sql(
      SELECT 'log record ' || l.seq || ' has revision ' || l.revision || ' of ' || uuid(e.id) ||
             ', which is at ' || e.revision
      FROM change_log l CROSS JOIN entity e ON e.id = l.id WHERE l.revision > e.revision)sql"},
    Rule{"bad-json", R"sql(
      SELECT 'body of entity ' || )sql" MD_END(
                         "b.rid") R"sql( || ' is not JSON' FROM body b WHERE NOT json_valid(b.document)
         OR NOT json_valid(b.provenance) OR (b.change <> '' AND NOT json_valid(b.change))
      UNION ALL
      SELECT 'history of ' || )sql" MD_END("h.rid") R"sql( || ' at version ' || h.version || ' is not JSON'
      FROM history h
      WHERE (h.body <> '' AND NOT json_valid(h.body)) OR (h.change <> '' AND NOT json_valid(h.change))
      UNION ALL
      SELECT 'log record ' || seq || ' of ' || uuid(id) || ' is not JSON' FROM change_log
      WHERE (facts <> '' AND NOT json_valid(facts)) OR (change <> '' AND NOT json_valid(change))
      UNION ALL
      SELECT 'edge ' || r.kind || ' from ' || )sql" MD_END("r.from_rid") R"sql(
             || ' to ' || )sql" MD_END("r.to_rid") R"sql(
             || ' is not JSON' FROM relation r WHERE r.body <> '' AND NOT json_valid(r.body)
      UNION ALL
      SELECT 'lineage from ' || )sql" MD_END("l.from_rid") R"sql( || ' to ' || )sql" MD_END("l.to_rid") R"sql(
             || ' is not JSON' FROM lineage l WHERE NOT json_valid(l.body)
      UNION ALL
      SELECT 'series ' || s.kind || ' ' || s.id || ' of ' || )sql" MD_END("s.owner_rid") R"sql( || ' is not JSON'
      FROM series s WHERE NOT json_valid(s.body))sql"},
};

/// A text as an SQL literal.
std::string literal(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) quoted.append(c == '\'' ? "''" : std::string_view(&c, 1));
  return quoted += '\'';
}

/// A table or index as the schema's steps make it.
struct Made {
  std::string_view kind;  ///< "table", "index"
  std::string_view name;
  std::string_view sql;  ///< as SQLite keeps it: from CREATE to before the semicolon
};

/// What the steps make, read from their text. They only create: a step that alters a table has to be told here.
std::vector<Made> made_by_steps() {
  std::vector<Made> all;
  for (const std::string& step : schema_steps()) {
    std::string_view rest = step;
    for (std::size_t at = rest.find("CREATE "); at != std::string_view::npos; at = rest.find("CREATE ")) {
      rest.remove_prefix(at);
      const std::string_view sql = rest.substr(0, rest.find(';'));
      const bool table = sql.starts_with("CREATE TABLE ");
      std::string_view name = sql.substr(table ? 13 : sql.find("INDEX ") + 6);
      name = name.substr(0, name.find(' '));
      all.push_back({table ? "table" : "index", name, sql});
      rest.remove_prefix(sql.size());
    }
  }
  return all;
}

/// Whether the file has the tables and indexes of its format and nothing else: a trigger or a view runs with every
/// write or read. A missing index is made anew.
Rule schema_rule() {
  std::string expected;
  std::string indexes;
  for (const Made& made : made_by_steps()) {
    expected.append(expected.empty() ? "VALUES (" : ", (").append(literal(made.kind)).append(", ");
    expected.append(literal(made.name)).append(", ").append(literal(made.sql)).append(")");
    if (made.kind != "index") continue;
    indexes.append("DROP INDEX IF EXISTS ").append(made.name).append(";").append(made.sql).append(";");
  }
  std::string broken = "WITH made (type, name, sql) AS (" + expected +
                       ") SELECT m.type || ' ' || m.name || ' is missing, or is not what it should be' FROM made m"
                       " WHERE NOT EXISTS (SELECT 1 FROM sqlite_schema s"
                       " WHERE s.type = m.type AND s.name = m.name AND s.sql = m.sql)"
                       " UNION ALL SELECT s.type || ' ' || s.name || ' does not belong to a catalog'"
                       " FROM sqlite_schema s WHERE s.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
                       " AND NOT EXISTS (SELECT 1 FROM made m WHERE m.type = s.type AND m.name = s.name)";
  return {"schema-differs", std::move(broken), std::move(indexes)};
}

/// The query with what uuid(x) stands for.
std::string with_uuids(std::string query) {
  constexpr std::string_view kCall = "uuid(";
  constexpr std::pair<int, int> kParts[] = {{1, 8}, {9, 4}, {13, 4}, {17, 4}, {21, 12}};
  for (std::size_t at = query.find(kCall); at != std::string::npos; at = query.find(kCall, at)) {
    const std::size_t end = query.find(')', at);
    const std::string id = query.substr(at + kCall.size(), end - at - kCall.size());
    std::string text;
    for (const auto& [from, length] : kParts) {
      text.append(text.empty() ? "(" : " || '-' || ").append("substr(lower(hex(").append(id).append(")), ");
      text.append(std::to_string(from)).append(", ").append(std::to_string(length)).append(")");
    }
    query.replace(at, end + 1 - at, text + ")");
  }
  return query;
}

std::vector<Rule> make_rules() {
  std::vector<Rule> all{schema_rule()};
  for (const Rule& rule : kRules) all.push_back({rule.name, with_uuids(rule.broken), rule.mend});
  return all;
}

}  // namespace

const std::vector<Rule>& rules() {
  static const std::vector<Rule> all = make_rules();
  return all;
}

}  // namespace metadata::store::sqlite
