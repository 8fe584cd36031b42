#ifndef METADATA_LIB_SEARCH_FOLLOWER_H
#define METADATA_LIB_SEARCH_FOLLOWER_H

#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/log.h"
#include "metadata/error.h"
#include "search/shards.h"
#include "store/store.h"
#include "view/layout.h"

namespace metadata::search {

/// Brings one generation of the index from where it is towards the end of the change log, a bounded piece at a time.
///
/// A new one is filled type by type first, and then follows the log from where it ended when the filling began: what
/// changed meanwhile is only done twice. Every step may be repeated from the last committed progress. Not thread-safe.
class Follower {
 public:
  /// None is owned; all must outlive it.
  Follower(store::Store& store, const view::Layouts& layouts, Shards& shards, base::Log log);

  /// Begins the filling of an empty index.
  void begin_filling();
  bool is_filling() const { return progress_.filling; }
  std::int64_t filled() const { return progress_.filled; }
  /// How many entities there are to be filled in.
  Result<std::int64_t> to_fill() const;

  /// Every change up to here is among the documents, committed or not.
  Seq holds() const { return progress_.filling ? 0 : progress_.holds(); }
  /// Is something between it and this position?
  bool has_work(Seq end) const { return progress_.filling || !progress_.tasks.empty() || progress_.seq < end; }
  /// Some documents more: of the filling, of a task, or of the log.
  Error step();
  std::size_t pending() const { return shards_.pending(); }
  /// Something was done that is not committed.
  bool is_dirty() const { return dirty_; }
  Error commit(Shards::Where where = Shards::Where::Changed);

 private:
  Error fill();
  Error do_task();
  Error follow();
  Result<std::vector<store::StoredEntity>> read_page(store::Reader& reader, store::ListQuery query);
  Result<std::vector<store::StoredEntity>> read_all(store::Reader& reader, std::span<const EntityId> ids);
  Error look_again(store::Reader& reader, std::span<const EntityId> ids, bool fresh,
                   std::vector<Shards::Change>& changes);
  Error make(store::Reader& reader, const view::TypeLayout& layout, std::span<const store::StoredEntity> entities,
             bool fresh, std::vector<Shards::Change>& changes);
  Result<bool> has_moved(const EntityId& id, const std::vector<Shards::Change>& changes);
  Error add_references(const std::string& type, const EntityId& id, std::vector<Progress::Task>& tasks);

  store::Store& store_;
  const view::Layouts& layouts_;
  Shards& shards_;
  const base::Log log_;
  std::vector<const model::EntityType*> types_;  // that are searched, in the order of their names
  Progress progress_;
  bool dirty_ = false;
};

/// The value of terms::kSlotRevision.
std::string revision_slot(Revision revision);

/// What a record is recognised by when the log is opened again: "<id> <revision> <time>".
std::string record_text(const store::LogRecord& record);

}  // namespace metadata::search

#endif  // METADATA_LIB_SEARCH_FOLLOWER_H
