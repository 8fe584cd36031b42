#ifndef METADATA_LIB_SEARCH_GENERATION_H
#define METADATA_LIB_SEARCH_GENERATION_H

#include <memory>
#include <optional>
#include <string>

#include "base/log.h"
#include "search/follower.h"
#include "search/shards.h"
#include "store/store.h"
#include "view/layout.h"

namespace metadata::search {

/// One whole index: its files, and who keeps them in step. Reading is safe from many threads, all else is for one.
class Generation {
 public:
  struct Surroundings {
    store::Store& store;
    const view::Layouts& layouts;
    base::Log log;
  };

  /// An empty one, to be filled. `directory` empty: in RAM.
  static Result<std::unique_ptr<Generation>> make(const std::string& directory, const Surroundings& around);
  /// One that is there. Damage: it cannot be used, or has more than the store or something else than that.
  static Result<std::unique_ptr<Generation>> open(const std::string& directory, const Surroundings& around,
                                                  bool read_only);
  Generation(const Generation&) = delete;
  Generation& operator=(const Generation&) = delete;
  ~Generation();

  Views& views() { return shards_->views(); }
  std::int64_t documents() const { return shards_->documents(); }
  const std::string& directory() const { return directory_; }

  Follower& follower() { return follower_; }
  const Follower& follower() const { return follower_; }
  /// As Follower's; the files' seal is broken before.
  Error step();
  Error commit(Shards::Where where = Shards::Where::Changed);
  void rest() { shards_->rest(); }
  /// After a failure, or when another one serves: nothing is changed any more. Reading goes on.
  void give_up();
  /// Commits nothing more, and seals the files when all that was done is committed. The generation cannot be changed
  /// afterwards.
  void close();

 private:
  Generation(std::string directory, std::unique_ptr<Shards> shards, const Surroundings& around, bool sealed);
  Error unseal();

  const std::string directory_;
  std::unique_ptr<Shards> shards_;
  Follower follower_;
  bool sealed_;
  bool failed_ = false;
};

}  // namespace metadata::search

#endif  // METADATA_LIB_SEARCH_GENERATION_H
