#include "store/sqlite/reader.h"

#include <algorithm>

#include "store/sqlite/listing.h"
#include "store/sqlite/statement.h"

namespace metadata::store::sqlite {
namespace {

// Columns in the order in which the functions below read them; the table's alias is part of the name.
constexpr std::string_view kEntityColumns =
    "e.rid, e.id, e.type, e.tree, e.fqn_key, e.name, e.display_name, e.deleted, e.revision, e.version, e.updated_at, "
    "e.updated_by, e.mark,"
    " b.change, b.provenance, b.document";
#define MD_REF_COLUMNS "e.rid, e.id, e.type, e.fqn_key, e.name, e.display_name, e.deleted"
#define MD_HISTORY_COLUMNS "version, revision, updated_at, updated_by, deleted, mark, \"full\", change, body"
#define MD_BODY_JOIN " FROM entity e LEFT JOIN body b ON b.rid = e.rid"

StoredEntity read_entity(const Statement& row) {
  StoredEntity entity;
  entity.row.rid = row.integer(0);
  entity.row.id = row.id(1);
  entity.row.type = row.text(2);
  entity.row.tree = row.text(3);
  entity.row.fqn_key = row.text(4);
  entity.row.name = row.text(5);
  entity.row.display_name = row.text(6);
  entity.row.deleted = row.boolean(7);
  entity.row.revision = row.integer(8);
  entity.row.version = Version{static_cast<std::int32_t>(row.integer(9))};
  entity.row.updated_at = row.integer(10);
  entity.row.updated_by = row.text(11);
  entity.row.mark = static_cast<Mark>(row.integer(12));
  entity.body.change = row.text(13);
  entity.body.provenance = row.text(14);
  entity.body.document = row.text(15);
  return entity;
}

Error check_body(const Statement& row) {
  if (!row.is_null(15)) return {};
  return corrupt("the row of " + row.id(1).text() + " has no body");
}

RefRow read_ref_at(const Statement& row, int column) {
  RefRow ref;
  ref.rid = row.integer(column);
  ref.id = row.id(column + 1);
  ref.type = row.text(column + 2);
  ref.fqn_key = row.text(column + 3);
  ref.name = row.text(column + 4);
  ref.display_name = row.text(column + 5);
  ref.deleted = row.boolean(column + 6);
  return ref;
}

RefRow read_ref(const Statement& row) { return read_ref_at(row, 0); }

RelationRow read_relation(const Statement& row) {
  RelationRow relation;
  relation.other = read_ref(row);
  relation.self = row.integer(7);
  relation.kind = row.text(8);
  relation.position = static_cast<std::int32_t>(row.integer(9));
  relation.body = row.text(10);
  return relation;
}

TagRow read_tag(const Statement& row) {
  TagRow tag;
  tag.tag = read_ref(row);
  tag.rid = row.integer(7);
  tag.usage.path = row.text(8);
  tag.usage.tag_id = tag.tag.id;
  tag.usage.position = static_cast<std::int32_t>(row.integer(9));
  tag.usage.source = row.text(10);
  tag.usage.label_type = row.text(11);
  tag.usage.state = row.text(12);
  tag.usage.reason = row.text(13);
  tag.tag_document = row.text(14);
  return tag;
}

HistoryRow read_history(const Statement& row) {
  HistoryRow past;
  past.version = Version{static_cast<std::int32_t>(row.integer(0))};
  past.revision = row.integer(1);
  past.updated_at = row.integer(2);
  past.updated_by = row.text(3);
  past.deleted = row.boolean(4);
  past.mark = static_cast<Mark>(row.integer(5));
  past.full = row.boolean(6);
  past.change = row.text(7);
  past.body = row.text(8);
  return past;
}

std::int64_t read_number(const Statement& row) { return row.integer(0); }

SeriesRow read_series(const Statement& row) { return {row.text(0), row.integer(1), row.text(2)}; }

#define MD_SIDE_COLUMNS "s.kind, s.key, e.id, s.expires_at, s.body"

SideRow read_side(const Statement& row) { return {row.text(0), row.text(1), row.id(2), row.integer(3), row.text(4)}; }

#define MD_LOG_COLUMNS                                                                                     \
  "seq, at, kind, type, id, tree, fqn_key, subtree, revision, version, actor, actor_kind, source, facts, " \
  "change"

LogRecord read_log(const Statement& row, const std::string& store_id) {
  LogRecord record;
  record.seq = row.integer(0);
  record.event_id = store_id + "-" + std::to_string(record.seq);
  record.at = row.integer(1);
  record.kind = static_cast<LogKind>(row.integer(2));
  record.type = row.text(3);
  record.id = row.id(4);
  record.tree = row.text(5);
  record.fqn_key = row.text(6);
  record.subtree = row.boolean(7);
  record.revision = row.integer(8);
  record.version = Version{static_cast<std::int32_t>(row.integer(9))};
  record.actor = row.text(10);
  record.actor_kind = row.text(11);
  record.source = row.text(12);
  record.facts = row.text(13);
  record.change = row.text(14);
  return record;
}

Result<std::optional<StoredEntity>> one_entity(Statement& statement) {
  MD_LET(found, statement.step());
  if (!found) return std::optional<StoredEntity>();
  MD_OK(check_body(statement));
  return std::optional<StoredEntity>(read_entity(statement));
}

Result<std::vector<StoredEntity>> all_entities(Statement& statement) {
  std::vector<StoredEntity> found;
  const Error error = statement.each([&](const Statement& row) -> Error {
    MD_OK(check_body(row));
    found.push_back(read_entity(row));
    return {};
  });
  MD_OK(error);
  return found;
}

/// Ids joined, each once.
std::string joined(std::span<const EntityId> ids) {
  std::vector<EntityId> sorted(ids.begin(), ids.end());
  std::ranges::sort(sorted);
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  std::string bytes;
  bytes.reserve(sorted.size() * 16);
  for (const EntityId& id : sorted) bytes.append(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
  return bytes;
}

/// Each rid once, in order.
std::vector<Rid> each_once(std::span<const Rid> rids) {
  std::vector<Rid> sorted(rids.begin(), rids.end());
  std::ranges::sort(sorted);
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  return sorted;
}

std::string key_list(std::span<const TypedKey> keys) {
  std::string out = "[";
  for (const TypedKey& key : keys) {
    if (out.size() > 1) out += ',';
    out += "[" + json_text(key.type) + "," + json_text(key.fqn_key) + "]";
  }
  return out + "]";
}

}  // namespace

Result<std::optional<StoredEntity>> SqliteReader::find(const EntityId& id) {
  static const std::string sql = "SELECT " + std::string(kEntityColumns) + MD_BODY_JOIN " WHERE e.id = ?";
  Statement query(connection_, sql, id);
  return one_entity(query);
}

Result<std::optional<StoredEntity>> SqliteReader::find_key(std::string_view type, std::string_view fqn_key) {
  static const std::string sql =
      "SELECT " + std::string(kEntityColumns) + MD_BODY_JOIN " WHERE e.type = ? AND e.fqn_key = ?";
  Statement query(connection_, sql, type, fqn_key);
  return one_entity(query);
}

Result<std::vector<StoredEntity>> SqliteReader::find_all(std::span<const EntityId> ids) {
  static const std::string sql =
      "WITH RECURSIVE part(at) AS (SELECT 1 WHERE length(?1) > 0 UNION ALL SELECT at + 16 FROM part WHERE "
      "at + 16 <= length(?1)) SELECT " +
      std::string(kEntityColumns) +
      " FROM part CROSS JOIN entity e ON e.id = substr(?1, part.at, 16) LEFT JOIN body b ON b.rid = e.rid";
  Statement statement(connection_, sql, Blob{joined(ids)});
  return all_entities(statement);
}

Result<std::vector<StoredEntity>> SqliteReader::find_rows(std::span<const Rid> rows) {
  static const std::string sql = "SELECT " + std::string(kEntityColumns) +
                                 " FROM numbers(?1) n CROSS JOIN entity e ON e.rid = n.value"
                                 " LEFT JOIN body b ON b.rid = e.rid";
  Statement statement(connection_, sql, Numbers(rows));
  return all_entities(statement);
}

Result<std::vector<StoredEntity>> SqliteReader::list(const ListQuery& query) {
  MD_OK(check_query(query));
  const ConditionSql condition = condition_of(query, Lead::Key);
  Statement statement(connection_, list_sql(query, condition, kEntityColumns));
  bind_query(statement, query, condition);
  statement.bind(sql_limit(query.limit));
  return all_entities(statement);
}

Result<std::int64_t> SqliteReader::count(const ListQuery& query) {
  MD_OK(check_query(query));
  if (query.condition != nullptr) {
    // What few rows are kept from is counted as all but those.
    const Covers covers = covers_of(*query.condition, Lead::Rows);
    if (!covers.held && covers.not_held) {
      ListQuery all = query, others = query;
      all.condition = nullptr;
      others.condition = std::make_shared<const RowCondition>(negated(*query.condition));
      MD_LET(every, count_rows(all));
      MD_LET(less, count_rows(others));
      return every - less;
    }
  }
  return count_rows(query);
}

Result<std::int64_t> SqliteReader::count_rows(const ListQuery& query) {
  if (query.attributes.empty() && query.related.empty() && query.lower.empty() && query.upper.empty() &&
      query.condition == nullptr && query.words.empty() && query.min_parts == 0 && query.max_parts == 0) {
    Statement total(connection_, "SELECT coalesce(sum(n), 0) FROM counter WHERE type = ?1 AND (?2 < 0 OR deleted = ?2)",
                    query.type, query.rows == Rows::All ? -1 : (query.rows == Rows::Deleted ? 1 : 0));
    return number_of(total);
  }
  const ConditionSql condition = condition_of(query, Lead::Rows);
  Statement statement(connection_, count_sql(query, condition));
  bind_query(statement, query, condition);
  return number_of(statement);
}

Result<std::vector<Rid>> SqliteReader::among(std::span<const Rid> rows, std::string_view type,
                                             const RowCondition& condition) {
  const ConditionSql sql = sql_of(condition);
  const std::vector<Rid> each = each_once(rows);
  Statement statement(connection_,
                      "SELECT e.rid FROM numbers(?) s CROSS JOIN entity e ON e.rid = "
                      "s.value WHERE e.type = ? AND (" +
                          sql.text + ")",
                      Numbers(each), type);
  for (const std::string& parameter : sql.parameters) statement.bind(parameter);
  return rows_of(statement, read_number);
}

Result<std::vector<Rid>> SqliteReader::labels_on(Rid entity) {
  Statement query(connection_,
                  "SELECT tag_rid FROM tag_usage WHERE rid = ?1 AND path = ''"
                  " UNION SELECT b.tag_rid FROM tag_usage u CROSS JOIN tag_usage b ON b.rid = u.tag_rid AND b.path = ''"
                  " AND b.source <> 'Glossary' WHERE u.rid = ?1 AND u.path = '' AND u.source = 'Glossary' ORDER BY 1",
                  entity);
  return rows_of(query, read_number);
}

Result<std::vector<RefRow>> SqliteReader::terms_with(std::span<const Rid> labels, std::size_t limit) {
  const std::vector<Rid> each = each_once(labels);
  // There are fewer terms than entities with a label, so it is the terms that are looked through.
  Statement query(connection_,
                  "SELECT DISTINCT " MD_REF_COLUMNS
                  " FROM entity e CROSS JOIN tag_usage b ON b.rid = e.rid AND b.path = '' AND b.source <> 'Glossary'"
                  " AND b.tag_rid IN (SELECT value FROM numbers(?1)) WHERE e.type = 'glossaryTerm' LIMIT ?2",
                  Numbers(each), sql_limit(limit));
  return rows_of(query, read_ref);
}

Result<std::optional<std::string>> SqliteReader::text_at(Rid entity, std::string_view path) {
  Statement query(connection_,
                  "SELECT json_extract(document, ?2) FROM body WHERE rid = ?1 AND json_type(document, ?2) = 'text'",
                  entity, path);
  return row_of(query, [](const Statement& row) { return row.text(0); });
}

Result<std::vector<RefRow>> SqliteReader::refs_by_id(std::span<const EntityId> ids) {
  Statement query(connection_,
                  "WITH RECURSIVE part(at) AS (SELECT 1 WHERE length(?1) > 0 UNION ALL SELECT at + 16 FROM part WHERE "
                  "at + 16 <= length(?1))"
                  " SELECT " MD_REF_COLUMNS " FROM part CROSS JOIN entity e ON e.id = substr(?1, part.at, 16)",
                  Blob{joined(ids)});
  return rows_of(query, read_ref);
}

Result<std::vector<RefRow>> SqliteReader::refs_by_key(std::span<const TypedKey> keys) {
  Statement query(connection_,
                  "SELECT DISTINCT " MD_REF_COLUMNS
                  " FROM json_each(?1) k CROSS JOIN entity e"
                  " ON e.type = json_extract(k.value, '$[0]') AND e.fqn_key = json_extract(k.value, '$[1]')",
                  key_list(keys));
  return rows_of(query, read_ref);
}

Result<std::vector<RefRow>> SqliteReader::children(std::string_view type, std::string_view tree,
                                                   std::span<const std::string> keys, Rows rows, std::size_t limit) {
  // Separate texts: an OR over `deleted` would keep the planner from the index that has it, and with one key the walk
  // along the index is in order already and ends at the limit.
  const bool one = keys.size() == 1;
  std::string sql = "SELECT " MD_REF_COLUMNS " FROM ";
  sql += one ? "entity e WHERE" : "(SELECT DISTINCT value FROM json_each(?3)) k CROSS JOIN entity e WHERE";
  const std::string parent = one ? "?3" : "k.value";
  sql += " e.type = ?1 AND e.fqn_key > " + parent + " || char(31) AND e.fqn_key < " + parent +
         " || char(32) AND e.tree = ?2";
  sql += rows == Rows::All ? "" : (rows == Rows::Live ? " AND e.deleted = 0" : " AND e.deleted = 1");
  sql += " AND instr(substr(e.fqn_key, length(" + parent + ") + 2), char(31)) = 0 ORDER BY e.fqn_key LIMIT ?4";
  Statement query(connection_, sql, type, tree, one ? keys.front() : json_list(keys), sql_limit(limit));
  return rows_of(query, read_ref);
}

Result<std::vector<std::int64_t>> SqliteReader::count_under(std::string_view type, std::string_view tree,
                                                            std::span<const std::string> keys) {
  Statement query(
      connection_,
      "SELECT (SELECT count(*) FROM entity e WHERE e.type = ?1 AND e.deleted = 0 AND e.fqn_key > k.value || char(31)"
      " AND e.fqn_key < k.value || char(32) AND e.tree = ?2) FROM json_each(?3) k ORDER BY k.key",
      type, tree, json_list(keys));
  return rows_of(query, read_number);
}

Result<std::vector<RelationRow>> SqliteReader::relations(std::span<const Rid> entities, Direction direction,
                                                         std::span<const std::string> kinds) {
  // A list of kinds makes SQLite build a table of them for every run; most questions are about one.
#define MD_RELATIONS(self, other, kind_is)                                                                            \
  "SELECT " MD_REF_COLUMNS ", r." self                                                                                \
  ", r.kind, r.position, r.body FROM numbers(?1) s CROSS JOIN relation r ON r." self " = s.value AND r.kind " kind_is \
  " CROSS JOIN entity e ON e.rid = r." other " ORDER BY r." self ", r.kind, r.position, e.fqn_key, e.rid"
#define MD_ANY_KIND "IN (SELECT value FROM json_each(?2))"
  static constexpr std::string_view kTexts[2][2] = {
      {MD_RELATIONS("from_rid", "to_rid", MD_ANY_KIND), MD_RELATIONS("from_rid", "to_rid", "= ?2")},
      {MD_RELATIONS("to_rid", "from_rid", MD_ANY_KIND), MD_RELATIONS("to_rid", "from_rid", "= ?2")}};
#undef MD_RELATIONS
#undef MD_ANY_KIND
  const bool one = kinds.size() == 1;
  const std::vector<Rid> each = each_once(entities);
  Statement query(connection_, kTexts[direction == Direction::To][one], Numbers(each),
                  one ? kinds.front() : json_list(kinds));
  return rows_of(query, read_relation);
}

Result<std::vector<TagRow>> SqliteReader::tags(std::span<const Rid> entities) {
  const std::vector<Rid> each = each_once(entities);
  Statement query(connection_,
                  "SELECT " MD_REF_COLUMNS
                  ", u.rid, u.path, u.position, u.source, u.label_type, u.state, u.reason, b.document"
                  " FROM numbers(?1) s CROSS JOIN tag_usage u ON u.rid = s.value"
                  " CROSS JOIN entity e ON e.rid = u.tag_rid LEFT JOIN body b ON b.rid = e.rid"
                  " ORDER BY u.rid, u.path, u.position, e.fqn_key",
                  Numbers(each));
  return rows_of(query, read_tag);
}

Result<std::vector<std::int64_t>> SqliteReader::tag_usage_counts(std::string_view tree,
                                                                 std::span<const std::string> keys) {
  // The counters know the few types of a tree, and with a type the key index can be used.
  Statement query(connection_,
                  "SELECT (SELECT count(*) FROM (SELECT DISTINCT type FROM counter WHERE tree = ?1) t"
                  " CROSS JOIN entity e ON e.type = t.type AND e.fqn_key >= k.value AND e.fqn_key < k.value || "
                  "char(32) AND e.tree = ?1"
                  " AND (e.fqn_key = k.value OR e.fqn_key > k.value || char(31))"
                  " CROSS JOIN tag_usage u ON u.tag_rid = e.rid"
                  " AND NOT EXISTS (SELECT 1 FROM gone g WHERE g.rid = u.rid)) FROM json_each(?2) k ORDER BY k.key",
                  tree, json_list(keys));
  return rows_of(query, read_number);
}

Result<std::vector<HistoryRow>> SqliteReader::history(Rid entity, std::size_t limit, std::size_t offset) {
  Statement query(connection_,
                  "SELECT " MD_HISTORY_COLUMNS " FROM history WHERE rid = ? ORDER BY version DESC LIMIT ? OFFSET ?",
                  entity, sql_limit(limit), sql_limit(offset));
  return rows_of(query, read_history);
}

Result<std::vector<HistoryRow>> SqliteReader::history_down_to(Rid entity, Version version) {
  Statement query(connection_,
                  "SELECT " MD_HISTORY_COLUMNS
                  " FROM history WHERE rid = ?1 AND version >= ?2 AND version <="
                  " coalesce((SELECT version FROM history WHERE rid = ?1 AND version >= ?2 AND \"full\" = 1 ORDER BY "
                  "version LIMIT 1),"
                  " 0x7fffffff) AND EXISTS (SELECT 1 FROM history WHERE rid = ?1 AND version = ?2)"
                  " ORDER BY version DESC",
                  entity, version.tenths);
  return rows_of(query, read_history);
}

Result<std::int64_t> SqliteReader::history_count(Rid entity) {
  Statement query(connection_, "SELECT count(*) FROM history WHERE rid = ?", entity);
  return number_of(query);
}

Result<std::optional<SeriesRow>> SqliteReader::series_value(Rid owner, std::string_view kind, std::string_view id) {
  Statement query(connection_, "SELECT id, ts, body FROM series WHERE owner_rid = ? AND kind = ? AND id = ?", owner,
                  kind, id);
  return row_of(query, read_series);
}

Result<std::vector<SeriesRow>> SqliteReader::series(Rid owner, std::string_view kind, std::int64_t from,
                                                    std::int64_t to, std::size_t limit) {
  // Values of one moment: the later written one is the newer.
  Statement query(connection_,
                  "SELECT id, ts, body FROM series WHERE owner_rid = ? AND kind = ? AND ts BETWEEN ? AND ?"
                  " ORDER BY ts DESC, rowid DESC LIMIT ?",
                  owner, kind, from, to, sql_limit(limit));
  return rows_of(query, read_series);
}

Result<std::vector<SeriesRow>> SqliteReader::series_down(Rid owner, std::string_view kind, std::string_view from,
                                                         std::string_view to, std::size_t limit) {
  Statement query(connection_,
                  "SELECT id, ts, body FROM series WHERE owner_rid = ? AND kind = ? AND id >= ? AND id < ?"
                  " ORDER BY id DESC LIMIT ?",
                  owner, kind, from, to, sql_limit(limit));
  return rows_of(query, read_series);
}

Result<std::int64_t> SqliteReader::series_count(Rid owner, std::string_view kind, std::string_view from,
                                                std::string_view to) {
  Statement query(connection_, "SELECT count(*) FROM series WHERE owner_rid = ? AND kind = ? AND id >= ? AND id < ?",
                  owner, kind, from, to);
  return number_of(query);
}

Result<std::vector<std::pair<Rid, SeriesRow>>> SqliteReader::last_series(
    std::span<const std::pair<Rid, std::string>> items, std::string_view kind) {
  std::string list = "[";
  for (const auto& [owner, prefix] : items) {
    if (list.size() > 1) list += ',';
    list += "[" + std::to_string(owner) + "," + json_text(prefix) + "]";
  }
  list += "]";
  Statement query(connection_,
                  "SELECT s.id, s.ts, s.body, s.owner_rid FROM json_each(?1) i CROSS JOIN series s ON s.rowid ="
                  " (SELECT n.rowid FROM series n WHERE n.owner_rid = json_extract(i.value, '$[0]') AND n.kind = ?2"
                  " AND n.id > json_extract(i.value, '$[1]') || char(31) AND n.id < json_extract(i.value, '$[1]') ||"
                  " char(32) ORDER BY n.id DESC LIMIT 1)",
                  list, kind);
  return rows_of(query, [](const Statement& row) { return std::pair(row.integer(3), read_series(row)); });
}

Result<std::vector<std::pair<Rid, SeriesRow>>> SqliteReader::latest_series(std::span<const Rid> owners,
                                                                           std::string_view kind) {
  const std::vector<Rid> each = each_once(owners);
  Statement query(connection_,
                  "SELECT s.id, s.ts, s.body, s.owner_rid FROM numbers(?1) o CROSS JOIN series s ON s.rowid ="
                  " (SELECT n.rowid FROM series n WHERE n.owner_rid = o.value AND n.kind = ?2 ORDER BY n.ts DESC, "
                  "n.rowid DESC LIMIT 1)",
                  Numbers(each), kind);
  return rows_of(query, [](const Statement& row) { return std::pair(row.integer(3), read_series(row)); });
}

Result<std::vector<std::pair<Rid, Attribute>>> SqliteReader::attributes(std::span<const Rid> entities) {
  const std::vector<Rid> each = each_once(entities);
  Statement query(connection_,
                  "SELECT a.rid, a.name, a.value FROM numbers(?1) o CROSS JOIN attribute a ON a.rid = o.value"
                  " ORDER BY a.rid, a.name, a.value",
                  Numbers(each));
  return rows_of(query, [](const Statement& row) {
    return std::pair(row.integer(0), Attribute{row.text(1), row.text(2)});
  });
}

Result<std::vector<std::string>> SqliteReader::types() {
  Statement query(connection_, "SELECT DISTINCT type FROM entity ORDER BY type");
  return rows_of(query, [](const Statement& row) { return row.text(0); });
}

Result<std::vector<EdgeShape>> SqliteReader::edge_shapes() {
  Statement query(connection_,
                  "SELECT f.type, r.kind, t.type, f.id, t.id, count(*) FROM relation r"
                  " CROSS JOIN entity f ON f.rid = r.from_rid CROSS JOIN entity t ON t.rid = r.to_rid"
                  " GROUP BY f.type, r.kind, t.type");
  return rows_of(query, [](const Statement& row) {
    return EdgeShape{row.text(0), row.text(1), row.text(2), row.id(3), row.id(4), row.integer(5)};
  });
}

Result<std::optional<SideRow>> SqliteReader::side(std::string_view kind, std::string_view key) {
  Statement query(connection_,
                  "SELECT " MD_SIDE_COLUMNS
                  " FROM side s LEFT JOIN entity e ON e.rid = s.owner_rid"
                  // Whose owner is gone is gone with it, though it still waits to be reaped.
                  " WHERE s.kind = ? AND s.key = ? AND (s.owner_rid IS NULL OR e.rid IS NOT NULL)",
                  kind, key);
  return row_of(query, read_side);
}

Result<std::vector<SideRow>> SqliteReader::sides(std::string_view kind, std::span<const std::string> keys) {
  if (keys.empty()) return std::vector<SideRow>();
  Statement query(connection_,
                  "SELECT " MD_SIDE_COLUMNS
                  " FROM json_each(?2) k CROSS JOIN side s ON s.kind = ?1 AND s.key = k.value"
                  " LEFT JOIN entity e ON e.rid = s.owner_rid WHERE s.owner_rid IS NULL OR e.rid IS NOT NULL",
                  kind, json_list(keys));
  return rows_of(query, read_side);
}

Result<std::vector<SideRow>> SqliteReader::sides_of(std::string_view kind, const EntityId& owner, std::size_t limit) {
  // The plus keeps SQLite from walking all records of the kind: an owner has few.
  Statement query(connection_,
                  "SELECT " MD_SIDE_COLUMNS
                  " FROM entity e"
                  " CROSS JOIN side s ON s.owner_rid = e.rid WHERE e.id = ? AND +s.kind = ? ORDER BY s.key LIMIT ?",
                  owner, kind, sql_limit(limit));
  return rows_of(query, read_side);
}

Result<std::vector<SideRow>> SqliteReader::sides_down(std::string_view kind, std::string_view from, std::string_view to,
                                                      std::size_t limit) {
  Statement query(connection_,
                  "SELECT " MD_SIDE_COLUMNS
                  " FROM side s LEFT JOIN entity e ON e.rid = s.owner_rid"
                  " WHERE s.kind = ? AND s.key >= ? AND s.key < ? AND (s.owner_rid IS NULL OR e.rid IS NOT NULL)"
                  " ORDER BY s.key DESC LIMIT ?",
                  kind, from, to, sql_limit(limit));
  return rows_of(query, read_side);
}

Result<std::optional<std::string>> SqliteReader::setting(std::string_view name) {
  Statement query(connection_, "SELECT value FROM setting WHERE name = ?", name);
  return row_of(query, [](const Statement& row) { return row.text(0); });
}

Result<std::vector<LogRecord>> SqliteReader::log(Seq after, std::size_t limit) {
  Statement query(connection_, "SELECT " MD_LOG_COLUMNS " FROM change_log WHERE seq > ? ORDER BY seq LIMIT ?", after,
                  sql_limit(limit));
  return rows_of(query, [this](const Statement& row) { return read_log(row, store_id_); });
}

Result<std::vector<LogRecord>> SqliteReader::log_down(Seq before, std::size_t limit) {
  Statement query(connection_, "SELECT " MD_LOG_COLUMNS " FROM change_log WHERE seq < ? ORDER BY seq DESC LIMIT ?",
                  before, sql_limit(limit));
  return rows_of(query, [this](const Statement& row) { return read_log(row, store_id_); });
}

Result<Seq> SqliteReader::last_seq() {
  // Not max(seq): the log may have been trimmed.
  Statement query(connection_, "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'change_log'");
  return number_of(query);
}

}  // namespace metadata::store::sqlite
