#ifndef METADATA_LIB_SEARCH_SHARDS_H
#define METADATA_LIB_SEARCH_SHARDS_H

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <xapian.h>

#include "base/worker.h"
#include "metadata/error.h"
#include "metadata/ids.h"
#include "search/progress.h"
#include "search/views.h"

namespace metadata::search {

/// The writing side of one generation of the index: a few Xapian databases that are written in parallel and read as
/// one. An entity is always in the same of them. What is written counts from commit() on. Not thread-safe.
class Shards {
 public:
  enum class Make { New, Open, Read };
  /// Read: nothing may be changed. `directory` empty: one shard in RAM. An index of another format, of another catalog
  /// or with shards that do not fit together is damage.
  static Result<std::unique_ptr<Shards>> open(const std::string& directory, Make make, const std::string& store_id);
  ~Shards();

  const Progress& progress() const { return progress_; }
  Views& views() { return *views_; }
  std::int64_t documents() const { return documents_; }
  std::size_t count() const { return shards_.size(); }
  std::size_t shard_of(const EntityId& id) const { return id.bytes[15] % shards_.size(); }

  struct Change {
    EntityId id;
    std::unique_ptr<Xapian::Document> document;  ///< null: the entity's documents go
    bool fresh = false;                          ///< nothing of the entity is in the index yet
  };
  /// Takes the changes over. Many of them are made by the shards' threads, after the return; a failure is told by the
  /// next call.
  Error apply(std::vector<Change> changes);
  Error remove(std::size_t shard, const std::vector<Xapian::docid>& documents);

  /// The terms of an entity's document that begin so; empty when it has none.
  Result<std::vector<std::string>> terms_of(const EntityId& id, char kind);
  Result<bool> has_term(const std::string& term);
  /// The documents of a shard with the term, beyond one of them, in order: at most so many.
  struct Found {
    Xapian::docid document = 0;
    EntityId id;
    std::string type;
  };
  Result<std::vector<Found>> find(const std::string& term, std::size_t shard, Xapian::docid after, std::size_t most);

  /// Changes that commit() has not had.
  std::size_t pending() const { return pending_; }
  /// Makes what was done since the last one visible, and `progress` with it. Everywhere: also where nothing changed.
  enum class Where { Changed, Everywhere };
  Error commit(const Progress& progress, Where where = Where::Changed);
  /// Lets the shards' threads go until they are needed again.
  void rest();
  /// Gives up what is not committed. Nothing can be changed afterwards.
  Error close();

 private:
  struct Shard;
  Shards() = default;

  Error begin();
  Error settle();
  Error start(Shard& shard, const Xapian::Database& database, const std::string& store_id);

  std::vector<std::unique_ptr<Shard>> shards_;
  std::unique_ptr<Views> views_;
  std::string directory_;
  std::string store_id_;
  Progress progress_;
  std::int64_t documents_ = 0;
  std::size_t pending_ = 0;
  bool begun_ = false;  // something was changed since the last commit
};

}  // namespace metadata::search

#endif  // METADATA_LIB_SEARCH_SHARDS_H
