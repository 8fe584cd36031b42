#ifndef METADATA_LIB_STORE_WRITE_SET_H
#define METADATA_LIB_STORE_WRITE_SET_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "metadata/ids.h"
#include "store/rows.h"

namespace metadata::store {

// ---- what must still hold when the set is applied --------------------------------------------------------------

/// The row is there and at this revision. Else Conflict.
struct RowAt {
  EntityId id;
  Revision revision = 0;
};
/// No row, deleted ones included, has this key. Else AlreadyExists "Entity already exists".
struct KeyAbsent {
  std::string type;
  std::string fqn_key;
};
/// The row is there and not soft-deleted. Else Conflict, so that the verb looks again and says it in its own words.
struct RowAlive {
  EntityId id;
};
/// No row of these types, deleted ones included, lies under the key. Else InvalidArgument "<type> is not empty".
struct NothingUnder {
  std::string type;  ///< of the container, for the message
  std::vector<std::string> types;
  std::string tree;
  std::string fqn_key;
};
/// No edge of this kind leaves `from` (to live or deleted ends). Else InvalidArgument "<type> is not empty".
struct NoRelation {
  std::string type;
  EntityId from;
  std::string kind;
};
/// The lineage edge is in this state (LineageRow::seq); 0: there is none. Else Conflict.
struct LineageAt {
  EntityId from;
  EntityId to;
  Seq seq = 0;
};
/// Some other row of the type, not soft-deleted, has all of these attributes. Else InvalidArgument with the message.
struct AnotherHas {
  std::string type;
  EntityId than;
  std::vector<Attribute> attributes;  ///< one at least; the rarest first
  std::string message;
};
/// The record is there and its body is this. Else Conflict.
struct SideIs {
  std::string kind;
  std::string key;
  std::string body;
};
using Precondition = std::variant<RowAt, KeyAbsent, RowAlive, NothingUnder, NoRelation, LineageAt, AnotherHas, SideIs>;

// ---- what is done ----------------------------------------------------------------------------------------------

/// A new row with its body and attributes. row.rid is ignored; the store gives one.
struct InsertEntity {
  EntityRow row;
  EntityBody body;
  std::vector<Attribute> attributes;
};
/// New values of an existing row (found by row.id) and its body. type, tree and fqn_key are not changed.
struct UpdateEntity {
  EntityRow row;
  EntityBody body;
  std::vector<Attribute> attributes;
};
/// What the row repeats of its document, for lists and references: brought to what the document says. No new revision.
struct MirrorEntity {
  EntityId id;
  std::string display_name;
  std::vector<Attribute> attributes;
};
/// The present version's row becomes history; done before UpdateEntity.
struct AppendHistory {
  EntityId id;
  HistoryRow row;
};
/// Takes one past version away: a later one takes its place, or the present one is it again.
struct DropHistory {
  EntityId id;
  Version version;
};
/// Adds an edge, or gives an existing one another position and body. Ends may be entities of the same set.
struct PutRelation {
  EntityId from;
  std::string kind;
  EntityId to;
  std::int32_t position = 0;
  std::string body;
};
struct DeleteRelation {
  EntityId from;
  std::string kind;
  EntityId to;
};
/// The labels of an entity, all paths, become exactly these.
struct ReplaceTags {
  EntityId id;
  std::vector<TagUsage> tags;
};
/// Marks every row of `types` under the key as deleted or live: rows that are so
/// already stay untouched; the others get a history row (with the change of their present version), version + 0.1,
/// revision + 1 and the mark.
struct MarkRange {
  std::vector<std::string> types;
  std::string tree;
  std::string fqn_key;
  bool deleted = true;
  std::int64_t at = 0;
  std::string by;
};
/// Removes every row of `types` under the key and all that hangs on them: bodies, history, edges both ways, labels,
/// series, side rows. At once nobody sees any of it and the keys are free; of a large range the store takes what hung
/// on it out of the file later, in pieces (Reap).
struct DeleteRange {
  std::vector<std::string> types;
  std::string tree;
  std::string fqn_key;
};
/// Removes one row and all that hangs on it, as DeleteRange does. A labelled entity loses labels of a removed tag.
struct DeleteEntity {
  EntityId id;
};
/// Takes out of the file a piece of what removed entities left there. Changes nothing that can be read.
struct Reap {
  std::size_t rows = 0;  ///< at most, of any table
};
/// Gives a row another key and name, and rewrites the keys of everything of `types` under it. Taken keys:
/// AlreadyExists.
struct RenameRange {
  EntityId id;
  std::string name;
  std::vector<std::string> types;
  std::string tree;
  std::string old_key;
  std::string new_key;
};
/// Adds a lineage edge, or gives an existing one other details and columns. All entities must be there.
struct PutLineage {
  EntityId from;
  EntityId to;
  std::string source;
  EntityId pipeline;  ///< empty: none
  std::string description;
  std::string body;
  std::vector<LineageColumn> columns;  ///< their `edge` is ignored
};
struct DeleteLineage {
  EntityId from;
  EntityId to;
};
/// Takes columns that an entity does not have any more out of the mappings of its lineage edges, on either side. A
/// mapping without a target or without its last source goes.
struct DropLineageColumns {
  EntityId id;
  std::vector<std::string> columns;  ///< as in LineageColumn
};
struct AppendLog {
  LogRecord record;
};
/// Takes records up to this position out of the log. The newest record stays in any case.
struct TrimLog {
  Seq up_to = 0;
};
struct PutSeries {
  EntityId owner;
  std::string kind;
  SeriesRow row;  ///< replaces the value with this id
};
struct DeleteSeries {
  EntityId owner;
  std::string kind;
  std::string id;
};
struct PutSide {
  SideRow row;
};
struct DeleteSide {
  std::string kind;
  std::string key;
};
/// Every record of the kind that belongs to the owner.
struct DeleteSideOf {
  std::string kind;
  EntityId owner;
};
/// Every record of any kind that expired at or before this time.
struct ExpireSide {
  std::int64_t now = 0;
};
struct PutSetting {
  std::string name;
  std::string value;
};
using Operation = std::variant<InsertEntity, UpdateEntity, MirrorEntity, AppendHistory, DropHistory, PutRelation,
                               DeleteRelation, ReplaceTags, MarkRange, DeleteRange, DeleteEntity, Reap, RenameRange,
                               PutLineage, DeleteLineage, DropLineageColumns, AppendLog, TrimLog, PutSeries,
                               DeleteSeries, PutSide, DeleteSide, DeleteSideOf, ExpireSide, PutSetting>;

/// Preconditions and operations, in order: applied whole or not at all.
struct WriteSet {
  std::vector<Precondition> preconditions;
  std::vector<Operation> operations;

  bool empty() const { return operations.empty(); }
};

/// What became of a write set.
struct Applied {
  Seq seq = 0;             ///< of its last log record; 0 when it logged nothing
  bool leftovers = false;  ///< it removed entities, and something is left to be reaped, by it or by earlier sets
};

}  // namespace metadata::store

#endif  // METADATA_LIB_STORE_WRITE_SET_H
