#include <string>
#include <string_view>

#include "store/sqlite/operations.h"
#include "store/sqlite/statement.h"

namespace metadata::store::sqlite {
namespace {

// A range of rows is always given by the first four parameters: JSON list of types, tree, first key, key past the last.
// Written so that the index (type, deleted, fqn_key) or (type, fqn_key) is walked once per type.
#define MD_IN_RANGE "type IN (SELECT value FROM json_each(?1)) AND fqn_key > ?3 AND fqn_key < ?4 AND tree = ?2"
#define MD_IN_RANGE_OF_STATE \
  "type IN (SELECT value FROM json_each(?1)) AND deleted = ?5 AND fqn_key > ?3 AND fqn_key < ?4 AND tree = ?2"

struct Range {
  std::string types, tree, lower, upper;
};

Range under(std::span<const std::string> types, const std::string& tree, const std::string& key) {
  return {json_list(types), tree, key + kKeySeparator, key + kKeyEnd};
}

/// Puts every row under one key under another. The rows' own keys must not collide on the way.
Error move_keys(Connection& writer, const RenameRange& rename, const std::string& from, const std::string& to) {
  const Range range = under(rename.types, rename.tree, from);
  // substr() counts from 1: the tail begins with the separator.
  return Statement(writer, "UPDATE entity SET fqn_key = ?5 || substr(fqn_key, length(?6) + 1) WHERE " MD_IN_RANGE,
                   range.types, range.tree, range.lower, range.upper, to, from)
      .run();
}

Error refresh_attribute_keys(Connection& writer, const RenameRange& rename) {
  const Range range = under(rename.types, rename.tree, rename.new_key);
  return Statement(writer,
                   "UPDATE attribute SET fqn_key = (SELECT e.fqn_key FROM entity e WHERE e.rid = attribute.rid)"
                   " WHERE rid IN (SELECT rid FROM entity WHERE " MD_IN_RANGE
                   " UNION ALL SELECT rid FROM entity WHERE id = ?5)",
                   range.types, range.tree, range.lower, range.upper, rename.id)
      .run();
}

bool lies_under(std::string_view key, std::string_view above) {
  return key.size() > above.size() && key.starts_with(above) && key[above.size()] == kKeySeparator;
}

}  // namespace

Error mark_range(Connection& writer, const MarkRange& mark) {
  const Range range = under(mark.types, mark.tree, mark.fqn_key);
  const bool before = !mark.deleted;
  // A version that a mark made has no description of its own: it is derived from the mark when it is read.
  MD_OK(
      Statement(
          writer,
          "INSERT INTO history (rid, version, revision, updated_at, updated_by, deleted, mark, \"full\", change, body)"
          " SELECT e.rid, e.version, e.revision, e.updated_at, e.updated_by, e.deleted, e.mark, 0,"
          " CASE WHEN e.mark = 0 THEN b.change ELSE '' END, ''"
          " FROM entity e CROSS JOIN body b ON b.rid = e.rid WHERE e." MD_IN_RANGE_OF_STATE,
          range.types, range.tree, range.lower, range.upper, before)
          .run());
  MD_OK(Statement(writer,
                  "INSERT INTO counter (type, deleted, tree, n)"
                  " SELECT type, 1 - ?5, tree, count(*) FROM entity WHERE " MD_IN_RANGE_OF_STATE
                  " GROUP BY type, tree ON CONFLICT DO UPDATE SET n = n + excluded.n",
                  range.types, range.tree, range.lower, range.upper, before)
            .run());
  MD_OK(Statement(writer,
                  "UPDATE counter SET n = counter.n - g.n"
                  " FROM (SELECT type, count(*) AS n FROM entity WHERE " MD_IN_RANGE_OF_STATE
                  " GROUP BY type) g WHERE counter.type = g.type AND counter.deleted = ?5 AND counter.tree = ?2",
                  range.types, range.tree, range.lower, range.upper, before)
            .run());
  return Statement(writer,
                   "UPDATE entity SET deleted = 1 - ?5, version = version + 1, revision = revision + 1, mark = ?6,"
                   " updated_at = max(updated_at, ?7), updated_by = ?8 WHERE " MD_IN_RANGE_OF_STATE,
                   range.types, range.tree, range.lower, range.upper, before,
                   static_cast<int>(mark.deleted ? Mark::SoftDeleted : Mark::Restored), mark.at, mark.by)
      .run();
}

Error delete_range(Connection& writer, const DeleteRange& rows) {
  const Range range = under(rows.types, rows.tree, rows.fqn_key);
  MD_OK(Statement(writer,
                  "UPDATE counter SET n = counter.n - g.n"
                  // Naming both states lets the index narrow the range down; else it would walk the whole type for the
                  // grouping.
                  " FROM (SELECT type, deleted, count(*) AS n FROM entity WHERE deleted IN (0, 1) AND " MD_IN_RANGE
                  " GROUP BY type, deleted) g WHERE counter.type = g.type AND counter.deleted = g.deleted AND "
                  "counter.tree = ?2",
                  range.types, range.tree, range.lower, range.upper)
            .run());
  MD_OK(Statement(writer, "INSERT INTO gone (rid) SELECT rid FROM entity WHERE " MD_IN_RANGE, range.types, range.tree,
                  range.lower, range.upper)
            .run());
  MD_OK(Statement(writer, "DELETE FROM entity WHERE " MD_IN_RANGE, range.types, range.tree, range.lower, range.upper)
            .run());
  return reap(writer, kReapedAtOnce);
}

Error rename_range(Connection& writer, const RenameRange& rename) {
  if (rename.new_key.empty()) return invalid_argument("an entity cannot be renamed to an empty key");
  if (lies_under(rename.new_key, rename.old_key)) return invalid_argument("an entity cannot be moved under itself");
  MD_OK(Statement(writer, "UPDATE entity SET fqn_key = ?2, name = ?3 WHERE id = ?1 AND fqn_key = ?4", rename.id,
                  rename.new_key, rename.name, rename.old_key)
            .run());
  MD_OK(wrote_row(writer, rename.id));
  if (rename.new_key == rename.old_key) return {};
  if (lies_under(rename.old_key, rename.new_key)) {
    // The ranges overlap: a row could reach the key of one that has yet to move. By way of keys that nothing else has,
    // none can.
    const std::string aside = "\x01" + rename.old_key;
    MD_OK(move_keys(writer, rename, rename.old_key, aside));
    MD_OK(move_keys(writer, rename, aside, rename.new_key));
  } else {
    MD_OK(move_keys(writer, rename, rename.old_key, rename.new_key));
  }
  return refresh_attribute_keys(writer, rename);
}

}  // namespace metadata::store::sqlite
