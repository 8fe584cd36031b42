#ifndef METADATA_LIB_STORE_SQLITE_READER_H
#define METADATA_LIB_STORE_SQLITE_READER_H

#include <string>

#include "store/reader.h"
#include "store/sqlite/connection.h"

namespace metadata::store::sqlite {

/// Answers a Reader's questions on one connection, within whatever transaction is open there.
/// Lists of keys go in as one parameter, so every question is one statement. Not thread-safe.
class SqliteReader : public Reader {
 public:
  /// Both are not owned; must outlive the reader.
  SqliteReader(Connection& connection, const std::string& store_id) : connection_(connection), store_id_(store_id) {}

  Result<std::optional<StoredEntity>> find(const EntityId& id) override;
  Result<std::optional<StoredEntity>> find_key(std::string_view type, std::string_view fqn_key) override;
  Result<std::vector<StoredEntity>> find_all(std::span<const EntityId> ids) override;
  Result<std::vector<StoredEntity>> list(const ListQuery& query) override;
  Result<std::int64_t> count(const ListQuery& query) override;
  Result<std::vector<StoredEntity>> find_rows(std::span<const Rid> rows) override;
  Result<Surveyed> survey(const Survey& query) override;  // survey.cpp
  Result<std::vector<Rid>> among(std::span<const Rid> rows, std::string_view type,
                                 const RowCondition& condition) override;
  Result<std::vector<Rid>> labels_on(Rid entity) override;
  Result<std::vector<RefRow>> terms_with(std::span<const Rid> labels, std::size_t limit) override;
  Result<std::optional<std::string>> text_at(Rid entity, std::string_view path) override;
  Result<std::vector<RefRow>> refs_by_id(std::span<const EntityId> ids) override;
  Result<std::vector<RefRow>> refs_by_key(std::span<const TypedKey> keys) override;
  Result<std::vector<RefRow>> children(std::string_view type, std::string_view tree, std::span<const std::string> keys,
                                       Rows rows, std::size_t limit) override;
  Result<std::vector<std::int64_t>> count_under(std::string_view type, std::string_view tree,
                                                std::span<const std::string> keys) override;
  Result<std::vector<RelationRow>> relations(std::span<const Rid> entities, Direction direction,
                                             std::span<const std::string> kinds) override;
  Result<std::vector<TagRow>> tags(std::span<const Rid> entities) override;
  Result<std::vector<std::int64_t>> tag_usage_counts(std::string_view tree, std::span<const std::string> keys) override;
  Result<std::vector<HistoryRow>> history(Rid entity, std::size_t limit, std::size_t offset) override;
  Result<std::vector<HistoryRow>> history_down_to(Rid entity, Version version) override;
  Result<std::int64_t> history_count(Rid entity) override;
  Result<std::optional<SeriesRow>> series_value(Rid owner, std::string_view kind, std::string_view id) override;
  Result<std::vector<SeriesRow>> series(Rid owner, std::string_view kind, std::int64_t from, std::int64_t to,
                                        std::size_t limit) override;
  Result<std::vector<SeriesRow>> series_down(Rid owner, std::string_view kind, std::string_view from,
                                             std::string_view to, std::size_t limit) override;
  Result<std::int64_t> series_count(Rid owner, std::string_view kind, std::string_view from,
                                    std::string_view to) override;
  Result<std::vector<std::pair<Rid, SeriesRow>>> last_series(std::span<const std::pair<Rid, std::string>> items,
                                                             std::string_view kind) override;
  Result<std::vector<std::pair<Rid, SeriesRow>>> latest_series(std::span<const Rid> owners,
                                                               std::string_view kind) override;
  Result<std::vector<std::pair<Rid, Attribute>>> attributes(std::span<const Rid> entities) override;
  Result<std::vector<std::string>> types() override;
  Result<std::vector<EdgeShape>> edge_shapes() override;
  // lineage_reader.cpp
  Result<std::vector<RefRow>> refs_by_rid(std::span<const Rid> rids) override;
  Error lineage_pairs(std::span<const Rid> entities, Direction direction, const PairVisit& visit) override;
  Error lineage_column_pairs(std::span<const ColumnOf> columns, Direction direction, const ColumnVisit& visit) override;
  Result<std::vector<LineageRow>> lineage_rows(std::span<const LineagePair> pairs) override;
  Result<std::vector<LineageColumn>> lineage_columns(std::span<const Rid> edges) override;
  Result<std::vector<LineageRow>> lineage_of_pipeline(Rid pipeline, Rid after, std::size_t limit) override;
  Result<std::vector<LineageRow>> lineage_into(Rid to, std::string_view source, Rid after, std::size_t limit) override;
  Result<std::vector<LineagePair>> all_lineage(LineagePair after, std::size_t limit) override;
  Result<std::vector<LineageDegree>> lineage_degrees(std::span<const Rid> entities, std::size_t at_most) override;
  Result<std::optional<SideRow>> side(std::string_view kind, std::string_view key) override;
  Result<std::vector<SideRow>> sides(std::string_view kind, std::span<const std::string> keys) override;
  Result<std::vector<SideRow>> sides_of(std::string_view kind, const EntityId& owner, std::size_t limit) override;
  Result<std::vector<SideRow>> sides_down(std::string_view kind, std::string_view from, std::string_view to,
                                          std::size_t limit) override;
  Result<std::optional<std::string>> setting(std::string_view name) override;
  Result<std::vector<LogRecord>> log(Seq after, std::size_t limit) override;
  Result<std::vector<LogRecord>> log_down(Seq before, std::size_t limit) override;
  Result<Seq> last_seq() override;

 protected:
  Connection& connection() { return connection_; }

 private:
  Result<std::int64_t> count_rows(const ListQuery& query);

  Connection& connection_;
  const std::string& store_id_;
};

}  // namespace metadata::store::sqlite

#endif  // METADATA_LIB_STORE_SQLITE_READER_H
