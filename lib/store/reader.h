#ifndef METADATA_LIB_STORE_READER_H
#define METADATA_LIB_STORE_READER_H

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "metadata/error.h"
#include "store/row_condition.h"
#include "store/rows.h"

namespace metadata::store {

enum class Direction { From, To };  ///< From: edges that leave the entity; To: edges that reach it

/// One stable view of the store. Every function is a fixed number of statements, however many keys it is given.
/// Not thread-safe; keep it short.
class Reader {
 public:
  virtual ~Reader() = default;

  virtual Result<std::optional<StoredEntity>> find(const EntityId& id) = 0;
  virtual Result<std::optional<StoredEntity>> find_key(std::string_view type, std::string_view fqn_key) = 0;
  /// Found ones only, of any type, in no order.
  virtual Result<std::vector<StoredEntity>> find_all(std::span<const EntityId> ids) = 0;
  virtual Result<std::vector<StoredEntity>> list(const ListQuery& query) = 0;
  /// How many rows the query's filters match; bounds and limit that paging set must not be given.
  virtual Result<std::int64_t> count(const ListQuery& query) = 0;

  /// Looks at every row and value that the query admits once, in the order of indexes, and keeps none but the page: the
  /// cost is theirs, not that of entities. Two statements at most.
  virtual Result<Surveyed> survey(const Survey& query) = 0;
  /// Found ones only, in the order of the list.
  virtual Result<std::vector<StoredEntity>> find_rows(std::span<const Rid> rows) = 0;

  /// Those of the rows that are of the type and of which the condition holds, in no order.
  virtual Result<std::vector<Rid>> among(std::span<const Rid> rows, std::string_view type,
                                         const RowCondition& condition) = 0;

  /// The tags whose labels are on the entity itself, and those that glossary terms on it bring along: the
  /// classification labels of the terms. Ordered and each once.
  virtual Result<std::vector<Rid>> labels_on(Rid entity) = 0;
  /// The glossary terms that bring one of these labels along, at most `limit`, in no order.
  virtual Result<std::vector<RefRow>> terms_with(std::span<const Rid> labels, std::size_t limit) = 0;
  /// The text at a JSON path ("$.a.b") of the entity's document; nothing when there is none, or no text.
  virtual Result<std::optional<std::string>> text_at(Rid entity, std::string_view path) = 0;

  /// Found ones only, in no order.
  virtual Result<std::vector<RefRow>> refs_by_id(std::span<const EntityId> ids) = 0;
  virtual Result<std::vector<RefRow>> refs_by_key(std::span<const TypedKey> keys) = 0;
  /// References to the rows of `type` directly under any of the keys (one part longer), in key order, at most `limit`
  /// in all.
  virtual Result<std::vector<RefRow>> children(std::string_view type, std::string_view tree,
                                               std::span<const std::string> keys, Rows rows, std::size_t limit) = 0;
  /// For each key: how many rows of `type`, not soft-deleted, lie under it at any depth; in the order of the keys.
  virtual Result<std::vector<std::int64_t>> count_under(std::string_view type, std::string_view tree,
                                                        std::span<const std::string> keys) = 0;

  /// Edges of the given kinds at any of the entities, ordered by (self, kind, position, other's key).
  virtual Result<std::vector<RelationRow>> relations(std::span<const Rid> entities, Direction direction,
                                                     std::span<const std::string> kinds) = 0;
  /// Labels of the entities, ordered by (rid, path, position).
  virtual Result<std::vector<TagRow>> tags(std::span<const Rid> entities) = 0;
  /// For each key: how many labels name the tag with this key or one under it; in the order of the keys.
  virtual Result<std::vector<std::int64_t>> tag_usage_counts(std::string_view tree,
                                                             std::span<const std::string> keys) = 0;

  /// Past versions newest first.
  virtual Result<std::vector<HistoryRow>> history(Rid entity, std::size_t limit, std::size_t offset) = 0;
  /// The rows needed to rebuild `version`: newest first, from the nearest full form (or the newest past version) down
  /// to it. Empty when there is no such past version.
  virtual Result<std::vector<HistoryRow>> history_down_to(Rid entity, Version version) = 0;
  virtual Result<std::int64_t> history_count(Rid entity) = 0;

  virtual Result<std::optional<SeriesRow>> series_value(Rid owner, std::string_view kind, std::string_view id) = 0;
  /// Values with from <= ts <= to, newest first.
  virtual Result<std::vector<SeriesRow>> series(Rid owner, std::string_view kind, std::int64_t from, std::int64_t to,
                                                std::size_t limit) = 0;
  /// The newest value of each owner that has one.
  virtual Result<std::vector<std::pair<Rid, SeriesRow>>> latest_series(std::span<const Rid> owners,
                                                                       std::string_view kind) = 0;

