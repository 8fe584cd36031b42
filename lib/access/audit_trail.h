#ifndef METADATA_LIB_ACCESS_AUDIT_TRAIL_H
#define METADATA_LIB_ACCESS_AUDIT_TRAIL_H

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>

#include "base/worker.h"
#include "metadata/audit.h"
#include "metadata/error.h"
#include "metadata/host.h"
#include "store/store.h"

namespace metadata::access {

/// The records of what was asked beside changes of entities, which the change log has already: log-ins, keys,
/// passwords, refusals. Records are only ever added; they go when their time is over.
///
/// note() costs no wait: a thread of its own, begun by the first record, commits what has gathered. Safe for use from
/// many threads.
class AuditTrail {
 public:
  static constexpr std::size_t kMaxWaiting = 4096;

  /// Neither is owned; both must outlive this.
  AuditTrail(store::Store& store, Clock& clock);
  ~AuditTrail();

  /// How long the records that are stored from now on are kept; 0: for ever.
  void keep_for_ms(std::int64_t ms) noexcept { keep_ms_ = ms; }
  /// Notes a record; beyond kMaxWaiting of them it is only counted, and the number becomes a record.
  void note(AuditRecord record);
  /// Stores what has been noted so far.
  Error flush();
  /// The records and the changes of entities that match, newest first.
  Result<AuditPage> find(const AuditQuery& query);

 private:
  store::Operation keep(const AuditRecord& record);

  store::Store& store_;
  Clock& clock_;
  std::atomic<std::int64_t> keep_ms_{std::int64_t{90} * 24 * 3600 * 1000};
  const std::string process_;  ///< keeps ids of two processes apart

  std::mutex flushing_;  // one at a time, so that records keep their order
  std::mutex mutex_;
  std::deque<AuditRecord> waiting_;       // guarded by mutex_
  std::size_t dropped_ = 0;               // guarded by mutex_
  std::int64_t last_at_ = 0;              // guarded by flushing_
  std::uint64_t count_ = 0;               // guarded by flushing_
  std::unique_ptr<base::Worker> worker_;  // guarded by mutex_
};

}  // namespace metadata::access

#endif  // METADATA_LIB_ACCESS_AUDIT_TRAIL_H
