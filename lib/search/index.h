#ifndef METADATA_LIB_SEARCH_INDEX_H
#define METADATA_LIB_SEARCH_INDEX_H

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include <xapian.h>

#include "metadata/error.h"
#include "metadata/host.h"
#include "metadata/options.h"
#include "metadata/search.h"
#include "store/store.h"
#include "view/layout.h"

namespace metadata::search {

/// The Xapian files of a catalog and the thread that keeps them in step with the change log.
///
/// A projection: it holds the log up to position(), which is committed together with the documents. Opening never waits
/// for it. Xapian's exceptions end here. Safe for use from many threads.
class Index {
 public:
  struct Settings {
    std::string path;  ///< directory of its own; empty: in RAM
    bool read_only = false;
    bool background = true;  ///< false: no thread; wait_for() and catch_up() do the work in the caller's thread
    LogSink* log = nullptr;  ///< not owned; may be null
  };
  /// store and layouts are not owned and must outlive it.
  static Result<std::unique_ptr<Index>> open(Settings settings, store::Store& store, const view::Layouts& layouts);
  ~Index();

  /// Waits until every change up to `seq` is held, at most for that long. Where the index stands then.
  struct Standing {
    Seq seq = 0;
    bool complete = false;  ///< it holds `seq`
  };
  Result<Standing> wait_for(Seq seq, std::chrono::milliseconds most, const Interrupt& interrupt);

  /// Runs `body` on one stable state of the index, and again when Xapian says that the state has gone meanwhile.
  /// Xapian's exceptions become errors: a query that ran out of time is Interrupted, damage is Unavailable and sets off
  /// a rebuild. Unavailable as well while no index serves yet.
  Error read(const std::function<Error(const Xapian::Database&)>& body) const;

  SearchStatus status() const;
  bool is_read_only() const;
  Error rebuild(bool wait);

  struct Parts;
  explicit Index(std::unique_ptr<Parts> parts);

 private:
  std::unique_ptr<Parts> parts_;
};

}  // namespace metadata::search

#endif  // METADATA_LIB_SEARCH_INDEX_H