  /// Values with from <= id < to, the greatest id first.
  virtual Result<std::vector<SeriesRow>> series_down(Rid owner, std::string_view kind, std::string_view from,
                                                     std::string_view to, std::size_t limit) = 0;
  virtual Result<std::int64_t> series_count(Rid owner, std::string_view kind, std::string_view from,
                                            std::string_view to) = 0;
  /// For each (owner, prefix) the value with the greatest id that begins with the prefix and kKeySeparator.
  virtual Result<std::vector<std::pair<Rid, SeriesRow>>> last_series(std::span<const std::pair<Rid, std::string>> items,
                                                                     std::string_view kind) = 0;

  /// The attributes of the entities, ordered by (rid, name, value).
  virtual Result<std::vector<std::pair<Rid, Attribute>>> attributes(std::span<const Rid> entities) = 0;
  /// Every entity type that there are rows of. Looks at all rows.
  virtual Result<std::vector<std::string>> types() = 0;
  /// The kinds of edges by the types of their ends, each with one edge of it. Looks at all edges.
  virtual Result<std::vector<EdgeShape>> edge_shapes() = 0;

  // Lineage. Edges at entities that were removed are not among the answers.

  /// References by the store's own keys. Found ones only, in no order.
  virtual Result<std::vector<RefRow>> refs_by_rid(std::span<const Rid> rids) = 0;
  /// Takes one edge; false: no more.
  using PairVisit = std::function<bool(LineagePair)>;
  /// The edges at the entities, ordered by (entity, other end): narrow index rows, nothing of their details.
  /// From: edges that leave them.
  virtual Error lineage_pairs(std::span<const Rid> entities, Direction direction, const PairVisit& visit) = 0;
  /// Takes an edge between two columns: the one that was asked for, by its place in the list, and the other.
  using ColumnVisit = std::function<bool(std::size_t asked, Rid other, std::string_view column)>;
  /// The column mappings at the columns, in the order of the list, each time by (other entity, column).
  virtual Error lineage_column_pairs(std::span<const ColumnOf> columns, Direction direction,
                                     const ColumnVisit& visit) = 0;
  /// Edges with their details, in the order of the pairs; found ones only.
  virtual Result<std::vector<LineageRow>> lineage_rows(std::span<const LineagePair> pairs) = 0;
  /// Columns of edges (LineageRow::edge), in the order of the edges, those of one by (mapping, item).
  virtual Result<std::vector<LineageColumn>> lineage_columns(std::span<const Rid> edges) = 0;
  /// Edges that run through the pipeline, ordered by their key, above `after`.
  virtual Result<std::vector<LineageRow>> lineage_of_pipeline(Rid pipeline, Rid after, std::size_t limit) = 0;
  /// Edges into the entity with this source, above the edge `after`, ordered by their key.
  virtual Result<std::vector<LineageRow>> lineage_into(Rid to, std::string_view source, Rid after,
                                                       std::size_t limit) = 0;
  /// All edges in the order of their ends, above `after`.
  virtual Result<std::vector<LineagePair>> all_lineage(LineagePair after, std::size_t limit) = 0;
  /// For each entity; more than `at_most` are not counted.
  virtual Result<std::vector<LineageDegree>> lineage_degrees(std::span<const Rid> entities, std::size_t at_most) = 0;

  virtual Result<std::optional<SideRow>> side(std::string_view kind, std::string_view key) = 0;
  /// Found ones only, in no order.
  virtual Result<std::vector<SideRow>> sides(std::string_view kind, std::span<const std::string> keys) = 0;
  /// The owner's records of a kind, in key order.
  virtual Result<std::vector<SideRow>> sides_of(std::string_view kind, const EntityId& owner, std::size_t limit) = 0;
  /// Records of a kind with from <= key < to, the last key first.
  virtual Result<std::vector<SideRow>> sides_down(std::string_view kind, std::string_view from, std::string_view to,
                                                  std::size_t limit) = 0;
  virtual Result<std::optional<std::string>> setting(std::string_view name) = 0;
  virtual Result<std::vector<LogRecord>> log(Seq after, std::size_t limit) = 0;
  /// The same as log(), newest first, below `before`.
  virtual Result<std::vector<LogRecord>> log_down(Seq before, std::size_t limit) = 0;
  virtual Result<Seq> last_seq() = 0;
};

}  // namespace metadata::store

#endif  // METADATA_LIB_STORE_READER_H
