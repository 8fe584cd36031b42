#ifndef METADATA_LIB_EVENTS_RETENTION_H
#define METADATA_LIB_EVENTS_RETENTION_H

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

#include "base/log.h"
#include "base/worker.h"
#include "metadata/error.h"
#include "metadata/host.h"
#include "metadata/ids.h"
#include "metadata/options.h"
#include "store/store.h"

namespace metadata::events {

/// Where the events that are told begin, and the forgetting of those before.
///
/// The place is kept as a setting and only moves on. It is made known before any record leaves the log, so that whoever
/// looks at a snapshot first and at begin() then never takes dropped events for none. Safe for use from many threads.
class Retention {
 public:
  /// The last of what is not told any more, and when that was decided.
  struct Floor {
    Seq seq = 0;
    std::int64_t at = 0;
  };

  Retention(store::Store& store, Clock& clock, const EventRetention& wanted);
  /// Reads where it stood.
  Error load();
  /// A thread that sweeps now and then, when something is to be forgotten at all.
  Error start(base::Log log);
  void stop() { worker_.reset(); }

  Floor floor() const;
  /// As Events::forget_old().
  Result<std::int64_t> sweep();

 private:
  Result<Seq> older_than(store::Reader& reader, std::int64_t moment, Seq low, Seq high) const;
  Error move_to(Seq seq);

  store::Store& store_;
  Clock& clock_;
  const EventRetention wanted_;
  std::mutex sweeping_;  // one at a time
  mutable std::mutex mutex_;
  Floor floor_;  // guarded by mutex_
  std::unique_ptr<base::Worker> worker_;
};

}  // namespace metadata::events

#endif  // METADATA_LIB_EVENTS_RETENTION_H
