#include "store/sqlite/operations.h"

#include <string>
#include <string_view>
#include <type_traits>

#include "store/sqlite/statement.h"

namespace metadata::store::sqlite {
namespace {

constexpr std::string_view kReservedSettings = "store.";  // the store's own, such as its id

/// Adds one to the counter of rows like this.
Error count_row(Connection& writer, const std::string& tree, const std::string& type, bool deleted) {
  return Statement(
             writer,
             "INSERT INTO counter (type, deleted, tree, n) VALUES (?, ?, ?, 1) ON CONFLICT DO UPDATE SET n = n + 1",
             type, deleted, tree)
      .run();
}

/// Takes the entity off the counter that it stands in.
Error uncount_row(Connection& writer, const EntityId& id) {
  return Statement(writer,
                   "UPDATE counter SET n = n - 1 FROM entity e WHERE e.id = ?"
                   " AND counter.type = e.type AND counter.deleted = e.deleted AND counter.tree = e.tree",
                   id)
      .run();
}

Error put_attributes(Connection& writer, Rid rid, std::string_view type, std::string_view fqn_key,
                     const std::vector<Attribute>& attributes) {
  for (const Attribute& attribute : attributes) {
    MD_OK(Statement(
              writer,
              "INSERT INTO attribute (type, name, value, fqn_key, rid) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
              type, attribute.name, attribute.value, fqn_key, rid)
              .run());
  }
  return {};
}

Error perform(Connection& writer, const InsertEntity& insert) {
  const EntityRow& row = insert.row;
  MD_OK(Statement(writer,
                  "INSERT INTO entity (id, type, tree, fqn_key, name, display_name, deleted, revision, version, "
                  "updated_at, updated_by, mark)"
                  " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                  row.id, row.type, row.tree, row.fqn_key, row.name, row.display_name, row.deleted, row.revision,
                  row.version.tenths, row.updated_at, row.updated_by, static_cast<int>(row.mark))
            .run());
  const Rid rid = writer.last_rowid();
  MD_OK(Statement(writer, "INSERT INTO body (rid, change, provenance, document) VALUES (?, ?, ?, ?)", rid,
                  insert.body.change, insert.body.provenance, insert.body.document)
            .run());
  MD_OK(count_row(writer, row.tree, row.type, row.deleted));
  return put_attributes(writer, rid, row.type, row.fqn_key, insert.attributes);
}

/// What an update must know of the row as it is.
struct Present {
  Rid rid = 0;
  bool deleted = false;
  std::string type, tree, fqn_key;
};

Result<Present> present(Connection& writer, const EntityId& id) {
  Statement query(writer, "SELECT rid, deleted, type, tree, fqn_key FROM entity WHERE id = ?", id);
  MD_LET(found, query.step());
  if (!found) return gone(id);
  return Present{query.integer(0), query.boolean(1), query.text(2), query.text(3), query.text(4)};
}

Error perform(Connection& writer, const UpdateEntity& update) {
  const EntityRow& row = update.row;
  MD_LET(old, present(writer, row.id));
  if (old.deleted != row.deleted) {
    MD_OK(uncount_row(writer, row.id));
    MD_OK(count_row(writer, old.tree, old.type, row.deleted));
  }
  MD_OK(Statement(writer,
                  "UPDATE entity SET name = ?, display_name = ?, deleted = ?, revision = ?, version = ?, updated_at = "
                  "?, updated_by = ?,"
                  " mark = ? WHERE rid = ?",
                  row.name, row.display_name, row.deleted, row.revision, row.version.tenths, row.updated_at,
                  row.updated_by, static_cast<int>(row.mark), old.rid)
            .run());
  MD_OK(Statement(writer, "UPDATE body SET change = ?, provenance = ?, document = ? WHERE rid = ?", update.body.change,
                  update.body.provenance, update.body.document, old.rid)
            .run());
  if (writer.changes() == 0) return corrupt("the row of " + row.id.text() + " has no body");
  MD_OK(Statement(writer, "DELETE FROM attribute WHERE rid = ?", old.rid).run());
  return put_attributes(writer, old.rid, old.type, old.fqn_key, update.attributes);
}

Error perform(Connection& writer, const MirrorEntity& mirror) {
  MD_LET(row, present(writer, mirror.id));
  MD_OK(Statement(writer, "UPDATE entity SET display_name = ? WHERE rid = ?", mirror.display_name, row.rid).run());
  MD_OK(Statement(writer, "DELETE FROM attribute WHERE rid = ?", row.rid).run());
  return put_attributes(writer, row.rid, row.type, row.fqn_key, mirror.attributes);
}

Error perform(Connection& writer, const AppendHistory& append) {
  const HistoryRow& row = append.row;
  MD_OK(
      Statement(
          writer,
          "INSERT INTO history (rid, version, revision, updated_at, updated_by, deleted, mark, \"full\", change, body)"
          " SELECT rid, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 FROM entity WHERE id = ?1",
          append.id, row.version.tenths, row.revision, row.updated_at, row.updated_by, row.deleted,
          static_cast<int>(row.mark), row.full, row.change, row.body)
          .run());
  return wrote_row(writer, append.id);
}

Error perform(Connection& writer, const DropHistory& drop) {
  MD_OK(Statement(writer, "DELETE FROM history WHERE rid = (SELECT rid FROM entity WHERE id = ?1) AND version = ?2",
                  drop.id, drop.version.tenths)
            .run());
  return wrote_row(writer, drop.id);
}

Error perform(Connection& writer, const PutRelation& put) {
  // since_seq: the set's own log record, or the first that follows, is the moment of the edge.
  MD_OK(Statement(writer,
                  "INSERT INTO relation (from_rid, kind, to_rid, position, since_seq, body)"
                  " SELECT f.rid, ?2, t.rid, ?4, (SELECT coalesce(max(seq), 0) + 1 FROM change_log), ?5"
                  " FROM entity f CROSS JOIN entity t WHERE f.id = ?1 AND t.id = ?3"
                  " ON CONFLICT DO UPDATE SET position = excluded.position, body = excluded.body",
                  put.from, put.kind, put.to, put.position, put.body)
            .run());
  return wrote_row(writer, put.to);
}

Error perform(Connection& writer, const DeleteRelation& relation) {
  return Statement(writer,
                   "DELETE FROM relation WHERE from_rid = (SELECT rid FROM entity WHERE id = ?1) AND kind = ?2"
                   " AND to_rid = (SELECT rid FROM entity WHERE id = ?3)",
                   relation.from, relation.kind, relation.to)
      .run();
}

Error perform(Connection& writer, const ReplaceTags& replace) {
  MD_LET(labelled, present(writer, replace.id));
  MD_OK(Statement(writer, "DELETE FROM tag_usage WHERE rid = ?", labelled.rid).run());
  for (const TagUsage& tag : replace.tags) {
    // A label that is given twice is one label; the later words count.
    MD_OK(Statement(writer,
                    "INSERT INTO tag_usage (rid, path, tag_rid, position, source, label_type, state, reason)"
                    " SELECT ?2, ?3, rid, ?4, ?5, ?6, ?7, ?8 FROM entity WHERE id = ?1"
                    " ON CONFLICT DO UPDATE SET position = excluded.position, source = excluded.source,"
                    " label_type = excluded.label_type, state = excluded.state, reason = excluded.reason",
                    tag.tag_id, labelled.rid, tag.path, tag.position, tag.source, tag.label_type, tag.state, tag.reason)
              .run());
    MD_OK(wrote_row(writer, tag.tag_id));
  }
  return {};
}

Error perform(Connection& writer, const MarkRange& mark) { return mark_range(writer, mark); }
Error perform(Connection& writer, const DeleteRange& range) { return delete_range(writer, range); }
Error perform(Connection& writer, const RenameRange& rename) { return rename_range(writer, rename); }
Error perform(Connection& writer, const PutLineage& put) { return put_lineage(writer, put); }
Error perform(Connection& writer, const DeleteLineage& edge) { return delete_lineage(writer, edge); }
Error perform(Connection& writer, const DropLineageColumns& drop) { return drop_lineage_columns(writer, drop); }

Error perform(Connection& writer, const DeleteEntity& entity) {
  MD_OK(uncount_row(writer, entity.id));
  MD_OK(Statement(writer, "INSERT INTO gone (rid) SELECT rid FROM entity WHERE id = ?", entity.id).run());
  MD_OK(wrote_row(writer, entity.id));
  MD_OK(Statement(writer, "DELETE FROM entity WHERE id = ?", entity.id).run());
  return reap(writer, kReapedAtOnce);
}
Error perform(Connection& writer, const Reap& some) { return reap(writer, some.rows); }

Result<Seq> perform(Connection& writer, const AppendLog& append) {
  const LogRecord& record = append.record;
  MD_OK(Statement(writer,
                  "INSERT INTO change_log (at, kind, type, id, tree, fqn_key, subtree, revision, version, actor, "
                  "actor_kind, source, facts,"
                  " change) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                  record.at, static_cast<int>(record.kind), record.type, record.id, record.tree, record.fqn_key,
                  record.subtree, record.revision, record.version.tenths, record.actor, record.actor_kind,
                  record.source, record.facts, record.change)
            .run());
  return writer.last_rowid();
}

Error perform(Connection& writer, const PutSeries& put) {
  MD_OK(Statement(
            writer,
            "INSERT INTO series (owner_rid, kind, id, ts, body) SELECT rid, ?2, ?3, ?4, ?5 FROM entity WHERE id = ?1"
            " ON CONFLICT DO UPDATE SET ts = excluded.ts, body = excluded.body",
            put.owner, put.kind, put.row.id, put.row.ts, put.row.body)
            .run());
  return wrote_row(writer, put.owner);
}

Error perform(Connection& writer, const DeleteSeries& series) {
  return Statement(writer,
                   "DELETE FROM series WHERE owner_rid = (SELECT rid FROM entity WHERE id = ?) AND kind = ? AND id = ?",
                   series.owner, series.kind, series.id)
      .run();
}

Error perform(Connection& writer, const PutSide& put) {
  const SideRow& row = put.row;
  // An owner that is named must be there; the subquery would quietly make it nobody.
  if (!row.owner.empty()) {
    if (const Result<Present> owner = present(writer, row.owner); !owner.ok()) return owner.error();
  }
  return Statement(writer,
                   "INSERT INTO side (kind, key, owner_rid, expires_at, body)"
                   " VALUES (?1, ?2, (SELECT rid FROM entity WHERE id = ?3), ?4, ?5)"
                   " ON CONFLICT DO UPDATE SET owner_rid = excluded.owner_rid, expires_at = excluded.expires_at, body "
                   "= excluded.body",
                   row.kind, row.key, row.owner, row.expires_at, row.body)
      .run();
}

Error perform(Connection& writer, const DeleteSide& side) {
  return Statement(writer, "DELETE FROM side WHERE kind = ? AND key = ?", side.kind, side.key).run();
}

Error perform(Connection& writer, const DeleteSideOf& side) {
  // The plus keeps the planner on the owner's index: an owner has few records, a kind may have many.
  return Statement(writer, "DELETE FROM side WHERE owner_rid = (SELECT rid FROM entity WHERE id = ?) AND +kind = ?",
                   side.owner, side.kind)
      .run();
}

Error perform(Connection& writer, const ExpireSide& expire) {
  return Statement(writer, "DELETE FROM side WHERE expires_at > 0 AND expires_at <= ?", expire.now).run();
}

Error perform(Connection& writer, const TrimLog& trim) {
  // The newest one says how far the log goes to those that look at its table only.
  return Statement(writer, "DELETE FROM change_log WHERE seq <= ? AND seq < (SELECT max(seq) FROM change_log)",
                   trim.up_to)
      .run();
}

Error perform(Connection& writer, const PutSetting& put) {
  if (put.name.starts_with(kReservedSettings))
    return invalid_argument("setting '" + put.name + "' is reserved to the store");
  return Statement(writer,
                   "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
                   put.name, put.value)
      .run();
}

}  // namespace

Result<Seq> perform(Connection& writer, const Operation& operation) {
  return std::visit(
      [&](const auto& one) -> Result<Seq> {
        if constexpr (std::is_same_v<std::decay_t<decltype(one)>, AppendLog>) {
          return perform(writer, one);
        } else {
          MD_OK(perform(writer, one));
          return Seq{0};
        }
      },
      operation);
}

}  // namespace metadata::store::sqlite
