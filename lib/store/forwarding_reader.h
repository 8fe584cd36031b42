#ifndef METADATA_LIB_STORE_FORWARDING_READER_H
#define METADATA_LIB_STORE_FORWARDING_READER_H

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/reader.h"

namespace metadata::store {

/// A Base (Reader or something that extends it) whose reading is done by another Reader, until it is detached from it.
/// Not thread-safe.
template <class Base>
class ForwardingReader : public Base {
 public:
  Result<std::optional<StoredEntity>> find(const EntityId& id) override {
    return ask([&](Reader& r) { return r.find(id); });
  }
  Result<std::optional<StoredEntity>> find_key(std::string_view type, std::string_view fqn_key) override {
    return ask([&](Reader& r) { return r.find_key(type, fqn_key); });
  }
  Result<std::vector<StoredEntity>> find_all(std::span<const EntityId> ids) override {
    return ask([&](Reader& r) { return r.find_all(ids); });
  }
  Result<std::vector<StoredEntity>> list(const ListQuery& query) override {
    return ask([&](Reader& r) { return r.list(query); });
  }
  Result<std::int64_t> count(const ListQuery& query) override {
    return ask([&](Reader& r) { return r.count(query); });
  }
  Result<Surveyed> survey(const Survey& query) override {
    return ask([&](Reader& r) { return r.survey(query); });
  }
  Result<std::vector<StoredEntity>> find_rows(std::span<const Rid> rows) override {
    return ask([&](Reader& r) { return r.find_rows(rows); });
  }
  Result<std::vector<Rid>> among(std::span<const Rid> rows, std::string_view type,
                                 const RowCondition& condition) override {
    return ask([&](Reader& r) { return r.among(rows, type, condition); });
  }
  Result<std::vector<Rid>> labels_on(Rid entity) override {
    return ask([&](Reader& r) { return r.labels_on(entity); });
  }
  Result<std::vector<RefRow>> terms_with(std::span<const Rid> labels, std::size_t limit) override {
    return ask([&](Reader& r) { return r.terms_with(labels, limit); });
  }
  Result<std::optional<std::string>> text_at(Rid entity, std::string_view path) override {
    return ask([&](Reader& r) { return r.text_at(entity, path); });
  }
  Result<std::vector<RefRow>> refs_by_id(std::span<const EntityId> ids) override {
    return ask([&](Reader& r) { return r.refs_by_id(ids); });
  }
  Result<std::vector<RefRow>> refs_by_key(std::span<const TypedKey> keys) override {
    return ask([&](Reader& r) { return r.refs_by_key(keys); });
  }
  Result<std::vector<RefRow>> children(std::string_view type, std::string_view tree, std::span<const std::string> keys,
                                       Rows rows, std::size_t limit) override {
    return ask([&](Reader& r) { return r.children(type, tree, keys, rows, limit); });
  }
  Result<std::vector<std::int64_t>> count_under(std::string_view type, std::string_view tree,
                                                std::span<const std::string> keys) override {
    return ask([&](Reader& r) { return r.count_under(type, tree, keys); });
  }
  Result<std::vector<RelationRow>> relations(std::span<const Rid> entities, Direction direction,
                                             std::span<const std::string> kinds) override {
    return ask([&](Reader& r) { return r.relations(entities, direction, kinds); });
  }
  Result<std::vector<TagRow>> tags(std::span<const Rid> entities) override {
    return ask([&](Reader& r) { return r.tags(entities); });
  }
  Result<std::vector<std::int64_t>> tag_usage_counts(std::string_view tree,
                                                     std::span<const std::string> keys) override {
    return ask([&](Reader& r) { return r.tag_usage_counts(tree, keys); });
  }
  Result<std::vector<HistoryRow>> history(Rid entity, std::size_t limit, std::size_t offset) override {
    return ask([&](Reader& r) { return r.history(entity, limit, offset); });
  }
  Result<std::vector<HistoryRow>> history_down_to(Rid entity, Version version) override {
    return ask([&](Reader& r) { return r.history_down_to(entity, version); });
  }
  Result<std::int64_t> history_count(Rid entity) override {
    return ask([&](Reader& r) { return r.history_count(entity); });
  }
  Result<std::optional<SeriesRow>> series_value(Rid owner, std::string_view kind, std::string_view id) override {
    return ask([&](Reader& r) { return r.series_value(owner, kind, id); });
  }
  Result<std::vector<SeriesRow>> series(Rid owner, std::string_view kind, std::int64_t from, std::int64_t to,
                                        std::size_t limit) override {
    return ask([&](Reader& r) { return r.series(owner, kind, from, to, limit); });
  }
  Result<std::vector<SeriesRow>> series_down(Rid owner, std::string_view kind, std::string_view from,
                                             std::string_view to, std::size_t limit) override {
    return ask([&](Reader& r) { return r.series_down(owner, kind, from, to, limit); });
  }
  Result<std::int64_t> series_count(Rid owner, std::string_view kind, std::string_view from,
                                    std::string_view to) override {
    return ask([&](Reader& r) { return r.series_count(owner, kind, from, to); });
  }
  Result<std::vector<std::pair<Rid, SeriesRow>>> last_series(std::span<const std::pair<Rid, std::string>> items,
                                                             std::string_view kind) override {
    return ask([&](Reader& r) { return r.last_series(items, kind); });
  }
  Result<std::vector<std::pair<Rid, SeriesRow>>> latest_series(std::span<const Rid> owners,
                                                               std::string_view kind) override {
    return ask([&](Reader& r) { return r.latest_series(owners, kind); });
  }
  Result<std::vector<RefRow>> refs_by_rid(std::span<const Rid> rids) override {
    return ask([&](Reader& r) { return r.refs_by_rid(rids); });
  }
  Error lineage_pairs(std::span<const Rid> entities, Direction direction, const Reader::PairVisit& visit) override {
    return ask([&](Reader& r) { return r.lineage_pairs(entities, direction, visit); });
  }
  Error lineage_column_pairs(std::span<const ColumnOf> columns, Direction direction,
                             const Reader::ColumnVisit& visit) override {
    return ask([&](Reader& r) { return r.lineage_column_pairs(columns, direction, visit); });
  }
  Result<std::vector<LineageRow>> lineage_rows(std::span<const LineagePair> pairs) override {
    return ask([&](Reader& r) { return r.lineage_rows(pairs); });
  }
  Result<std::vector<LineageColumn>> lineage_columns(std::span<const Rid> edges) override {
    return ask([&](Reader& r) { return r.lineage_columns(edges); });
  }
  Result<std::vector<LineageRow>> lineage_of_pipeline(Rid pipeline, Rid after, std::size_t limit) override {
    return ask([&](Reader& r) { return r.lineage_of_pipeline(pipeline, after, limit); });
  }
  Result<std::vector<LineageRow>> lineage_into(Rid to, std::string_view source, Rid after, std::size_t limit) override {
    return ask([&](Reader& r) { return r.lineage_into(to, source, after, limit); });
  }
  Result<std::vector<LineagePair>> all_lineage(LineagePair after, std::size_t limit) override {
    return ask([&](Reader& r) { return r.all_lineage(after, limit); });
  }
  Result<std::vector<LineageDegree>> lineage_degrees(std::span<const Rid> entities, std::size_t at_most) override {
    return ask([&](Reader& r) { return r.lineage_degrees(entities, at_most); });
  }
  Result<std::vector<std::pair<Rid, Attribute>>> attributes(std::span<const Rid> entities) override {
    return ask([&](Reader& r) { return r.attributes(entities); });
  }
  Result<std::vector<std::string>> types() override {
    return ask([&](Reader& r) { return r.types(); });
  }
  Result<std::vector<EdgeShape>> edge_shapes() override {
    return ask([&](Reader& r) { return r.edge_shapes(); });
  }
  Result<std::optional<SideRow>> side(std::string_view kind, std::string_view key) override {
    return ask([&](Reader& r) { return r.side(kind, key); });
  }
  Result<std::vector<SideRow>> sides(std::string_view kind, std::span<const std::string> keys) override {
    return ask([&](Reader& r) { return r.sides(kind, keys); });
  }
  Result<std::vector<SideRow>> sides_of(std::string_view kind, const EntityId& owner, std::size_t limit) override {
    return ask([&](Reader& r) { return r.sides_of(kind, owner, limit); });
  }
  Result<std::vector<SideRow>> sides_down(std::string_view kind, std::string_view from, std::string_view to,
                                          std::size_t limit) override {
    return ask([&](Reader& r) { return r.sides_down(kind, from, to, limit); });
  }
  Result<std::optional<std::string>> setting(std::string_view name) override {
    return ask([&](Reader& r) { return r.setting(name); });
  }
  Result<std::vector<LogRecord>> log(Seq after, std::size_t limit) override {
    return ask([&](Reader& r) { return r.log(after, limit); });
  }
  Result<std::vector<LogRecord>> log_down(Seq before, std::size_t limit) override {
    return ask([&](Reader& r) { return r.log_down(before, limit); });
  }
  Result<Seq> last_seq() override {
    return ask([&](Reader& r) { return r.last_seq(); });
  }

 protected:
  explicit ForwardingReader(Reader* target) : target_(target) {}
  /// From here on every read fails: what it would read from may be in other hands.
  void detach() noexcept { target_ = nullptr; }

 private:
  template <class Question>
  auto ask(Question question) -> decltype(question(std::declval<Reader&>())) {
    if (target_ == nullptr) return internal_error("a transaction was read from after its end");
    return question(*target_);
  }

  Reader* target_;  // not owned; null once detached
};

}  // namespace metadata::store

#endif  // METADATA_LIB_STORE_FORWARDING_READER_H
